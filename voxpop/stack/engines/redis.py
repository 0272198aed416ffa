"""Redis: wake-ups and counts that machines share. It keeps nothing on disk, on purpose: whatever
is in it may be lost at any moment, and is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from voxpop.stack.engines import Engine
from voxpop.stack.greetings import is_redis_serving
from voxpop.stack.needs import program
from voxpop.stack.part import Part

NAME = "redis"
MEMORY = "64mb"


@dataclass
class Redis(Engine):
    """One Redis on loopback."""

    name: ClassVar[str] = NAME

    port: int = 0

    @property
    def url(self) -> str:
        """What VOXPOP_REDIS takes."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def serving(self) -> tuple[str, ...]:
        return (
            program("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port),
            "--save", "", "--appendonly", "no", "--dir", str(self.folder), "--daemonize", "no",
            # Full, it drops what was used longest ago instead of refusing what is new.
            "--maxmemory", MEMORY, "--maxmemory-policy", "allkeys-lru",
        )  # fmt: skip

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def is_ready(self) -> bool:
        return is_redis_serving("127.0.0.1", self.port)

    @property
    def part(self) -> Part:
        """As the stack starts it."""
        address = f"127.0.0.1:{self.port}"
        return Part(NAME, NAME, self.command, check=f"redis://{address}", address=address)
