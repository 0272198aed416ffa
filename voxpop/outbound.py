"""The one way out: everything this server fetches on somebody's behalf goes through `fetch`.

An address that a stranger gives us may point into our own network (SAFETY T15, R07). So the name
is resolved here, every address it has must be public, the checked address itself is dialled (a
second look-up could answer otherwise), and each redirect is judged like a new request.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookupTimeout
from dataclasses import dataclass

from ada_url import URL
from django.conf import settings

SECONDS = 5.0
LARGEST = 2 * 1024 * 1024
REDIRECTS = 5
PORTS = {"http:": 80, "https:": 443}
AGENT = "Voxpop (+https://github.com/voxpop)"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST6 = ipaddress.IPv6Network("2000::/3")
# Inside 2000::/3, yet not somewhere: protocol assignments (Teredo), documentation, 6to4.
_SPECIAL6 = [
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_SPECIAL4 = [
    ipaddress.IPv4Network(network)
    for network in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15")
]
# A resolver can take half a minute to give up; nobody waits for it that long.
_lookups = ThreadPoolExecutor(max_workers=4, thread_name_prefix="lookup")


class Unreachable(Exception):
    """The page could not be fetched; the text says why and may be shown."""


@dataclass(frozen=True)
class Fetched:
    url: str  # after redirects
    status: int
    body: bytes


def fetch(url: str) -> Fetched:
    """GET a page within five seconds, at most 2 MiB of it. Raises Unreachable."""
    deadline = time.monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        target = _parse(url)
        answer, location = _request(target, deadline)
        if location is None:
            return answer
        url = _joined(location, target)
    raise Unreachable("The page redirects too often.")


def is_public(address: Address) -> bool:
    """Whether an address is a place on the public internet, in whatever clothes it comes."""
    if isinstance(address, ipaddress.IPv4Address):
        if address.is_multicast or any(address in network for network in _SPECIAL4):
            return False
        return address.is_global
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST6 and not any(address in network for network in _SPECIAL6)


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host name, as the system's resolver knows it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _parse(url: str) -> URL:
    try:
        target = URL(url)
    except ValueError:
        raise Unreachable("This is not an address of a page.") from None
    if target.protocol not in PORTS:
        raise Unreachable("A page's address starts with http:// or https://.")
    if target.username or target.password:
        raise Unreachable("An address with a name or password in it is not fetched.")
    if target.port and not settings.FETCH_PRIVATE:
        raise Unreachable("Pages are fetched from the ports 80 and 443 only.")
    return target


def _request(target: URL, deadline: float) -> tuple[Fetched, str | None]:
    """One request to one checked address; the second value is where it redirects to."""
    dialled = _dial(target, deadline)
    # Cuts a server off that drips: reading would start its time anew with every byte.
    twin = dialled.dup()
    watchdog = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [twin])
    watchdog.daemon = True
    watchdog.start()
    try:
        return _ask(_speak(target, dialled), target)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("The page's certificate is not one that browsers trust.") from error
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline:
            raise Unreachable(f"The page did not answer within {SECONDS:.0f} seconds.") from error
        raise Unreachable("The page's server gave no answer that could be read.") from error
    finally:
        watchdog.cancel()
        twin.close()
        dialled.close()


def _dial(target: URL, deadline: float) -> socket.socket:
    """A connection to the first of the host's addresses, all of which are public."""
    host = target.hostname.strip("[]")
    port = int(target.port or PORTS[target.protocol])
    address = _checked_address(host, port, deadline)
    try:
        return socket.create_connection((address, port), max(0.1, deadline - time.monotonic()))
    except OSError as error:
        raise Unreachable("The page's server could not be reached.") from error


def _speak(target: URL, dialled: socket.socket) -> http.client.HTTPConnection:
    """HTTP over the dialled connection, under TLS where the address says so."""
    port = int(target.port or PORTS[target.protocol])
    connection = http.client.HTTPConnection(target.hostname, port)
    if target.protocol == "https:":
        connection.default_port = PORTS["https:"]
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(dialled, server_hostname=target.hostname.strip("[]"))
    else:
        connection.sock = dialled
    return connection


def _ask(connection: http.client.HTTPConnection, target: URL) -> tuple[Fetched, str | None]:
    connection.request(
        "GET",
        target.pathname + target.search,
        headers={"User-Agent": AGENT, "Accept": "text/html", "Accept-Encoding": "identity"},
    )
    response = connection.getresponse()
    location = response.getheader("Location") if 300 <= response.status < 400 else None
    body = b"" if location else response.read(LARGEST)
    connection.close()
    return Fetched(target.href, response.status, body), location


def _checked_address(host: str, port: int, deadline: float) -> str:
    try:
        found = _lookups.submit(resolve, host, port).result(max(0.1, deadline - time.monotonic()))
    except (OSError, UnicodeError, LookupTimeout) as error:
        raise Unreachable("There is no server of this name.") from error
    addresses = [ipaddress.ip_address(text.split("%")[0]) for text in found]
    if not addresses:
        raise Unreachable("There is no server of this name.")
    if not all(map(is_public, addresses)) and not settings.FETCH_PRIVATE:
        raise Unreachable("This address is not on the public internet.")
    return str(addresses[0])


def _joined(location: str, base: URL) -> str:
    try:
        return URL(location, base.href).href
    except ValueError:
        raise Unreachable("The page redirects to nowhere.") from None


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it had closed already
