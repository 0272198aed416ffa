"""A part: one process of a stack, written down as literally as in a unit file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

ANSWER = 2.0  # seconds within which a part has to say something


@dataclass(frozen=True)
class Part:
    """What is started, how one sees that it stands, and what has to stand before it."""

    name: str
    kind: str  # by which it can be left out
    command: tuple[str, ...]
    check: str = ""  # an address that it answers; empty: it is enough that it runs
    expects: int = 200  # the status of that answer
    host: str = "localhost"  # the name to ask by; the product answers to those it knows
    address: str = ""  # where others reach it, for people
    environment: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    patience: float = 10.0  # seconds to end by itself

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
            return await _status(urlsplit(part.check), part.host) == str(part.expects).encode()
    return False


async def _status(where: SplitResult, host: str) -> bytes:
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        request = f"GET {where.path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        _, _, rest = (await reader.readline()).partition(b" ")
        return rest[:3]
    finally:
        writer.close()
