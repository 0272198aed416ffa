"""The one way out: everything this server fetches on somebody's behalf goes through `fetch`, and
what it says to other servers' interfaces through `send`.

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
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookupTimeout
from dataclasses import dataclass, field

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


# Why nothing was fetched, by a name; for logs. Pages say it in words of their own.
WHY = {
    "redirects": "The page redirects too often.",
    "no_address": "This is not an address of a page.",
    "scheme": "A page's address starts with http:// or https://.",
    "secret": "An address with a name or password in it is not fetched.",
    "port": "Pages are fetched from the ports 80 and 443 only.",
    "certificate": "The page's certificate is not one that browsers trust.",
    "late": "The page did not answer in time.",
    "garbled": "The page's server gave no answer that could be read.",
    "unreached": "The page's server could not be reached.",
    "no_server": "There is no server of this name.",
    "private": "This address is not on the public internet.",
    "nowhere": "The page redirects to nowhere.",
}


class Unreachable(Exception):
    """Nothing could be fetched; `why` says why: a key of WHY, or words that only logs have."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(WHY.get(why, why))


@dataclass(frozen=True)
class Fetched:
    url: str  # after redirects
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters


@dataclass(frozen=True)
class Question:
    """What is asked of a server, beside where."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "text/html"})
    body: bytes | None = None
    # One that the operator has named himself may stand on a private address and any port.
    is_inside: bool = False


PAGE = Question()


PICTURE = Question(headers={"Accept": "image/webp,image/png,image/jpeg"})


def fetch(url: str, question: Question = PAGE) -> Fetched:
    """GET a page within five seconds, at most 2 MiB of it. Raises Unreachable."""
    deadline = time.monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        target = _parse(url, question)
        answer, location = _request(target, question, deadline)
        if location is None:
            return answer
        url = _joined(location, target)
    raise Unreachable("redirects")


def send(url: str, question: Question, *, seconds: float = SECONDS) -> Fetched:
    """One request to another server's interface, and what it answers, within `seconds`. A redirect
    is an answer like another: whoever is sent a secret is who was named. Raises Unreachable."""
    answer, _ = _request(_parse(url, question), question, time.monotonic() + seconds)
    return answer


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


def _parse(url: str, question: Question) -> URL:
    try:
        target = URL(url)
    except ValueError:
        raise Unreachable("no_address") from None
    if target.protocol not in PORTS:
        raise Unreachable("scheme")
    if target.username or target.password:
        raise Unreachable("secret")
    if target.port and not _may_be_inside(question):
        raise Unreachable("port")
    return target


def _may_be_inside(question: Question) -> bool:
    return question.is_inside or settings.FETCH_PRIVATE


def _request(target: URL, question: Question, deadline: float) -> tuple[Fetched, str | None]:
    """One request to one checked address; the second value is where it redirects to."""
    dialled = _dial(target, question, deadline)
    # Cuts a server off that drips: reading would start its time anew with every byte.
    twin = dialled.dup()
    watchdog = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [twin])
    watchdog.daemon = True
    watchdog.start()
    try:
        return _ask(_speak(target, dialled), target, question)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("certificate") from error
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline:
            raise Unreachable("late") from error
        raise Unreachable("garbled") from error
    finally:
        watchdog.cancel()
        twin.close()
        dialled.close()


def _dial(target: URL, question: Question, deadline: float) -> socket.socket:
    """A connection to the first of the host's addresses, all of which are public."""
    host = target.hostname.strip("[]")
    port = int(target.port or PORTS[target.protocol])
    address = _checked_address(host, port, question, deadline)
    try:
        return socket.create_connection((address, port), max(0.1, deadline - time.monotonic()))
    except OSError as error:
        raise Unreachable("unreached") from error


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


def _ask(
    connection: http.client.HTTPConnection, target: URL, question: Question
) -> tuple[Fetched, str | None]:
    try:
        connection.request(
            question.method,
            target.pathname + target.search,
            body=question.body,
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity", **question.headers},
        )
        response = connection.getresponse()
        location = response.getheader("Location") if 300 <= response.status < 400 else None
        body = b"" if location else response.read(LARGEST)
    finally:
        connection.close()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Fetched(target.href, response.status, body, headers), location


def _checked_address(host: str, port: int, question: Question, deadline: float) -> str:
    try:
        found = _lookups.submit(resolve, host, port).result(max(0.1, deadline - time.monotonic()))
    except (OSError, UnicodeError, LookupTimeout) as error:
        raise Unreachable("no_server") from error
    addresses = [ipaddress.ip_address(text.split("%")[0]) for text in found]
    if not addresses:
        raise Unreachable("no_server")
    if not all(map(is_public, addresses)) and not _may_be_inside(question):
        raise Unreachable("private")
    return str(addresses[0])


def _joined(location: str, base: URL) -> str:
    try:
        return URL(location, base.href).href
    except ValueError:
        raise Unreachable("nowhere") from None


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it had closed already
