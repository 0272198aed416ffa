"""Uploaded avatars: whose, in which sizes, and how a file becomes one."""

import secrets
import subprocess
import sys
import threading

from django.db import transaction

from voxpop import events
from voxpop.accounts.events import AuthorNamed
from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.profiles import reencode
from voxpop.profiles.events import ProfileChanged
from voxpop.profiles.handles import handles_of
from voxpop.profiles.models import Avatar
from voxpop.words import say

MOST_BYTES = 8 * 1024**2
MEMORY = 512 * 1024**2  # bytes that the process may have which reads the file
CPU_SECONDS = 10
SECONDS = 20
RUN = "from voxpop.profiles.reencode import main; main()"
TOLD = {
    reencode.NOT_A_PICTURE: "not_a_picture",
    reencode.TOO_MANY_PIXELS: "too_many_pixels",
    reencode.MOVES: "picture_moves",
}
TOO_MUCH = "picture_too_much"

# One at a time in each process: pictures of strangers cannot take the machine from the readers.
_turn = threading.Lock()


def upload_avatar(author: Author, body: bytes) -> None:
    """His avatar from now on, beside older comments too. Raises Problem where it cannot be one."""
    if author.kind != AuthorKind.USER:
        raise Problem("sign_in_required", "A guest's avatar is drawn.")
    if len(body) > MOST_BYTES:
        raise Problem("too_large", say("file_too_large", n=MOST_BYTES // 1024**2))
    made = _reencoded(body)
    _wear(author, dict(zip(reencode.SIZES, made, strict=True)))


def wear_site_picture(author: Author, body: bytes) -> None:
    """What a site user's own site has of him, made anew as an upload is; the same again changes
    nothing. Raises Problem where it cannot be an avatar."""
    made = _reencoded(body)
    worn = Avatar.objects.filter(author=author).values_list("small", flat=True).first()
    if worn is None or bytes(worn) != made[0]:
        _wear(author, dict(zip(reencode.SIZES, made, strict=True)))


def remove_avatar(author: Author) -> None:
    """Drawn again; the uploaded one is gone, from the edge too. Said again, it changes nothing."""
    _wear(author, None)


@transaction.atomic
def _wear(author: Author, sizes: dict[int, bytes] | None) -> None:
    rows = Avatar.objects.filter(author=author)
    gone = list(rows.values_list("name", flat=True))
    if sizes is None and not gone and not author.avatar:
        return
    rows.delete()
    author.avatar = "" if sizes is None else secrets.token_hex(13)
    if sizes is not None:
        small, large = (sizes[size] for size in reencode.SIZES)
        Avatar.objects.create(name=author.avatar, author=author, small=small, large=large)
    author.save(update_fields=["avatar"])
    events.record(AuthorNamed(author.id))
    events.record(ProfileChanged(handles_of(author), gone))


def find_avatar(name: str, size: int) -> bytes | None:
    """The bytes of an uploaded avatar in one of its sizes."""
    if size not in reencode.SIZES:
        return None
    field = "small" if size == min(reencode.SIZES) else "large"
    found = Avatar.objects.filter(name=name).values_list(field, flat=True).first()
    return None if found is None else bytes(found)


def _reencoded(body: bytes) -> list[bytes]:
    if not _turn.acquire(timeout=SECONDS):
        raise Problem("unavailable", say("pictures_waiting"), retry_after=30)
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", RUN, str(MEMORY), str(CPU_SECONDS)],
            input=body, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _refused(TOO_MUCH) from None
    finally:
        _turn.release()
    if done.returncode:
        raise _refused(TOLD.get(done.returncode, TOO_MUCH))
    made, rest = [], done.stdout
    while rest:
        (length,) = reencode.LENGTH.unpack_from(rest)
        end = reencode.LENGTH.size + length
        made.append(rest[reencode.LENGTH.size : end])
        rest = rest[end:]
    return made


def _refused(word: str) -> Problem:
    told = say(word, n=reencode.MOST_PIXELS // 10**6)
    return Problem("invalid", told, errors={"file": told})
