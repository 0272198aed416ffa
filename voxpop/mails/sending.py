"""Taking mails to the mail server, in a thread of its own: again and again, until one is too old.

What holds for the shortest time goes first, so that codes do not wait behind what keeps. A mail may
go twice only where this process dies between the server's yes and our note of it.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from anymail.exceptions import AnymailRecipientsRefused
from cryptography.fernet import InvalidToken
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils import timezone

from voxpop.breaker import Breaker
from voxpop.mails.models import Mail
from voxpop.mails.posting import unseal

logger = logging.getLogger(__name__)

AT_ONCE = 100
LEASE = timedelta(seconds=90)  # longer than all steps of one mail at a slow server
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=1)
# A server that could not be reached is left alone for so many seconds: codes hold for minutes.
_server = Breaker(pause=5)


def send_mails() -> int:
    """Send what is due; how many went. A mail server that fails ends the round."""
    _drop_what_is_too_old()
    now = timezone.now()
    # Nobody puts one so far ahead: that clock was set back since, and codes hold for minutes.
    is_due = Q(due__lte=now) | Q(due__gt=now + 2 * LEASE)
    waiting = list(Mail.objects.filter(is_due).order_by("until")[:AT_ONCE])
    if not waiting or not _server.lets_through():
        return 0
    connection = get_connection()
    try:
        sent = _send_all(waiting, connection)
    except (OSError, SMTPException) as error:
        if _server.failed():
            logger.warning("the mail server does not answer (%s); mails wait", _told(error))
        return 0
    finally:
        # The server may be gone: there is nothing more to say to it then.
        with suppress(OSError, SMTPException):
            connection.close()
    _server.went_well()
    return sent


def _drop_what_is_too_old() -> None:
    lost, _ = Mail.objects.filter(until__lte=timezone.now()).delete()
    if lost:
        logger.warning("%s mails were not sent as long as what they say held; they are gone", lost)


def _send_all(waiting: Sequence[Mail], connection: BaseEmailBackend) -> int:
    connection.open()
    return sum(_send(mail, connection) for mail in waiting if mail.claim(LEASE))


def _send(row: Mail, connection: BaseEmailBackend) -> bool:
    """True when it went. Raises what says that the server itself is away.

    Nothing of the mail is logged: it may be a code (SAFETY T44).
    """
    try:
        mail = unseal(bytes(row.sealed))
        mail.connection = connection
        mail.send()
    except SMTPRecipientsRefused as refused:
        code, _ = next(iter(refused.recipients.values()))
        if not 500 <= code < 600:
            _put_off(row, is_held_off=True)
            return False
        logger.info("mail %s was refused for good: %s", row.pk, code)
    except (InvalidToken, ValueError, AnymailRecipientsRefused) as error:
        logger.error("mail %s cannot be sent: %s", row.pk, _told(error))
    except (OSError, SMTPException):
        _put_off(row)
        raise
    else:
        row.delete()
        return True
    row.delete()
    return False


def _put_off(row: Mail, *, is_held_off: bool = False) -> None:
    pause = min(FIRST_PAUSE * 2**row.attempts, LONGEST_PAUSE)
    Mail.objects.filter(pk=row.pk).update(due=timezone.now() + pause, is_held_off=is_held_off)


def _told(error: Exception) -> str:
    return type(error).__name__
