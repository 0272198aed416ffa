"""Taking what is due to the mail server: again and again, with growing pauses, in its own thread.

A mail may go twice only where this process dies between the server's yes and our note of it; both
then have one Message-ID and say the same, by which mail clients show one.
"""

import logging
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from voxpop import ids
from voxpop.breaker import Breaker
from voxpop.events import kill_point
from voxpop.notices.composing import mail_of
from voxpop.notices.devices import forget_lost_devices
from voxpop.notices.gathering import LEASE, Parcel, claim, parcels_for, release, settle
from voxpop.notices.models import Channel, Letter, Notice, PersonalNotice
from voxpop.notices.refusals import forget_old_refusals, refuse, those_refused
from voxpop.notices.wishes import addresses_of
from voxpop.timelines.contract import RETENTION

logger = logging.getLogger(__name__)

PEOPLE_AT_ONCE = 200
# So many people are judged and claimed at once: what a killed sender leaves waits for its lease,
# and what is said of somebody meanwhile comes too late for so many mails at most.
HANDFUL = 20
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 6 * 3600.0  # seconds, doubled each time
ATTEMPTS = 16  # the pauses add up to two days
# A server that could not be reached is left alone for so many seconds.
_server = Breaker(pause=30)


def send_letters() -> int:
    """Send what is due, oldest first; how many mails went. A mail server that fails ends the
    round."""
    people = those_due(Channel.MAIL)
    if not people or not _server.lets_through():
        return 0
    connection = get_connection()
    sent = 0
    try:
        for start in range(0, len(people), HANDFUL):
            sent += _send_to(people[start : start + HANDFUL], connection)
    except (OSError, SMTPException) as error:
        if _server.failed():
            # Not its words: they may have somebody's address in them.
            told = getattr(error, "smtp_code", None) or type(error).__name__
            logger.warning("the mail server does not answer (%s); letters wait", told)
    else:
        _server.went_well()
    finally:
        # The server may be gone: there is nothing more to say to it then.
        with suppress(OSError, SMTPException):
            connection.close()
    return sent


def _send_to(people: Sequence[int], connection: BaseEmailBackend) -> int:
    """Judged and claimed together, sent one after the other; each is noted before the next goes.
    Raises what says that the server itself is away."""
    parcels = parcels_for(people, Channel.MAIL)
    known = addresses_of(parcel.to for parcel in parcels)
    # The question whether an address is his goes there before that is known.
    addresses = {
        (each.to.id, each.name): known[each.to.id] if each.groups else each.to.email
        for each in parcels
    }
    refused = those_refused({address for address in addresses.values() if address})
    nowhere = {"", *refused}
    goes = [each for each in parcels if addresses[each.to.id, each.name] not in nowhere]
    settle(letter for each in parcels if each not in goes for letter in each.letters)
    until, end = timezone.now() + LEASE, time.monotonic() + LEASE.total_seconds() / 2
    waiting = claim(goes, until)
    sent = 0
    try:
        while waiting and time.monotonic() < end:
            parcel = waiting.pop(0)
            sent += _send(parcel, addresses[parcel.to.id, parcel.name], connection)
    finally:
        release(waiting, until)
    return sent


def those_due(channel: Channel) -> list[int]:
    """To whom something is due, who has waited longest first."""
    due = Letter.objects.filter(channel=channel, due__lte=timezone.now()).order_by("due")
    some = due.values_list("to", flat=True)[: 4 * PEOPLE_AT_ONCE]
    return list(dict.fromkeys(some))[:PEOPLE_AT_ONCE]


def _send(parcel: Parcel, address: str, connection: BaseEmailBackend) -> bool:
    """True when it went. Raises what says that the server itself is away."""
    is_in_doubt = False
    try:
        mail = mail_of(parcel, address)
        connection.open()
        mail.connection = connection
        is_in_doubt = True
        kill_point("before_mail")
        mail.send()
    except SMTPRecipientsRefused as refused:
        code, text = next(iter(refused.recipients.values()))
        _refused(parcel, address, code, text)
    except AnymailRecipientsRefused:
        refuse(address, "rejected")
        settle(parcel.letters, error="rejected")
    except SMTPResponseException as refused:
        put_off(parcel, f"{refused.smtp_code}")
        raise  # of the server's greeting, sign-in or sender: all would fare alike
    except (OSError, SMTPException) as error:
        put_off(parcel, type(error).__name__, is_in_doubt=is_in_doubt)
        raise
    except ValueError as error:  # a header that cannot be one
        logger.exception("the mail %s cannot be written", parcel.name)
        settle(parcel.letters, error=type(error).__name__)
    else:
        settle(parcel.letters, has_gone=True)
        return True
    return False


def _refused(parcel: Parcel, address: str, code: int, text: bytes) -> None:
    """This address alone was refused: for good, or for now. For good may also be for what the
    server thinks of us (5.7.x, RFC 3463): that says nothing of the address."""
    if not 500 <= code < 600:
        put_off(parcel, f"{code}")
        return
    logger.info("the mail %s was refused for good: %s", parcel.name, code)
    settle(parcel.letters, error=f"{code}")
    if not text.startswith(b"5.7."):
        refuse(address, f"{code}")


def put_off(parcel: Parcel, error: str, *, is_in_doubt: bool = False) -> None:
    """It is tried again later, as the same parcel where it may have arrived; or given up."""
    attempts = max(letter.attempts for letter in parcel.letters) + 1
    if attempts >= ATTEMPTS:
        logger.warning("%s is given up after %s tries: %s", parcel.name, ATTEMPTS, error)
        settle(parcel.letters, error=error)
        return
    pause = min(FIRST_PAUSE * 2.0 ** (attempts - 1), LONGEST_PAUSE)
    pause *= random.uniform(0.75, 1.25)  # noqa: S311  what failed together need not come together
    Letter.objects.filter(id__in=[letter.id for letter in parcel.letters]).update(
        due=timezone.now() + timedelta(seconds=pause),
        error=error,
        sent_as=parcel.name if is_in_doubt else "",
    )


def forget_old_notices() -> None:
    """Let go of what was told longer ago than inboxes are kept."""
    oldest = timezone.now() - RETENTION
    Letter.objects.filter(created__lt=oldest).delete()
    first = ids.first_id_at(int(oldest.timestamp() * 1000))
    forget_old_refusals(oldest)
    forget_lost_devices(oldest)
    for notices in (Notice, PersonalNotice):
        notices.objects.filter(id__lt=first).delete()
