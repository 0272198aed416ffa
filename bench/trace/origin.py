"""An origin that costs next to nothing: HAProxy giving out what Django answered once.

What is measured with it is the edge. Django would take most of two cores for itself.
"""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from bench.trace.mix import SHOWN
from voxpop.stack.ports import free_port

TEXT = (
    "I read this **twice**. The second part, on [tides](https://example.org/tides), is new to me."
)
# Headers that HAProxy sets itself, and those whose value goes with the address.
ITS_OWN = {"content-length", "content-type", "surrogate-key", "voxpop-fence", "date"}


class Origin:
    """Started when made; `port` is where it answers."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        (folder / "answers").mkdir()
        self._config = folder / "origin.cfg"
        self._answers = self._rules(folder / "answers")
        self._start([])

    def restart_with(self, *rules: str) -> None:
        """The same, and first these rules."""
        self.stop()
        self._start(list(rules))

    def _start(self, first: list[str]) -> None:
        lines = [*HEAD, f"  bind 127.0.0.1:{self.port}", *first, *self._answers, ""]
        self._config.write_text("\n".join(lines))
        self._process = subprocess.Popen(
            ["haproxy", "-db", "-f", str(self._config)], env={"PATH": os.environ["PATH"]}
        )
        time.sleep(0.5)
        if self._process.poll() is not None:
            raise SystemExit("The origin did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _rules(self, folder: Path) -> list[str]:
        """One for each kind of answer, as Django gives it to this address."""
        from django.test import Client

        client = Client(SERVER_NAME="localhost")
        token = _furnish()
        said: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}}
        thread = _public_id("50-comments")
        rules = []
        for shown in SHOWN:
            # The body is what matters: which of the threads is read goes into the keys.
            page = client.get(f"/embed/bench/thread?i={shown}-comments")
            keys = "t:%[urlp(i)] s:bench"
            test = f"{{ path -m beg /embed/ }} {{ urlp(i) -m beg {shown}- }}"
            rules.append(_rule(folder, f"page{shown}", page, test, keys))
        tail = client.get(f"/api/v1/threads/{_public_id('0-comments')}/events?after=0")
        rules.append(_rule(folder, "tail", tail, "{ path -m end /events }", "e:%[path,field(5,/)]"))
        names = ",".join(["50-comments"] * 20)
        counts = client.get(f"/api/v1/forums/bench/counts?identifiers={names}")
        rules.append(_rule(folder, "counts", counts, "{ path -m end /counts }", ""))
        script = client.get("/embed.js")
        rules.append(_rule(folder, "script", script, "{ path /embed.js }", ""))
        overlay = client.get(f"/api/v1/me/threads/{thread}", **said)
        rules.append(_rule(folder, "overlay", overlay, "{ path -m beg /api/v1/me/ }", ""))
        comment = _post(client, "1", token)
        rules.append(_rule(folder, "write", comment, "{ method POST }", ""))
        rules.append("  http-request return status 200 content-type text/plain string ok")
        return rules


HEAD = [
    "global",
    "  tune.bufsize 262144",
    "  maxconn 4000",
    "defaults",
    "  mode http",
    "  timeout client 60s",
    "  timeout connect 5s",
    "  timeout server 60s",
    "  timeout http-keep-alive 60s",
    "frontend origin",
]


def add_fixed(folder: Path, size: int) -> Path:
    """A file of so many bytes that packing makes no smaller: the same through every Varnish."""
    file = folder / "fixed"
    file.write_bytes(os.urandom(size))
    return file


def fixed_rule(file: Path) -> str:
    return (
        f"  http-request return status 200 content-type text/html file {file}"
        ' hdr Surrogate-Control "max-age=3600" hdr Cache-Control "public, max-age=3600"'
        ' hdr ETag "\\"fixed\\"" hdr Voxpop-Seq 7 hdr Surrogate-Key "t:fixed s:bench"'
        " if { urlp(i) fixed }"
    )


def _rule(folder: Path, name: str, answer: Any, test: str, keys: str) -> str:
    if answer.status_code >= 300:
        raise SystemExit(f"{name} was refused: {answer.status_code} {answer.content[:300]}")
    from voxpop.edge.cached import Answer
    from voxpop.server.compress import compressed

    # As the server's bridge sends it to a node of the edge, which accepts gzip.
    plain = Answer(answer.status_code, list(answer.headers.items()), answer.content)
    sent = compressed(plain, "gzip")
    assert isinstance(sent.body, bytes)
    (folder / name).write_bytes(sent.body)
    words = [
        f"  http-request return status {answer.status_code}",
        f'content-type "{answer.headers["Content-Type"]}" file {folder / name}',
    ]
    for header, value in sent.headers:
        if header.lower() not in ITS_OWN:
            words.append(f"hdr {header} {_quoted(value)}")
    if keys:
        words.append(f'hdr Surrogate-Key "{keys}"')
    return " ".join([*words, f"if {test}"])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _furnish() -> str:
    """Threads with so many comments, and the token of whoever wrote them."""
    from django.test import Client

    from voxpop.accounts.models import Author, TokenKind
    from voxpop.accounts.tokens import issue_token
    from voxpop.forums.models import Forum

    forum = Forum.objects.get(shortname="bench")
    author = Author.objects.create(kind="guest", name="Recorder", forum=forum)
    token = issue_token(author, TokenKind.GUEST)
    client = Client(SERVER_NAME="localhost")
    for shown in SHOWN:
        for number in range(shown):
            _post(client, f"{shown}-comments", token, number)
    return token


def _post(client: Any, name: str, token: str, number: int = 0) -> Any:
    import uuid

    thread = {"identifier": name, "url": f"https://magazine.test/{name}", "title": name}
    return client.post(
        "/api/v1/forums/bench/comments",
        {"thread": thread, "source": f"{TEXT} {number} {uuid.uuid4()}"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())},
    )


def _public_id(name: str) -> str:
    from voxpop.threads import addresses

    return addresses.thread_public_id("bench", *addresses.alias_of(name, None))
