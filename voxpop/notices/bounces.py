"""Reports of mail servers that took a mail and could not deliver it, or whose reader complained.

They go to the mail's envelope sender, which anybody can write to. So that nobody stops another's
mail, each of our mails has an envelope sender of its own (VERP), signed for its reader and address:
only who was on the way of such a mail knows it.
"""

import logging
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.notices.refusals import refuse
from voxpop.notices.wishes import address_of

logger = logging.getLogger(__name__)

SMTP = "django.core.mail.backends.smtp.EmailBackend"
DIGITS = 24  # of the signature
MOST_NAMED = 20  # are looked up; a report names one, several times
_NAMED = re.compile(rf"\+([0-9a-z]{{13}})([0-9a-f]{{{DIGITS}}})@")
# Of what the server thinks of us, which says nothing of the address (RFC 3463; 0183). Many say it
# in their own words alone, and "5.0.0" for all else.
_OF_US = re.compile(r"\b5\.7\.\d")


def envelope_sender(to: Author, address: str) -> str:
    """Where reports of a mail to this address of his are to go; "" where nobody reads them."""
    if not settings.BOUNCES or settings.EMAIL_BACKEND != SMTP:
        return ""
    name, _, host = settings.BOUNCES.partition("@")
    return f"{name}+{to.public_id}{_signature(to, address)}@{host}"


def hear_report(raw: bytes, sent_to: str = "") -> str:
    """Nothing more goes to where a mail of ours could not be delivered for good, or was complained
    of; why, or "" for what is no such report. `sent_to` is where the report went, if known."""
    try:
        why = _ended_by(message_from_bytes(raw, policy=policy.default))
    except RecursionError:  # of parts in parts in parts, as no mail server writes one
        return ""
    if not why:
        return ""
    # Its name is in the report's own headers as well, or in those of the mail that it gives back.
    named = _NAMED.findall(f"{sent_to}\n{raw.decode('latin-1')}".lower())
    for number, signature in list(dict.fromkeys(named))[:MOST_NAMED]:
        if address := _address_signed(number, signature):
            refuse(address, why)
            logger.info("mail to author %s is over: %s", number, why)
            return why
    return ""


def _address_signed(number: str, signature: str) -> str:
    """The address of this author's that an envelope of ours was signed for; "" for none."""
    author = Author.objects.filter(id=ids.private(number) or 0).first()
    if author is None:
        return ""
    # A question whether an address is his went there before it was known.
    for address in (address_of(author), author.email):
        if address and constant_time_compare(signature, _signature(author, address)):
            return address
    return ""


def _signature(to: Author, address: str) -> str:
    said = f"{to.public_id} {address.strip().casefold()}"
    return salted_hmac("voxpop.notices.bounces", said, algorithm="sha256").hexdigest()[:DIGITS]


def _ended_by(report: EmailMessage) -> str:
    """What this report ends mail by: "bounced" (RFC 3464), "complained" (RFC 5965) or nothing."""
    if report.get_content_type() != "multipart/report":
        return ""
    for block in _blocks(report, "message/delivery-status"):
        status, words = _said(block, "Status"), _said(block, "Diagnostic-Code")
        is_over = _said(block, "Action") == "failed" and status.startswith("5.")
        if is_over and not _OF_US.search(f"{status} {words}"):
            return "bounced"
    for block in _blocks(report, "message/feedback-report"):
        if _said(block, "Feedback-Type") == "abuse":
            return "complained"
    return ""


def _blocks(report: EmailMessage, kind: str) -> Iterator[Message]:
    for part in report.walk():
        if part.get_content_type() == kind:
            held = part.get_payload()
            # What claims to be of this kind and has no fields in it says nothing.
            yield from (each for each in held if isinstance(each, Message))


def _said(block: Message, name: str) -> str:
    return str(block.get(name, "")).partition("(")[0].strip().lower()
