"""T22, R40: what two parsers could read as one request or as two is refused, or is one for both.

The corpus is sent as raw bytes to the edge node, with the recorder behind it (what arrives there?)
and with Django's own server behind it, to HAProxy before them, and to Django's server alone.
"""

import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.edge.front import haproxy
from tests.edge.recorder import Recorded
from tests.edge.standing import Edge

pytestmark = pytest.mark.server

HOST = b"Host: localhost\r\n"
SMUGGLED = b"GET /home/smuggled?case=00 HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /api/v1/preview?case=00 HTTP/1.1\r\n" + HOST
CHUNKS = b"0\r\n\r\n" + SMUGGLED
N = str(len(SMUGGLED)).encode()

# What is sent after the head's first lines: framing headers, an empty line, a body.
CORPUS = {
    "length and chunked": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "chunked and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "two lengths": b"Content-Length: 0\r\nContent-Length: " + N + b"\r\n\r\n" + SMUGGLED,
    "a list of lengths": b"Content-Length: 0, " + N + b"\r\n\r\n" + SMUGGLED,
    "plus": b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "minus": b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "hexadecimal": b"Content-Length: 0x0\r\n\r\n" + SMUGGLED,
    "underscore": b"Content-Length: 0_0\r\n\r\n" + SMUGGLED,
    "space in length": b"Content-Length: 0 0\r\n\r\n" + SMUGGLED,
    "space before colon": b"Content-Length : 0\r\n\r\n" + SMUGGLED,
    "space before colon, chunked": b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS,
    "folded": b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKS,
    "tabbed": b"Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "vertical tab": b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "null": b"Transfer-Encoding: chun\x00ked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "quoted": b'Transfer-Encoding: "chunked"\r\nContent-Length: 4\r\n\r\n' + CHUNKS,
    "another coding": b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "two codings": b"Transfer-Encoding: identity, chunked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n" + CHUNKS,
    "upper case": b"TRANSFER-ENCODING: CHUNKED\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
    "underscored name": b"Transfer_Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "bare line feeds": b"X: y\nTransfer-Encoding: chunked\nContent-Length: 4\n\n" + CHUNKS,
    "bare carriage return": b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"
    + CHUNKS,
    "carriage return in name": b"Content-\rLength: 0\r\n\r\n" + SMUGGLED,
    "no chunk size": b"Transfer-Encoding: chunked\r\n\r\n\r\n\r\n" + SMUGGLED,
    "huge chunk size": b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + SMUGGLED,
    "negative chunk size": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + SMUGGLED,
    "chunk size in a list": b"Transfer-Encoding: chunked\r\n\r\n0,1\r\n\r\n" + SMUGGLED,
    "chunk size 0x0": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + SMUGGLED,
    "chunk with a line feed": b"Transfer-Encoding: chunked\r\n\r\n1;\nx\r\n0\r\n\r\n" + SMUGGLED,
    "chunk too short": b"Transfer-Encoding: chunked\r\n\r\n1\r\nabcd\r\n0\r\n\r\n" + SMUGGLED,
    "trailer": b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 99\r\n\r\n" + SMUGGLED,
    "expect": b"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "upgrade": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ"
    b"AoAAAAAIAAAAA\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "connection drops length": b"Connection: Content-Length\r\nContent-Length: " + N
    + b"\r\n\r\n" + SMUGGLED,
    "long length": b"Content-Length: 000000000000000000000000\r\n\r\n" + SMUGGLED,
}  # fmt: skip
# Two requests: an empty body, then a second one, as a pipelining client sends. The node reads them
# so and frames them anew; the recorder shows that what is behind it reads the same two.
PIPELINED = {"expect", "upgrade", "long length", "underscored name", "trailer", "null", "folded",
             "chunked twice", "bare carriage return"}  # fmt: skip
