"""A stranger's picture is read here, in a process of its own, and made anew: nothing of the file is
kept but what can be seen of it (SAFETY T05, R05, R22).

Bytes come in by standard input, the avatar in its sizes goes out by standard output, each after its
length. The exit status says why not.
"""

import io
import resource
import struct
import sys
import warnings

from PIL import Image, ImageOps

SIZES = (96, 256)
# What can be read at all: no SVG, and no format that nobody takes pictures in.
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 50_000_000
QUALITY = 82
LENGTH = struct.Struct(">I")
NOT_A_PICTURE, TOO_MANY_PIXELS, MOVES = 3, 4, 5


class Refused(Exception):
    """Why there is no avatar: one of the exit statuses above."""

    def __init__(self, status: int) -> None:
        self.status = status


def reencode(body: bytes) -> list[bytes]:
    """The square avatar in each of SIZES, as WebP without anything beside its pixels."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
            return _made(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(TOO_MANY_PIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error):  # Pillow's words for it
        raise Refused(NOT_A_PICTURE) from None


def _made(opened: Image.Image) -> list[bytes]:
    if getattr(opened, "is_animated", False):
        raise Refused(MOVES)
    largest = max(SIZES)
    opened.draft("RGB", (2 * largest, 2 * largest))  # a JPEG is read no larger than it is needed
    picture = ImageOps.exif_transpose(opened)
    has_holes = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    picture = picture.convert("RGBA" if has_holes else "RGB")
    return [_written(ImageOps.fit(picture, (size, size))) for size in SIZES]


def _written(picture: Image.Image) -> bytes:
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    file = io.BytesIO()
    bare.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def bound(memory: int, seconds: int) -> None:
    """From here on this process has so much memory and time, and writes no file."""
    for what, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """Told how much memory and how many seconds it may take."""
    bound(int(sys.argv[1]), int(sys.argv[2]))
    try:
        made = reencode(sys.stdin.buffer.read())
    except Refused as refused:
        sys.exit(refused.status)
    for each in made:
        sys.stdout.buffer.write(LENGTH.pack(len(each)) + each)
