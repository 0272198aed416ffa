"""SAFETY T15: whatever address a stranger gives us, nothing inside our network is dialled.

Each spelling is fetched while a listener on loopback counts connections: there must be none.
"""

import contextlib
import ipaddress
import socket
import threading
import time

import pytest

from voxpop import outbound
from voxpop.outbound import Unreachable, fetch, is_public


class Listener:
    """A server on loopback that answers every connection with one fixed answer and counts them."""

    def __init__(self, answer: bytes, pause: float = 0.0) -> None:
        self.connections = 0
        self.answer = answer
        self.pause = pause
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            with client:
                client.settimeout(2)
                with contextlib.suppress(OSError):
                    client.recv(4096)
                for byte in range(len(self.answer)) if self.pause else []:
                    try:
                        client.sendall(self.answer[byte : byte + 1])
                    except OSError:
                        break
                    time.sleep(self.pause)
                if not self.pause:
                    # Whoever asked may have had enough, or hung up by a reset.
                    with contextlib.suppress(OSError):
                        client.sendall(self.answer)

    def close(self) -> None:
        self.socket.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def listener(monkeypatch):
    """Dialling any port ends at the listener's, so that even port 80 would be seen."""
    listening = Listener(answer(b"secret"))
    dial = socket.create_connection

    def dial_listener(address, *rest, **named):
        host = "127.0.0.1" if ipaddress.ip_address(address[0]).is_private else address[0]
        return dial((host, listening.port), *rest, **named)

    monkeypatch.setattr(outbound.socket, "create_connection", dial_listener)
    yield listening
    listening.close()


SPELLINGS = [
    # loopback, in every way a parser reads it
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1"),
    *("127.0.0.1.", "127.000.000.001", "127.255.255.254", "0", "0.0.0.0", "0x0", "00.0.0.0"),
    *("%31%32%37.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1"),
    *("localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ"),
    # private, shared, link-local, metadata
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "0xc0a80001"),
    *("100.64.0.1", "100.127.255.254", "169.254.169.254", "2852039166", "0xa9fea9fe"),
    *("0251.0376.0251.0376", "192.0.0.170", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    "255.255.255.255",
    # IPv6 and what it wraps
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]"),
    *("[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]"),
    *("[2001:db8::1]", "[3fff::1]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]"),
    *("[100::1]", "[fec0::1]", "[5f00::1]"),
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_an_inner_address_is_dialled(host, listener):
    for scheme in ("http", "https"):
        with pytest.raises(Unreachable):
            fetch(f"{scheme}://{host}/")
    assert listener.connections == 0


def test_there_are_sixty_spellings():
    assert len(SPELLINGS) >= 60


def test_the_listener_would_have_seen_a_connection(listener, settings):
    settings.FETCH_PRIVATE = True
    assert fetch("http://127.0.0.1/").body == b"secret"
    assert listener.connections == 1


@pytest.mark.parametrize(
    "url", ["http://1.1.1.1:22/", "https://1.1.1.1:6379/", "http://[2606:4700::1]:8080/"]
)
def test_other_ports_are_not_dialled(url, listener):
    with pytest.raises(Unreachable, match="ports 80 and 443"):
        fetch(url)
    assert listener.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://1.1.1.1/",
        "ftp://1.1.1.1/",
        "http://a:b@1.1.1.1/",
        "//1.1.1.1/",
        "",
        "http://",
    ],
)
def test_only_plain_web_addresses_are_fetched(url, listener):
    with pytest.raises(Unreachable):
        fetch(url)
    assert listener.connections == 0


def test_a_name_with_one_inner_address_among_its_own_is_refused(listener, monkeypatch):
    monkeypatch.setattr(outbound, "resolve", lambda host, port: ["93.184.215.14", "127.0.0.1"])
    with pytest.raises(Unreachable, match="public internet"):
        fetch("http://both.example/")
    assert listener.connections == 0


def test_a_resolver_that_changes_its_mind_changes_nothing(monkeypatch):
    """The address that was checked is the one that is dialled: the name is asked for once."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]])
    monkeypatch.setattr(outbound, "resolve", lambda host, port: next(answers))
    dialled = []

    def refuse_to_dial(address, *rest):
        dialled.append(address)
        raise OSError("not in a test")

    monkeypatch.setattr(outbound.socket, "create_connection", refuse_to_dial)
    with pytest.raises(Unreachable):
        fetch("http://rebinding.example/")
    assert dialled == [("93.184.215.14", 80)]


def test_a_redirect_into_our_network_is_not_followed(monkeypatch):
    inner = Listener(answer(b"secret"))
    outer = Listener(answer(b"", f"Location: http://127.0.0.1:{inner.port}/", status="302 Found"))
    dial = socket.create_connection
    monkeypatch.setattr(
        outbound,
        "resolve",
        lambda host, port: ["93.184.215.14"] if host == "outer.example" else [host],
    )
    monkeypatch.setattr(
        outbound.socket,
        "create_connection",
        lambda address, *rest: dial(("127.0.0.1", outer.port), *rest),
    )
    with pytest.raises(Unreachable):
        fetch("http://outer.example/")
    assert (outer.connections, inner.connections) == (1, 0)
    outer.close()
    inner.close()


def test_endless_redirects_end(listener, settings):
    settings.FETCH_PRIVATE = True
    listener.answer = answer(b"", "Location: /again", status="302 Found")
    with pytest.raises(Unreachable, match="too often"):
        fetch("http://127.0.0.1/")


def test_at_most_two_mebibytes_are_read(listener, settings):
    settings.FETCH_PRIVATE = True
    listener.answer = answer(b"x" * (3 * 1024 * 1024))
    assert len(fetch("http://127.0.0.1/").body) == outbound.LARGEST


@pytest.mark.broad
def test_a_server_that_drips_is_cut_off(listener, settings, monkeypatch):
    settings.FETCH_PRIVATE = True
    monkeypatch.setattr(outbound, "SECONDS", 0.5)
    listener.answer, listener.pause = answer(b"x" * 1000), 0.05
    started = time.monotonic()
    with pytest.raises(Unreachable):
        fetch("http://127.0.0.1/")
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::1.1.1.1", "2a00:1450::1"]
)
def test_public_addresses_are_public(text):
    assert is_public(ipaddress.ip_address(text))