# HAProxy ends the line of a chunk's size at a bare line feed, and sends on what it has read.
BY_HAPROXY = {"chunk with a line feed"}
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def answers(raw: bytes, port: int, tls: ssl.SSLContext | None = None) -> list[int]:
    """The status of each answer to these bytes on one connection."""
    with ExitStack() as open_:
        line = open_.enter_context(socket.create_connection(("127.0.0.1", port), timeout=2))
        if tls is not None:
            line = open_.enter_context(tls.wrap_socket(line, server_hostname="localhost"))
        heard = b""
        try:
            line.sendall(raw)
            while more := line.recv(65536):
                heard += more
        except (TimeoutError, ConnectionError):
            pass
    return [int(status) for status in STATUS.findall(heard) if status != b"100"]


def all_answers(port: int, tls: ssl.SSLContext | None = None) -> dict[str, list[int]]:
    """The answers to each of the corpus, whose addresses carry its name; many at a time."""

    def ask(name: str) -> list[int]:
        return answers((POST + CORPUS[name]).replace(b"?case=00", mark(name)), port, tls)

    with ThreadPoolExecutor(12) as at_once:
        return dict(zip(CORPUS, at_once.map(ask, CORPUS), strict=True))


def mark(name: str) -> bytes:
    """What tells the addresses of one case, of equal length so that no framing header lies."""
    return b"?case=%02d" % list(CORPUS).index(name)


def is_as_meant(name: str, told: list[int], two: set[str] = PIPELINED) -> bool:
    """One answer; two to what is two requests for every reader; what follows may be refused."""
    return len(told) == 1 or told[1:] == [400] or (len(told) == 2 and name in two)


def test_the_edge_and_what_is_behind_it_count_the_same_requests(recorded: Recorded) -> None:
    told = all_answers(recorded.node.port)
    assert_they_agree(told, recorded)


def test_haproxy_and_what_is_behind_it_count_the_same_requests(
    recorded: Recorded, tmp_path: Path
) -> None:
    with haproxy(tmp_path, recorded.node.port, host="localhost") as port:
        tls = ssl.create_default_context(cafile=tmp_path / "certificates/authority.pem")
        told = all_answers(port, tls)
        assert_they_agree(told, recorded, PIPELINED | BY_HAPROXY)


def assert_they_agree(
    told: dict[str, list[int]], recorded: Recorded, two: set[str] = PIPELINED
) -> None:
    """Each that was answered for arrived at the recorder, once, and nothing else did."""
    strange = {}
    for name in CORPUS:
        arrived = [path for path in recorded.recorder.paths() if path.endswith(mark(name).decode())]
        # 503: the body broke off on its way to the recorder, who may have noted it all the same.
        refused = [status for status in told[name] if status in {400, 422, 501, 503}]
        # Each that was not refused arrived once, and none arrived that nobody was answered for.
        is_even = len(told[name]) - len(refused) <= len(arrived) <= len(told[name])
        if not (is_even and is_as_meant(name, told[name], two)):
            strange[name] = (told[name], arrived)
    assert strange == {}
    known = {"/api/v1/preview", "/home/smuggled"}
    assert {path.partition("?")[0] for path in recorded.recorder.paths()} <= known
    # Readers whose requests take the same connections to Django get what they ask for.
    for number in range(20):
        assert recorded.get(f"/embed/magazine/thread?i=after-{number}").body == b"page"


def test_djangos_own_server_answers_each_once_as_well(edge: Edge) -> None:
    for port in (edge.node.port, edge.django.port):
        told = all_answers(port)
        strange = {name: each for name, each in told.items() if not is_as_meant(name, each)}
        assert strange == {}, port


@pytest.mark.parametrize(
    "version", [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1"]
)
def test_another_version_is_one_request_or_none(recorded: Recorded, version: bytes) -> None:
    raw = b"POST /api/v1/preview?case=99 " + version + b"\r\n" + HOST + CORPUS["length and chunked"]
    assert len(answers(raw, recorded.node.port)) <= 1
    assert not any(path.startswith("/home/smuggled") for path in recorded.recorder.paths())


def test_two_hosts_are_refused(recorded: Recorded) -> None:
    raw = b"GET /embed.js HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n\r\n"
    assert answers(raw, recorded.node.port) == [400]
    assert recorded.recorder.paths() == []
