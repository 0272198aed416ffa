"""Asking to be erased, and calling it off: there are days in between."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from voxpop import events
from voxpop.accounts.actions import sign_out_everywhere
from voxpop.accounts.models import Author
from voxpop.accounts.tokens import end_tokens_of
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Membership, Role
from voxpop.mails.posting import LIFETIME, post_mail
from voxpop.privacy.erase import erase
from voxpop.privacy.events import ErasureAsked
from voxpop.privacy.models import Erasure
from voxpop.words import say


def ask_for_erasure(author: Author, *, keeps_text: bool) -> Erasure:
    """From now on he is signed in nowhere; when the days are over he is erased, unless he signs in
    before. Asked again, the days stay as they are, and what is to become of his texts is the
    newest word.

    Raises Problem while a forum has no other owner.
    """
    if alone := owned_alone(author):
        names = ", ".join(forum.name for forum in alone)
        raise Problem("not_allowed", say("only_owner", names=names))
    now = timezone.now()
    with transaction.atomic():
        erasure, is_new = Erasure.objects.get_or_create(
            author=author,
            defaults={
                "asked": now,
                "due": now + timedelta(days=settings.ERASURE_DAYS),
                "keeps_text": keeps_text,
            },
        )
        if not is_new and erasure.keeps_text != keeps_text:
            erasure.keeps_text = keeps_text
            erasure.save(update_fields=["keeps_text"])
        if is_new:
            events.record(ErasureAsked(author.id))
        if author.user is not None:
            sign_out_everywhere(user=author.user)
        else:
            end_tokens_of(author)
    return erasure


def tell_of_erasure(event: ErasureAsked) -> None:
    """A consequence: whoever has an account hears of it by mail, should it not have been he."""
    erasure = Erasure.objects.select_related("author__user").filter(author=event.author_id).first()
    if erasure is None or erasure.author.user is None:
        return
    mail = EmailMessage(
        subject="You will be erased",
        body=(
            f"You asked to be erased. That happens on {erasure.due:%Y-%m-%d %H:%M} UTC, on every\n"
            "site at once, and nothing brings it back.\n\n"
            "If you think better of it, or if it was not you, sign in before:\n"
            f"{settings.HOST}/accounts/login/\nThat calls it off. Change your password then.\n"
        ),
        to=[erasure.author.user.email],
    )
    # Nothing of him waits for a mail server any more when he is erased.
    post_mail(mail, min(LIFETIME, erasure.due - timezone.now()))


def call_off(author: Author) -> bool:
    """He stays. Whether there was something to call off."""
    return bool(Erasure.objects.filter(author=author).delete()[0])


def is_called_off(erasure: Erasure) -> bool:
    """Whoever signs in after he asked has thought better of it."""
    user = erasure.author.user
    return user is not None and user.last_login is not None and user.last_login > erasure.asked


def standing_erasure(author: Author) -> Erasure | None:
    """What he asked for, if that still stands; the row of one that does not goes."""
    erasure = Erasure.objects.select_related("author__user").filter(author=author).first()
    if erasure is not None and is_called_off(erasure):
        erasure.delete()
        return None
    return erasure


def erase_those_who_are_due() -> int:
    """Called by the worker; how many are gone. One that fails is begun again the next time."""
    due = Erasure.objects.filter(due__lte=timezone.now()).select_related("author__user")
    gone = 0
    for erasure in due.order_by("due"):
        if not is_called_off(erasure):
            erase(erasure.author, keeps_text=erasure.keeps_text)
            gone += 1
        erasure.delete()
    return gone


def owned_alone(author: Author) -> list[Forum]:
    """The forums that would have no owner without him."""
    if author.user is None:
        return []
    owners = Membership.objects.filter(role=Role.OWNER)
    mine = owners.filter(user=author.user).values("forum")
    others = owners.exclude(user=author.user).values("forum")
    return list(Forum.objects.filter(id__in=mine).exclude(id__in=others).order_by("name"))
