"""Uploaded avatars: whatever is sent, what is served is a picture that we made (T05, R05, R22)."""

import io
import struct
import subprocess
import sys
import time
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.events.models import OutboxEvent
from voxpop.events.worker import drain_outbox
from voxpop.profiles import avatars, reencode
from voxpop.profiles.actions import Wanted, change_profile, remove_profile
from voxpop.profiles.avatars import remove_avatar, upload_avatar
from voxpop.profiles.models import Avatar
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast
from voxpop.words import say

CANARY = b"<script>alert('canary')</script>"
database = pytest.mark.django_db(transaction=True)


def picture(form: str = "PNG", size: tuple[int, int] = (300, 200), **more: object) -> bytes:
    file = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize(size).save(file, form, **more)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def exif(orientation: int) -> bytes:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = CANARY.decode()
    return made.tobytes()


def moving(form: str) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), (n, 0, 0)) for n in range(20)]
    frames[0].save(file, form, save_all=True, append_images=frames[1:])
    return file.getvalue()


PIXELS = chunk(b"IDAT", zlib.compress(b"\0" * (200 * (1 + 3 * 300))))
# What is a picture and something else as well: only the picture comes out.
POLYGLOTS = {
    "a page after the picture": picture() + CANARY,
    "a page in a text chunk": png(300, 200, chunk(b"tEXt", b"Comment\0" + CANARY), PIXELS),
    "a page in an unknown chunk": png(300, 200, chunk(b"juNk", CANARY), PIXELS),
    "a page in the exif": picture("JPEG", exif=exif(1)),
    "a page in a jpeg's comment": picture("JPEG", comment=CANARY),
    "a page in a colour profile": picture("PNG", icc_profile=CANARY),
    "a page in webp metadata": picture("WEBP", exif=exif(1), xmp=CANARY),
    "a zip after a jpeg": picture("JPEG") + b"PK\x03\x04" + CANARY,
}
NO_PICTURES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html>" + CANARY,
    "gif": picture("GIF"),
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "ico": picture("ICO", size=(64, 64)),
    "a half": picture()[:200],
    "nothing": b"",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
    "a png's name only": b"\x89PNG\r\n\x1a\n" + CANARY,
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_nothing_of_the_file_is_kept_but_its_pixels(name):
    for made, size in zip(reencode.reencode(POLYGLOTS[name]), reencode.SIZES, strict=True):
        assert made[:4] == b"RIFF"
        assert made[8:12] == b"WEBP"
        assert len(made) == 8 + struct.unpack("<I", made[4:8])[0]  # and nothing after it
        assert b"canary" not in made
        with Image.open(io.BytesIO(made)) as read:
            assert read.size == (size, size)
            assert not {"exif", "xmp", "icc_profile"} & set(read.info)


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_that_we_take_is_refused(name):
    with pytest.raises(reencode.Refused) as refused:
        reencode.reencode(NO_PICTURES[name])
    assert refused.value.status == reencode.NOT_A_PICTURE


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_moves_is_refused(form):
    with pytest.raises(reencode.Refused) as refused:
        reencode.reencode(moving(form))
    assert refused.value.status == reencode.MOVES


def test_a_bomb_of_pixels_is_refused_before_it_is_read():
    bomb = png(60_000, 60_000, chunk(b"IDAT", zlib.compress(b"\0" * 10**6)))
    began = time.monotonic()
    with pytest.raises(reencode.Refused) as refused:
        reencode.reencode(bomb)
    assert refused.value.status == reencode.TOO_MANY_PIXELS
    assert time.monotonic() - began < 2


def test_a_photograph_taken_upright_stands_upright():
    file = io.BytesIO()
    two = Image.new("RGB", (200, 200), "red")
    two.paste("blue", (0, 0, 200, 100))  # blue above red, as the camera lay
    two.save(file, "JPEG", exif=exif(6))
    with Image.open(io.BytesIO(reencode.reencode(file.getvalue())[0])) as made:
        left, right = made.convert("RGB").getpixel((10, 48)), made.convert("RGB").getpixel((85, 48))
    assert left[0] > 200 > 100 > left[2]
    assert right[2] > 200 > 100 > right[0]


