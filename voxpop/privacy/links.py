"""A guest has no account to sign in to: a link opens his page, for a day, and says who he is."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, TimestampSigner

from voxpop import events, ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.mails.posting import post_mail
from voxpop.privacy.events import GuestsAsked

LIFETIME = timedelta(days=1)
MOST_LINKS = 100  # in one mail


def link_for(guest: Author) -> str:
    """Whoever has it may ask for what is this guest's, and that it goes."""
    return f"{settings.HOST}/privacy/{_signer().sign(guest.public_id)}/"


def guest_of(secret: str) -> Author | None:
    """Whose link it is, if it is one of ours and not too old, and he is still there."""
    try:
        public = _signer().unsign(secret, max_age=LIFETIME)
    except BadSignature:
        return None
    return Author.objects.filter(
        id=ids.private(public) or 0, kind=AuthorKind.GUEST, is_active=True
    ).first()


def ask_for_links(email: str) -> None:
    """Mail to this address follows, if any guest gave it. Nothing of the address is written down.

    Called in a transaction.
    """
    guests = Author.objects.filter(kind=AuthorKind.GUEST, email=email, is_active=True)
    found = tuple(guests.order_by("-id").values_list("id", flat=True)[:MOST_LINKS])
    if found:
        events.record(GuestsAsked(list(found)))


def send_links(event: GuestsAsked) -> None:
    """A consequence: to the address that these guests gave, one link for each."""
    guests = Author.objects.filter(id__in=event.guests, is_active=True).exclude(email="")
    listed = list(guests.select_related("forum").order_by("id"))
    if not listed:
        return
    links = "\n\n".join(
        f"{guest.forum.name if guest.forum else ''}: {link_for(guest)}" for guest in listed
    )
    mail = EmailMessage(
        subject="What you wrote as a guest",
        body=(
            "Somebody, we hope you, asked for what was written with this address as a guest.\n"
            "Each link opens a page where you can take it with you, or have it erased. They are\n"
            f"good for a day; who has one can do both.\n\n{links}\n\n"
            "If it was not you, there is nothing to do.\n"
        ),
        to=[listed[0].email],
    )
    post_mail(mail, LIFETIME)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="voxpop.privacy", sep="~")
