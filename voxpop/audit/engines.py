"""What a lab has behind Django, each of which can break.

Django ── Relay ── PostgreSQL ── standby        a failover leads the relay to the standby
   ├── Redis
   ├── Liar ── memcached                        tells one key's value for another's when asked to
   └── Relay ── Cassandra                       which can lose answers on their way back

They stand in a folder of their own under /tmp: PostgreSQL's user has to get to it.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings

from voxpop.audit.clocks import fake_time, set_clock
from voxpop.audit.liar import Liar
from voxpop.audit.proxies import LOOPBACK, Loop, Relay
from voxpop.settings.environment import SettingsError
from voxpop.stack.engines import Engine
from voxpop.stack.engines.cassandra import Cassandra
from voxpop.stack.engines.memcached import Memcached
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.redis import Redis
from voxpop.stack.engines.standby import Standby
from voxpop.stack.ports import free_ports

POSTGRES, STANDBY, REDIS = "postgres", "standby", "redis"
MEMCACHED, CASSANDRA, SMALL_DISK = "memcached", "cassandra", "small disk"
# What a commit waits for: the standby has it too, and shows it. Nothing is lost with the primary.
WAITS_FOR_STANDBY = "waits for the standby"
# PostgreSQL believes what it is told of the time of day.
OWN_CLOCK = "a clock of its own"
# A disk that is soon full. PostgreSQL's log must fit into it, and nothing of it is kept.
DISK_MEGABYTES = 224
SMALL = {"wal_keep_size": "0", "max_wal_size": "64MB", "min_wal_size": "32MB"}


@dataclass
class PostgresWithClock(Postgres):
    """One whose time of day may jump."""

    @property
    def serving(self) -> tuple[str, ...]:
        # Not before it is the user's own process: the library opens what only he may.
        told = fake_time(self.clock)
        return ("env", *(f"{name}={value}" for name, value in told.items()), *super().serving)

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    def make_folder(self) -> None:
        super().make_folder()
        set_clock(self.clock, 0)


@dataclass
class Engines:
    """The wanted ones, each on its own ports of the loopback. `stop` leaves nothing behind."""

    loop: Loop
    wanted: frozenset[str]
    folder: Path = field(init=False)
    running: dict[str, Engine] = field(default_factory=dict)
    relays: dict[str, Relay] = field(default_factory=dict)
    liar: Liar | None = None

    def start(self) -> None:
        """Start all that are wanted. Raises EngineFailed or SettingsError."""
        self.folder = Path(tempfile.mkdtemp(prefix="voxpop-audit-"))
        self.folder.chmod(0o711)
        for engine in self._made():
            engine.start()
            self.running[engine.name] = engine
        for name in (POSTGRES, CASSANDRA):
            if name in self.running:
                self.relays[name] = Relay(self.loop, _port(self.running[name]))
        if MEMCACHED in self.running:
            self.liar = Liar(self.loop, _port(self.running[MEMCACHED]))
        if WAITS_FOR_STANDBY in self.wanted:
            self.tell_primary("ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
            self.tell_primary("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.tell_primary("SELECT pg_reload_conf()")

    def stop(self) -> None:
        """End all of them, and remove what they have written."""
        for engine in reversed(self.running.values()):
            engine.kill()
        if hasattr(self, "folder"):
            if SMALL_DISK in self.wanted:
                subprocess.run(["umount", self.disk], check=False, timeout=30)  # noqa: S603, S607
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def environment(self) -> Mapping[str, str]:
        """The product's settings for them."""
        told = {}
        if POSTGRES in self.running:
            told["VOXPOP_DATABASE"] = _at(self.postgres.dsn, self.relays[POSTGRES].port)
        if STANDBY in self.running:
            told["VOXPOP_DATABASE_REPLICA"] = _at(self.postgres.dsn, _port(self.standby))
        if REDIS in self.running:
            told["VOXPOP_REDIS"] = f"redis://{LOOPBACK}:{_port(self.running[REDIS])}/0"
        if self.liar is not None:
            told["VOXPOP_MEMCACHED"] = f"{LOOPBACK}:{self.liar.port}"
        if CASSANDRA in self.running:
            told["VOXPOP_CASSANDRA"] = f"{LOOPBACK}:{self.relays[CASSANDRA].port}"
        return told

    @property
    def postgres(self) -> Postgres:
        engine = self.running[POSTGRES]
        assert isinstance(engine, Postgres)
        return engine

    @property
    def standby(self) -> Standby:
        engine = self.running[STANDBY]
        assert isinstance(engine, Standby)
        return engine

    @property
    def disk(self) -> Path:
        """Where the small disk is mounted."""
        return self.folder / "disk"

    def tell_primary(self, statement: str) -> None:
        """One statement by the superuser."""
        _tell(self.postgres, statement)

    def tell_standby(self, statement: str) -> None:
        """One statement by the superuser, at the standby."""
        _tell(self.standby, statement)

    def flush(self, name: str) -> None:
        """Everything that Redis or memcached holds is gone."""
        word = b"flushall\r\n" if name == REDIS else b"flush_all\r\n"
        with socket.create_connection((LOOPBACK, _port(self.running[name])), timeout=5) as line:
            line.sendall(word)
            line.recv(100)

    def set_clock(self, hours: float) -> None:
        """From now on PostgreSQL believes that it is so many hours later."""
        postgres = self.postgres
        assert isinstance(postgres, PostgresWithClock)
        set_clock(postgres.clock, hours)

    def fail_over(self) -> None:
        """The primary is gone for good; the standby takes its place behind the relay."""
        self.postgres.kill()
        self.tell_standby("SELECT pg_promote(true, 30)")
        self.relays[POSTGRES].lead_to(_port(self.standby))

    def follow_again(self) -> None:
        """The standby that was promoted or is gone is copied anew from the primary."""
        self.standby.kill()
        shutil.rmtree(self.standby.data)
        self.standby.start()

    def _made(self) -> Iterator[Engine]:
        ports = free_ports()
        if POSTGRES in self.wanted:
            folder, told = self.folder / POSTGRES, {}
            if SMALL_DISK in self.wanted:
                folder, told = self._mounted() / POSTGRES, SMALL
            kind = PostgresWithClock if OWN_CLOCK in self.wanted else Postgres
            primary = kind(folder, next(ports), settings=told)
            yield primary
            if STANDBY in self.wanted:
                yield Standby(self.folder / STANDBY, next(ports), primary=primary)
        if REDIS in self.wanted:
            yield Redis(self.folder / REDIS, next(ports))
        if MEMCACHED in self.wanted:
            yield Memcached(self.folder / MEMCACHED, next(ports))
        if CASSANDRA in self.wanted:
            yield Cassandra(
                self.folder / CASSANDRA, cache=settings.CASSANDRA_JARS,
                port=next(ports), storage_port=next(ports),
            )  # fmt: skip

    def _mounted(self) -> Path:
        if os.geteuid() != 0:
            raise SettingsError("A disk that is soon full is mounted by root only.")
        self.disk.mkdir()
        size = f"size={DISK_MEGABYTES}m,mode=711"
        subprocess.run(  # noqa: S603
            ["mount", "-t", "tmpfs", "-o", size, "voxpop-audit", self.disk],  # noqa: S607
            check=True, timeout=30,
        )  # fmt: skip
        return self.disk


def _port(engine: Engine) -> int:
    port: int = engine.port  # type: ignore[attr-defined]  # all that we start have one
    return port


def _at(dsn: str, port: int) -> str:
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition(":")[0]
    return parts._replace(netloc=f"{host}:{port}").geturl()


def _tell(server: Postgres, statement: str) -> None:
    with psycopg.connect(server.admin_dsn, autocommit=True, connect_timeout=5) as line:
        line.execute(statement)
