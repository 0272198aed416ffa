"""What a client sends is taken in completely before a Django thread is spent on it."""

import asyncio
import re
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from voxpop.errors import Problem

IN_MEMORY = 256 * 1024
AT_MOST = 1024 * 1024
SECONDS = 30
# A client reads our refusal only after it has sent everything: so much more is heard and dropped.
HEARD_OUT = 8

# A picture as a telephone takes it.
AVATAR = "/home/profile/avatar/"
AVATAR_AT_MOST = 8 * 1024 * 1024 + 64 * 1024

# An export that an owner drops to be imported: large, slow, and few at a time.
UPLOAD = re.compile(r"/home/forums/[^/]+/import/")
UPLOAD_AT_MOST = 4 * 1024**3
UPLOAD_SECONDS = 3600
UPLOADS_AT_ONCE = 2


class Bodies:
    """Reads bodies within their limits; slow senders cost memory or disk, never a thread."""

    def __init__(self) -> None:
        self._uploads = 0

    async def read(self, path: str, length: int | None, protocol: Any) -> tuple[IO[bytes], int]:
        """The body as a file, and its size; raises Problem when it is too large or too slow."""
        if path == AVATAR:
            return await _read(protocol, length, AVATAR_AT_MOST, SECONDS)
        if not UPLOAD.match(path) or (length is not None and length <= AT_MOST):
            return await _read(protocol, length, AT_MOST, SECONDS)
        if self._uploads >= UPLOADS_AT_ONCE:
            raise Problem("unavailable", "Other files are being received.", retry_after=60)
        self._uploads += 1
        try:
            return await _read(protocol, length, UPLOAD_AT_MOST, UPLOAD_SECONDS)
        finally:
            self._uploads -= 1


async def _read(
    protocol: Any, length: int | None, at_most: int, seconds: float
) -> tuple[IO[bytes], int]:
    refusal = Problem("too_large", f"At most {at_most} bytes are taken here.")
    if length is not None and length > HEARD_OUT * at_most:
        raise refusal
    body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in protocol:
                size += len(chunk)
                if size > HEARD_OUT * at_most:
                    raise refusal
                if size <= at_most:
                    body.write(chunk)
        if size > at_most:
            raise refusal
    except BaseException as error:
        body.close()
        if isinstance(error, TimeoutError):
            raise Problem("bad_request", "The request did not arrive in time.") from None
        raise
    body.seek(0)
    return body, size
