"""The browsers in which somebody sees pushes: turned on, listed, turned off."""

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.notices.models import Device
from voxpop.words import say

MOST_DEVICES = 10
LONGEST_ENDPOINT = 1000
# Whose push service it is, by the end of its name.
MAKERS = {
    "push.services.mozilla.com": "Firefox",
    "googleapis.com": "Chrome or another browser of its family",
    "push.apple.com": "Safari",
    "notify.windows.com": "Edge",
}


@transaction.atomic
def turn_on_pushes(author: Author, *, endpoint: str, p256dh: str, auth: str) -> Device:
    """He sees pushes in this browser; again is once. Raises Problem: it is no subscription.

    One that was lost by this kind of browser is not spoken of any more: it may be this one."""
    assert author.user is not None  # a guest has no inbox
    if not (_is_address(endpoint) and _is_key(p256dh) and len(_decoded(auth)) == 16):
        raise Problem("invalid", say("push_unusable"))
    fields = {"author": author, "p256dh": p256dh, "auth": auth, "failing": None,
              "rests_until": None, "gone": None, "sign_outs": author.user.sign_outs}  # fmt: skip
    device, _ = Device.objects.update_or_create(endpoint=endpoint, defaults=fields)
    lost = [each for each in lost_devices_of(author) if maker_of(each) == maker_of(device)]
    Device.objects.filter(id__in=[each.id for each in lost]).delete()
    newest = Device.objects.filter(author=author).order_by("-id").values("id")[:MOST_DEVICES]
    Device.objects.filter(author=author).exclude(id__in=[row["id"] for row in newest]).delete()
    return device


def lose(device: Device) -> None:
    """Its push service knows it no more. He is told so until he says that he has seen it; what
    could be sent there could not be read by anybody, so the keys go at once."""
    lost = Device.objects.filter(id=device.id)
    lost.update(gone=timezone.now(), p256dh="", auth="", failing=None, rests_until=None)


def forget_lost_devices(before: datetime) -> None:
    """Who has not looked for so long is told no more."""
    Device.objects.filter(gone__lt=before).delete()


def turn_off_pushes(author: Author, device: int) -> bool:
    """None in this browser any more; false where it is not his, or gone."""
    gone, _ = Device.objects.filter(author=author, id=device).delete()
    return bool(gone)


def devices_of(author: Author) -> list[Device]:
    """Where he sees pushes, the newest first."""
    return list(_standing().filter(author=author).order_by("-id"))


def lost_devices_of(author: Author) -> list[Device]:
    """Where he saw pushes until the browser or its maker ended it, the latest first."""
    return list(Device.objects.filter(author=author, gone__isnull=False).order_by("-gone"))


def well_devices_of(author: Author) -> list[Device]:
    """Those of them that are not left alone for a while."""
    awake = Q(rests_until=None) | Q(rests_until__lte=timezone.now())
    return list(_standing().filter(awake, author=author))


def those_with_devices(authors: Iterable[Author]) -> set[int]:
    """Who of these sees pushes somewhere; one query."""
    found = _standing().filter(author__in=[author.id for author in authors])
    return set(found.values_list("author_id", flat=True))


def maker_of(device: Device) -> str:
    """What to call a device: its browser's family, as far as its push service tells."""
    host = urlsplit(device.endpoint).hostname or ""
    return next((name for end, name in MAKERS.items() if host.endswith(end)), host)


def _standing() -> QuerySet[Device]:
    return Device.objects.filter(sign_outs=F("author__user__sign_outs"), gone=None)


def _is_address(endpoint: str) -> bool:
    """Whether it looks like one; where it leads is judged whenever something is sent there
    (SAFETY T15)."""
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        return False
    schemes = {"https", "http"} if settings.FETCH_PRIVATE else {"https"}
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)


def _is_key(p256dh: str) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
    except ValueError:
        return False
    return True


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return b""