@pytest.mark.broad
def test_the_process_that_reads_is_bounded(monkeypatch):
    """What Pillow did not refuse by itself ends the process, and not us."""
    large = png(7000, 7000, chunk(b"IDAT", zlib.compress(b"\0" * (7000 * (1 + 3 * 7000)))))
    assert len(avatars._reencoded(picture())) == len(reencode.SIZES)
    # On a busy machine too it is the memory that ends it, and not the time.
    monkeypatch.setattr(avatars, "CPU_SECONDS", 120)
    monkeypatch.setattr(avatars, "SECONDS", 240)
    monkeypatch.setattr(avatars, "MEMORY", 80 * 1024**2)
    with pytest.raises(Problem) as refused:
        avatars._reencoded(large)
    assert refused.value.detail == say(avatars.TOO_MUCH)
    monkeypatch.setattr(avatars, "MEMORY", 512 * 1024**2)
    monkeypatch.setattr(avatars, "RUN", "import time; time.sleep(60)")
    monkeypatch.setattr(avatars, "SECONDS", 1)
    with pytest.raises(Problem):
        avatars._reencoded(picture())
    assert avatars._turn.acquire(timeout=1)
    avatars._turn.release()


def test_the_process_that_reads_writes_no_file(tmp_path):
    code = (
        "from voxpop.profiles.reencode import bound; bound(2**29, 5)\n"
        f"open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode
    assert (tmp_path / "x").read_bytes() == b""


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    cast = Cast.standing()
    drain_outbox()
    return cast


@pytest.mark.broad
@database
def test_an_avatar_is_beside_every_comment_and_goes_from_there(cast):
    upload_avatar(cast.ann.author, picture())
    first = cast.ann.author.avatar
    drain_outbox()
    comment = Comment.objects.get(thread=cast.thread)
    assert f'src="/avatar/{first}-96.webp"'.encode() in bytes(comment.fragment)
    upload_avatar(cast.ann.author, picture("JPEG"))
    assert OutboxEvent.objects.filter(name="ProfileChanged").latest("id").payload["avatars"] == [
        first
    ]
    assert cast.ann.author.avatar != first
    assert Client().get(f"/avatar/{first}-96.webp").status_code == 404
    remove_avatar(cast.ann.author)
    drain_outbox()
    comment.refresh_from_db()
    assert b".webp" not in bytes(comment.fragment)
    assert not Avatar.objects.exists()


@pytest.mark.broad
@database
def test_it_is_served_as_a_picture_and_as_nothing_else(cast):
    upload_avatar(cast.ann.author, POLYGLOTS["a page after the picture"])
    for size in (96, 256):
        answer = Client().get(f"/avatar/{cast.ann.author.avatar}-{size}.webp")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Surrogate-Key"] == f"i:{cast.ann.author.avatar}"
        assert CANARY not in answer.content


@database
@pytest.mark.parametrize(
    "path", ["x-96", "../../etc/passwd-96", "0" * 26 + "-96", "0" * 26 + "-1", "-96", "%00-96"]
)
def test_a_name_that_is_none_tells_nothing(cast, path):
    """R09: no part of an address is a path of ours, nor comes back."""
    answer = Client().get(f"/avatar/{path}.webp")
    assert answer.status_code == 404
    assert b"passwd" not in answer.content


@pytest.mark.broad
@database
def test_the_form_takes_a_picture_and_says_what_is_wrong_with_another_file(cast):
    client = Client()
    client.force_login(cast.ann.author.user)
    own = {"Origin": "http://testserver"}
    sent = {"file": SimpleUploadedFile("me.png", picture())}
    client.post("/home/profile/avatar/", sent, headers=own)
    assert Author.objects.get(id=cast.ann.author.id).avatar
    sent = {"file": SimpleUploadedFile("me.svg", NO_PICTURES["svg"])}
    answer = client.post("/home/profile/avatar/", sent, headers=own, follow=True)
    assert "no picture that can be read" in answer.content.decode()
    client.post("/home/profile/avatar/", {"remove": "1"}, headers=own)
    assert not Author.objects.get(id=cast.ann.author.id).avatar


@pytest.mark.broad
@database
def test_one_verb_takes_the_avatar_away_as_well(cast):
    change_profile(cast.ann.author, Wanted("ann", is_public=True))
    upload_avatar(cast.ann.author, picture())
    name = cast.ann.author.avatar
    drain_outbox()
    remove_profile(cast.ann.author)
    assert Client().get(f"/avatar/{name}-96.webp").status_code == 404
    purged = [each.payload for each in OutboxEvent.objects.filter(name="ProfileChanged")]
    assert {"handles": ["ann"], "avatars": [name]} in purged


@database
def test_a_guest_uploads_nothing(cast):
    with pytest.raises(Problem):
        upload_avatar(cast.guest().author, picture())
    with pytest.raises(Problem) as refused:
        upload_avatar(cast.ann.author, b"\0" * (avatars.MOST_BYTES + 1))
    assert refused.value.code == "too_large"
