"""An operator closes an account, and opens it again.

Closed, nobody acts as him anywhere, and what he showed of himself is not shown: profile, feeds, the
way from his comments to it. What he wrote stays; to take that away is each forum's own decision.
"""

from django.db import transaction
from django.utils import timezone

from voxpop import events, ids, ledger
from voxpop.accounts.actions import sign_out_everywhere
from voxpop.accounts.events import AuthorNamed
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.profiles.events import AccountStood, ProfileChanged
from voxpop.profiles.handles import handles_of
from voxpop.profiles.models import Closing, Profile


@transaction.atomic
def close_account(*, user: User, by: User | None = None, reason: str = "") -> Closing:
    """From the next request on he is signed in nowhere, and cannot sign in. Raises Problem for who
    is closed already, was merged, or runs this server: an operator is made none first."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise Problem("already_decided", "This account is closed already.")
    if user.is_operator:
        raise Problem("not_allowed", "An operator's account is not closed.")
    sign_out_everywhere(user=user)
    _stand(user, is_open=False)
    return Closing.objects.create(user=user, by=by, reason=reason)


@transaction.atomic
def reopen_account(*, user: User, by: User | None = None) -> Closing:
    """As it was, but for the sign-ins. Raises Problem for who was not closed by an operator."""
    user = User.objects.select_for_update().get(pk=user.pk)
    closing = Closing.objects.filter(user=user, reopened=None).first()
    if closing is None:
        raise Problem("already_decided", "This account is not closed.")
    closing.reopened, closing.reopened_by = timezone.now(), by
    closing.save(update_fields=["reopened", "reopened_by"])
    _stand(user, is_open=True)
    return closing


def remember_account(event: AccountStood) -> None:
    """A consequence: in the ledger, so that a backup opens nobody's account again."""
    author = Author.objects.select_related("user").filter(id=event.author_id).first()
    if author is not None and author.user is not None:
        ledger.note("account", author.public_id, is_open=author.user.is_active)


def replay_account(line: ledger.Line) -> bool:
    """Let the account stand as the ledger says; whether anything had to change."""
    found = User.objects.filter(author__id=ids.private(line["subject"]) or 0)
    user = found.filter(author__became=None).first()
    if user is None or user.is_active == line["is_open"]:
        return False
    if line["is_open"]:
        Closing.objects.filter(user=user, reopened=None).update(reopened=timezone.now())
    else:
        sign_out_everywhere(user=user)
        Closing.objects.create(user=user, reason="Closed again after a restore.")
    _stand(user, is_open=line["is_open"])
    return True


def _stand(user: User, *, is_open: bool) -> None:
    """Everything that shows him follows: his comments lead to a profile, or nowhere."""
    author = Author.objects.select_for_update(of=("self",)).get(user=user)
    User.objects.filter(pk=user.pk).update(is_active=is_open)
    shown = Profile.objects.filter(author=author, is_public=True).first() if is_open else None
    author.is_active, author.handle = is_open, (shown.handle or "") if shown else ""
    author.save(update_fields=["is_active", "handle"])
    events.record(AuthorNamed(author.id))
    events.record(ProfileChanged(handles_of(author)))
    events.record(AccountStood(author.id))
