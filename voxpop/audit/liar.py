"""Stands before memcached; while it lies, every question is answered with another key's value.

So would a server that mixes its connections up, a client whose replies slipped by one, or somebody
who is not meant to reach it.
"""

import asyncio
from collections import OrderedDict

from voxpop.audit.proxies import LOOPBACK, Loop, Proxy

KEPT = 200  # values, the newest


class Liar(Proxy):
    """Knows what was set lately; `is_lying` says whether that is what is answered."""

    def __init__(self, loop: Loop, target: int) -> None:
        self.is_lying = False
        self.lies = 0
        self._values: OrderedDict[bytes, bytes] = OrderedDict()
        super().__init__(loop, target)

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target)
        back = asyncio.ensure_future(_pour(far_reader, writer))
        there = asyncio.ensure_future(self._listen_in(reader, writer, far_writer))
        try:
            await asyncio.wait([back, there], return_when=asyncio.FIRST_COMPLETED)
        finally:
            back.cancel()
            there.cancel()
            far_writer.close()

    async def _listen_in(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        while line := await reader.readline():
            verb, *words = line.split()
            if verb == b"set":
                block = await reader.readexactly(int(words[3]) + 2)
                self._values[words[0]] = block[:-2]
                self._values.move_to_end(words[0])
                while len(self._values) > KEPT:
                    self._values.popitem(last=False)
                far_writer.write(line + block)
            elif verb == b"get" and self.is_lying and len(self._values) > 1:
                writer.write(b"".join(map(self._lie, words)) + b"END\r\n")
            else:
                far_writer.write(line)
            await far_writer.drain()

    def _lie(self, key: bytes) -> bytes:
        """The newest value of another key, under this one's name."""
        value = next(self._values[other] for other in reversed(self._values) if other != key)
        self.lies += 1
        return b"VALUE %b 0 %d\r\n%b\r\n" % (key, len(value), value)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
