"""memcached: made pages that processes share; one node of any number."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import ClassVar

from voxpop.stack.engines import Engine
from voxpop.stack.greetings import is_memcached_serving
from voxpop.stack.needs import program
from voxpop.stack.part import Part

KIND = "memcached"


@dataclass
class Memcached(Engine):
    """One node on loopback."""

    name: ClassVar[str] = KIND

    port: int = 0
    number: int = 1  # among the nodes
    megabytes: int = 64

    @property
    def place(self) -> tuple[str, int]:
        """As a client takes it."""
        return ("127.0.0.1", self.port)

    @property
    def address(self) -> str:
        """As VOXPOP_MEMCACHED takes it, with commas between several."""
        return f"127.0.0.1:{self.port}"

    @property
    def as_user(self) -> tuple[str, ...]:
        # It does not run as root. Its own -u would change the user too late (ENDS_WITH_US).
        if os.geteuid() != 0:
            return ()
        nobody = pwd.getpwnam("nobody")
        ids = (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}")
        return ("setpriv", *ids, "--clear-groups", "--no-new-privs", "--")

    @property
    def serving(self) -> tuple[str, ...]:
        # UDP is off: it once served to flood others.
        return (
            program("memcached"), "-l", "127.0.0.1", "-p", str(self.port), "-U", "0",
            "-m", str(self.megabytes),
        )  # fmt: skip

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def is_ready(self) -> bool:
        return is_memcached_serving("127.0.0.1", self.port)

    @property
    def part(self) -> Part:
        """As the stack starts it."""
        return Part(
            f"{KIND}{self.number}",
            KIND,
            self.command,
            check=f"memcached://{self.address}",
            address=self.address,
        )
