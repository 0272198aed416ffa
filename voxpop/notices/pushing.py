"""Taking pushes to the services of the browsers' makers, in a thread of its own.

Where a push goes was said by whoever turned it on, so it leaves by the one way out (SAFETY T15). It
is encrypted for that browser alone; the service in between learns a length and a moment. A service
that hangs costs its five seconds, then its device is left alone, longer each time.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone
from py_vapid import Vapid02

from voxpop.notices.collapsing import Group
from voxpop.notices.composing import own_language
from voxpop.notices.devices import lose, well_devices_of
from voxpop.notices.gathering import LEASE, Parcel, claim, parcels_for, settle
from voxpop.notices.headlines import headline, language_for, path_to
from voxpop.notices.models import Channel, Device
from voxpop.notices.sending import put_off, those_due
from voxpop.notices.texts import one_line, text_of
from voxpop.outbound import Question, Unreachable, send
from voxpop.words.languages import direction

logger = logging.getLogger(__name__)

# So long a push service keeps one for a browser that is off.
TTL = timedelta(days=1)
LONGEST_SAID = 160
AT_A_TIME = 16
PATIENCE = 5.0  # seconds for one push service
SHORTEST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=7)
GONE = {404, 410}


@dataclass(frozen=True)
class Push:
    """One parcel on its way to one device."""

    parcel: Parcel
    device: Device

    def send(self) -> int:
        """What the service answered; 0 for nothing that could be heard."""
        subscription = {
            "endpoint": self.device.endpoint,
            "keys": {"p256dh": self.device.p256dh, "auth": self.device.auth},
        }
        from pywebpush import WebPusher  # large: it is loaded where pushes are really sent

        (group,) = self.parcel.groups
        try:
            sealed = WebPusher(subscription).encode(payload_of(group, self.parcel))["body"]
            headers = _headers(self.device.endpoint, group)
            return send(
                self.device.endpoint, Question("POST", headers, sealed), seconds=PATIENCE
            ).status
        except Unreachable as error:
            logger.info("a push could not be sent: %s", error)
            return 0
        except Exception:
            # Whatever a stranger's key or address makes of our libraries: the others are served.
            logger.exception("a push could not be made")
            return 0


def send_pushes() -> int:
    """Send what is due, to whom has waited longest first; how many parcels went."""
    pushes: list[Push] = []
    waiting: list[Parcel] = []
    parcels = parcels_for(those_due(Channel.PUSH), Channel.PUSH)
    for parcel in claim(parcels, timezone.now() + LEASE):
        devices = well_devices_of(parcel.to)
        pushes += [Push(parcel, device) for device in devices]
        waiting.append(parcel)
    if not waiting:
        return 0
    with ThreadPoolExecutor(max_workers=AT_A_TIME, thread_name_prefix="push") as senders:
        answers = list(senders.map(Push.send, pushes))
    for push, status in zip(pushes, answers, strict=True):
        _note(push.device, status)
    return sum(_conclude(parcel, pushes, answers) for parcel in waiting)


def _conclude(parcel: Parcel, pushes: Sequence[Push], answers: Sequence[int]) -> bool:
    """A parcel that one of his devices has got has gone: another would show it a second time."""
    mine = [status for push, status in zip(pushes, answers, strict=True) if push.parcel is parcel]
    if any(200 <= status < 300 for status in mine):
        settle(parcel.letters, has_gone=True)
        return True
    if any(_may_come_back(status) for status in mine):
        put_off(parcel, f"{max(mine)}")
    elif Device.objects.filter(author=parcel.to, gone=None).exists():
        put_off(parcel, "resting")
    else:
        settle(parcel.letters, error=f"{max(mine, default=0)}")
    return False


def _may_come_back(status: int) -> bool:
    return status not in GONE and not 200 <= status < 300


def _note(device: Device, status: int) -> None:
    """What is known of a device after this: well, gone, or left alone for a while."""
    now = timezone.now()
    devices = Device.objects.filter(id=device.id)
    if 200 <= status < 300:
        if device.failing:
            devices.update(failing=None, rests_until=None)
    elif status in GONE or (device.failing and now - device.failing > GIVEN_UP_AFTER):
        lose(device)
    else:
        since = device.failing or now
        rest = min(max(SHORTEST_REST, now - since), LONGEST_REST)
        devices.update(failing=since, rests_until=now + rest)


def payload_of(group: Group, parcel: Parcel) -> bytes:
    """What the service worker shows."""
    language = language_for(group, own_language(parcel.to))
    comment = group.newest.comment
    lines = [one_line(comment.thread.title), text_of(comment.html, LONGEST_SAID)] if comment else []
    shown = {
        "title": headline(group, language),
        "body": "\n".join(line for line in lines if line),
        "path": path_to(group),
        "tag": topic_of(group),
        "lang": language,
        "dir": direction(language),
    }
    return json.dumps(shown, ensure_ascii=False).encode()


def topic_of(group: Group) -> str:
    """One name for what belongs together: the newer push takes the older one's place (RFC 8030)."""
    about = "{} {}".format(*group.newest.about)
    return hashlib.blake2b(about.encode(), digest_size=12).hexdigest()


def _headers(endpoint: str, group: Group) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {"sub": _contact(), "aud": f"{parts.scheme}://{parts.netloc}"}
    return {
        **_key().sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": f"{TTL.total_seconds():.0f}",
        "Topic": topic_of(group),
        "Urgency": "normal",
    }


def _contact() -> str:
    """Whom a push service may write to about what we send."""
    _, address = parseaddr(settings.EMAIL_FROM)
    return f"mailto:{address}"


@cache
def _key() -> Vapid02:
    return Vapid02.from_raw(settings.PUSH_KEY.encode())


def public_key() -> str:
    """What a browser is told when it asks its push service for an address (VAPID, RFC 8292)."""
    point = _key().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
