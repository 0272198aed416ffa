"""A part: one process of a stack, written down as literally as in a unit file."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from voxpop.stack.greetings import SCHEMES

ANSWER = 2.0  # seconds within which a part has to say something


@dataclass(frozen=True)
class Part:
    """What is started, how one sees that it stands, and what has to stand before it."""

    name: str
    kind: str  # by which it can be left out
    command: tuple[str, ...]
    # An address that it answers, by http://, or by tcp:// (it is enough that it listens) or
    # postgres://; empty: it is enough that it runs.
    check: str = ""
    expects: int = 200  # the status of that answer
    host: str = "localhost"  # the name to ask by; the product answers to those it knows
    address: str = ""  # where others reach it, for people
    environment: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    patience: float = 10.0  # seconds to end by itself
    ends_by: int = signal.SIGTERM  # the signal that asks it to

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Part:
        """The part that `dataclasses.asdict` wrote as JSON."""
        rest = {**written, "command": tuple(written["command"]), "after": tuple(written["after"])}
        return cls(**rest)


async def is_answering(part: Part) -> bool:
    """Whether the part does now what its check asks for; it has two seconds."""
    if not part.check:
        return True
    with suppress(OSError, TimeoutError, EOFError):
        async with asyncio.timeout(ANSWER):
            return await _answers(urlsplit(part.check), part)
    return False


async def _answers(where: SplitResult, part: Part) -> bool:
    if where.scheme in SCHEMES:
        greet = SCHEMES[where.scheme]
        return await asyncio.to_thread(greet, where.hostname or "", where.port or 0)
    return await _status(where, part.host) == str(part.expects).encode()


async def _status(where: SplitResult, host: str) -> bytes:
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        request = f"GET {where.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        _, _, rest = (await reader.readline()).partition(b" ")
        return rest[:3]
    finally:
        writer.close()
