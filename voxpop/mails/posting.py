"""Giving a mail to be sent. Whoever does goes on at once, whatever the mail server does."""

import base64
import hashlib
import json
from collections.abc import Collection
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, make_msgid
from django.utils import timezone

from voxpop.mails.models import Mail

LIFETIME = timedelta(days=2)
# Others' servers, which may hang; a console, a folder and a test's list take it at once.
_OF_OTHERS = ("django.core.mail.backends.smtp.", "anymail.")
# A server that is well has it after so long.
SOON = timedelta(seconds=5)


def post_mail(mail: EmailMessage, lives: timedelta = LIFETIME) -> None:
    """It goes in a moment; while the server is away it waits, as long as what it says holds."""
    if not settings.EMAIL_BACKEND.startswith(_OF_OTHERS):
        mail.send()
        return
    Mail.objects.create(sealed=seal(mail), until=timezone.now() + lives)


def discard_mails_to(addresses: Collection[str]) -> None:
    """What waits to go to any of these does not go."""
    there = {address.casefold() for address in addresses}
    for row in Mail.objects.iterator():
        try:
            to = unseal(bytes(row.sealed)).to
        except InvalidToken:
            continue  # nobody can open it any more
        if there.intersection(address.casefold() for address in to):
            row.delete()


def mail_is_late() -> bool:
    """Whether mails of anybody have been waiting for our mail server."""
    waiting = Mail.objects.filter(until__gt=timezone.now(), is_held_off=False)
    return waiting.filter(created__lt=timezone.now() - SOON).exists()


def seal(mail: EmailMessage) -> bytes:
    """With its Message-ID: a second try is the same mail to whoever gets both."""
    headers = {"Message-ID": make_msgid(domain=settings.HOST_NAME), **mail.extra_headers}
    shown = [text for text, kind in getattr(mail, "alternatives", []) if kind == "text/html"]
    fields = {
        "subject": mail.subject,
        "body": mail.body,
        "from_email": mail.from_email,
        "to": mail.to,
        "headers": headers,
    }
    return _box().encrypt(json.dumps({"fields": fields, "html": shown}).encode())


def unseal(sealed: bytes) -> EmailMultiAlternatives:
    """Raises InvalidToken when the server's key is another since."""
    found = json.loads(_box().decrypt(sealed))
    mail = EmailMultiAlternatives(**found["fields"])
    for html in found["html"]:
        mail.attach_alternative(html, "text/html")
    return mail


def _box() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"voxpop.mails")
    return Fernet(base64.urlsafe_b64encode(key.digest()))
