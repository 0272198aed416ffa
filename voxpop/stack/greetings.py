"""How one sees from outside that a server of another kind serves: what it says when it is greeted.

Nothing of the settings is imported here: the supervisor reads it too.
"""

import socket
import struct

SECONDS = 2.0


def is_listening(host: str, port: int) -> bool:
    """Whether anybody takes connections there."""
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError:
        return False
    return True


def is_postgres_serving(host: str, port: int) -> bool:
    """Whether a PostgreSQL answers there that has finished starting and is not ending."""
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as connection:
            connection.settimeout(SECONDS)
            connection.sendall(_startup_packet("voxpop", "voxpop"))
            # It asks who we are; one that does not serve says so, which is an error.
            return connection.recv(1) == b"R"
    except OSError:
        return False


def is_redis_serving(host: str, port: int) -> bool:
    """Whether a Redis answers there."""
    return _says(host, port, b"PING\r\n", b"+PONG")


def is_memcached_serving(host: str, port: int) -> bool:
    """Whether a memcached answers there."""
    return _says(host, port, b"version\r\n", b"VERSION ")


def is_cassandra_serving(host: str, port: int) -> bool:
    """Whether a Cassandra node takes questions there: it is asked for its options."""
    return _says(host, port, bytes((4, 0, 0, 0, 5, 0, 0, 0, 0)), bytes((0x84, 0, 0, 0, 6)))


def _says(host: str, port: int, told: bytes, expected: bytes) -> bool:
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as connection:
            connection.settimeout(SECONDS)
            connection.sendall(told)
            return connection.recv(len(expected)) == expected
    except OSError:
        return False


def _startup_packet(user: str, database: str) -> bytes:
    told = b"user\0%b\0database\0%b\0\0" % (user.encode(), database.encode())
    return struct.pack("!ii", 8 + len(told), 3 << 16) + told


SCHEMES = {
    "tcp": is_listening,
    "postgres": is_postgres_serving,
    "redis": is_redis_serving,
    "memcached": is_memcached_serving,
    "cassandra": is_cassandra_serving,
}
