"""Taking what is due to the mail server: again and again, with growing pauses, in its own thread.

A mail may go twice only where this process dies between the server's yes and our note of it; both
then have one Message-ID, by which mail clients show one.
"""

import logging
import random
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.breaker import Breaker
from voxpop.notices.composing import confirmation, letter_about
from voxpop.notices.models import Kind, Letter, Notice, PersonalNotice
from voxpop.notices.own import is_decided
from voxpop.notices.telling import inbox_of, may_be_heard
from voxpop.notices.wishes import address_of, is_wanted
from voxpop.people.reading import those_who_mute
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import RETENTION, StoreAway

logger = logging.getLogger(__name__)

AT_ONCE = 50
# A letter that its sender never came back to (killed) is due again after this time.
LEASE = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 6 * 3600.0  # seconds, doubled each time
ATTEMPTS = 16  # the pauses add up to two days
# A server that could not be reached is left alone for so many seconds.
_server = Breaker(pause=30)


def send_letters() -> int:
    """Send what is due, oldest first; how many went. A mail server that fails ends the round."""
    due = Letter.objects.filter(due__lte=timezone.now()).order_by("due")
    found = list(due.values_list("id", "due")[:AT_ONCE])
    if not found or not _server.lets_through():
        return 0
    connection = get_connection()
    sent = 0
    try:
        for number, moment in found:
            if _claim(number, moment):
                sent += _send(number, connection)
    except (OSError, SMTPException) as error:
        if _server.failed():
            logger.warning("the mail server does not answer (%s); letters wait", error)
    else:
        _server.went_well()
    finally:
        # The server may be gone: there is nothing more to say to it then.
        with suppress(OSError, SMTPException):
            connection.close()
    return sent


def _claim(number: int, moment: datetime | None) -> bool:
    """Whether the letter is ours to send: another sender may have come first."""
    standing = Letter.objects.filter(id=number, due=moment)
    return bool(standing.update(due=timezone.now() + LEASE, attempts=F("attempts") + 1))


def _send(number: int, connection: BaseEmailBackend) -> bool:
    """True when it went. Raises what says that the server itself is away."""
    letter = (
        Letter.objects.select_related(
            "to__user", "to__forum", "comment__author__user", "comment__forum",
            "comment__thread", "comment__parent",
        ).get(id=number)
    )  # fmt: skip
    try:
        mail = _mail(letter)
        if mail is None:
            _settle(letter)
            return False
        mail.connection = connection
        mail.send()
    except SMTPRecipientsRefused as refused:
        code, _ = next(iter(refused.recipients.values()))
        _refused(letter, code)
    except SMTPResponseException as refused:
        _put_off(letter, f"{refused.smtp_code}")
        raise  # of the server's greeting, sign-in or sender: all would fare alike
    except (OSError, SMTPException) as error:
        _put_off(letter, type(error).__name__)
        raise
    except ValueError as error:  # a header that cannot be one
        logger.exception("letter %s cannot be written", letter.id)
        _settle(letter, type(error).__name__)
    else:
        _settle(letter)
        return True
    return False


def _mail(letter: Letter) -> EmailMultiAlternatives | None:
    """The mail as things stand now; None when there is nothing to be said any more."""
    to = letter.to
    is_open = to.is_active and (to.user is None or to.user.is_active)
    address = address_of(to) if is_open else ""
    if not address:
        return None
    wish = getattr(to, "mail_wish", None)
    if letter.comment is None:
        is_asked = wish is not None and wish.confirmed is None and wish.replies
        return confirmation(to, address) if is_asked else None
    comment = letter.comment
    kind = Kind(letter.kind)
    if not _is_still_so(comment, to, kind) or not is_wanted(to, kind, wish):
        return None
    return None if _has_been_read(letter) else letter_about(comment, to, kind, address)


def _is_still_so(comment: Comment, to: Author, kind: Kind) -> bool:
    """Whether what is to be told is still true, and may be heard."""
    if kind == Kind.DECISION:
        return is_decided(comment)
    is_shown = comment.status == Status.PUBLISHED and may_be_heard(comment)
    return is_shown and not those_who_mute(comment.author_id, [to.id])


def _has_been_read(letter: Letter) -> bool:
    """Whether he has seen it in his inbox already. While nobody knows, he is told."""
    of = PersonalNotice if letter.kind == Kind.DECISION else Notice
    notice = of.objects.filter(to=letter.to_id, comment=letter.comment_id, kind=letter.kind).first()
    try:
        return notice is not None and timelines().watermark(inbox_of(letter.to_id)) >= notice.id
    except StoreAway:
        return False


def _refused(letter: Letter, code: int) -> None:
    """This address alone was refused: for good, or for now."""
    if 500 <= code < 600:
        logger.info("letter %s was refused for good: %s", letter.id, code)
        _settle(letter, f"{code}")
    else:
        _put_off(letter, f"{code}")


def _settle(letter: Letter, error: str = "") -> None:
    """It has gone, or is not to go."""
    Letter.objects.filter(id=letter.id).update(due=None, error=error)


def _put_off(letter: Letter, error: str) -> None:
    if letter.attempts >= ATTEMPTS:
        logger.warning("letter %s is given up after %s tries: %s", letter.id, ATTEMPTS, error)
        _settle(letter, error)
        return
    pause = min(FIRST_PAUSE * 2.0 ** (letter.attempts - 1), LONGEST_PAUSE)
    pause *= random.uniform(0.75, 1.25)  # noqa: S311  what failed together need not come together
    Letter.objects.filter(id=letter.id).update(
        due=timezone.now() + timedelta(seconds=pause), error=error
    )


def forget_old_notices() -> None:
    """Let go of what was told longer ago than inboxes are kept."""
    oldest = timezone.now() - RETENTION
    Letter.objects.filter(created__lt=oldest).delete()
    first = ids.first_id_at(int(oldest.timestamp() * 1000))
    for notices in (Notice, PersonalNotice):
        notices.objects.filter(id__lt=first).delete()
