"""A proxy between two parts of the edge, as a process of its own: it counts, delays and loses.

Between Varnish and Django it is the recording origin: every request is written down with the
moments when it came and when its answer was whole. Between Django and Varnish's purge listener it
loses what it is told to lose, and answers that all is well.

    python -m bench.edge_proxy PORT UPSTREAM_PORT RECORD.jsonl RULES.json

RULES.json is read again whenever it changes: {"delay": [least, most], "lose": ["purge", "numbered",
"beat"]}. Seconds; what is delayed are answers to GET, tails excepted.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

PURGED = b"HTTP/1.1 200 OK\r\nVoxpop-Purged: 0\r\nContent-Length: 0\r\n\r\n"
LOOK_EVERY = 0.05


class Proxy:
    """Each connection that comes gets one of its own onwards."""

    def __init__(self, upstream: int, record: Path, rules: Path) -> None:
        self._upstream = upstream
        self._record = record.open("a", buffering=1)
        self._rules_file = rules
        self._rules: dict[str, Any] = {}
        self._random = random.Random(7)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, port: int) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", port, backlog=4096)
        async with server:
            changed = 0
            while True:
                stat = self._rules_file.stat()
                if stat.st_mtime_ns != changed:
                    changed = stat.st_mtime_ns
                    self._rules = json.loads(self._rules_file.read_text())
                await asyncio.sleep(LOOK_EVERY)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward: asyncio.StreamWriter | None = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(length_of(head))
                came = time.monotonic()
                if self._is_lost(head):
                    writer.write(PURGED)
                    self._write_down(head, came, 200, lost=True)
                    continue
                if onward is None:
                    back, onward = await asyncio.open_connection("127.0.0.1", self._upstream)
                onward.write(head + body)
                answer_head = await back.readuntil(b"\r\n\r\n")
                answer_body = await read_body(back, head, answer_head)
                if "delay" in self._rules and is_page(head):
                    await asyncio.sleep(self._random.uniform(*self._rules["delay"]))
                writer.write(answer_head + answer_body)
                self._write_down(head, came, int(answer_head[9:12]))
                if value_of(head, b"connection") == b"close":  # a probe reads until the end
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for each in (writer, onward):
                if each is not None:
                    each.close()

    def _is_lost(self, head: bytes) -> bool:
        lose = self._rules.get("lose", ())
        if head.startswith(b"BEAT "):
            return "beat" in lose
        if not head.startswith(b"PURGE "):
            return False
        is_numbered = value_of(head, b"voxpop-number") is not None
        return "purge" in lose or ("numbered" in lose and is_numbered)

    def _write_down(self, head: bytes, came: float, status: int, *, lost: bool = False) -> None:
        method, path, _ = head.split(b" ", 2)
        line: dict[str, Any] = {
            "method": method.decode(),
            "path": path.decode(),
            "came": came,
            "done": time.monotonic(),
            "status": status,
        }
        for name in (b"voxpop-why", b"voxpop-kind", b"voxpop-keys", b"voxpop-number"):
            if value := value_of(head, name):
                line[name.decode()] = value.decode()
        if lost:
            line["lost"] = True
        self._record.write(json.dumps(line) + "\n")


def is_page(head: bytes) -> bool:
    method, path, _ = head.split(b" ", 2)
    return method == b"GET" and b"/events?" not in path and path != b"/healthz"


async def read_body(back: asyncio.StreamReader, request_head: bytes, answer_head: bytes) -> bytes:
    """The body of an answer as it comes over the wire."""
    if request_head.startswith(b"HEAD ") or answer_head[9:12] in {b"204", b"304"}:
        return b""
    if b"chunked" not in (value_of(answer_head, b"transfer-encoding") or b""):
        return await back.readexactly(length_of(answer_head))
    whole = b""
    while True:
        line = await back.readuntil(b"\r\n")
        whole += line + await back.readexactly(int(line, 16) + 2)
        if int(line, 16) == 0:
            return whole


def value_of(head: bytes, name: bytes) -> bytes | None:
    """A header's value; the name in lower case."""
    for line in head.split(b"\r\n"):
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip()
    return None


def length_of(head: bytes) -> int:
    return int(value_of(head, b"content-length") or 0)


def main() -> None:
    port, upstream, record, rules = sys.argv[1:]
    asyncio.run(Proxy(int(upstream), Path(record), Path(rules)).serve(int(port)))


if __name__ == "__main__":
    main()
