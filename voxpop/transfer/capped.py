"""A stranger's file, plain or gzip, opened with its limits (SAFETY T30)."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from voxpop.errors import Problem
from voxpop.transfer.stops import because

LARGEST_FILE = 2 * 1024**3
LARGEST_RATIO = 100
_CHUNK = 256 * 1024
# A small file may well shrink more than a hundred times; a bomb is large.
_RATIO_COUNTS_FROM = 8 * 1024**2


def chunks(file: Path) -> Iterator[bytes]:
    """The file's bytes, unpacked, piece by piece; Problem("too_large") when it is a bomb."""
    with file.open("rb") as packed:
        is_gzip = packed.read(2) == b"\x1f\x8b"
        packed.seek(0)
        stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=packed) if is_gzip else packed
        produced = 0
        while chunk := _read(stream):
            produced += len(chunk)
            if produced > LARGEST_FILE:
                raise Problem("too_large", because("large"))
            if produced > max(_RATIO_COUNTS_FROM, LARGEST_RATIO * packed.tell()):
                raise Problem("too_large", because("bomb"))
            yield chunk


def _read(stream: IO[bytes] | gzip.GzipFile) -> bytes:
    try:
        return stream.read(_CHUNK)
    except (OSError, EOFError, zlib.error):
        raise Problem("invalid", because("gzip")) from None
