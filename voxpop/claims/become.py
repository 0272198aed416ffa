"""One person becomes another: all that is his passes on, by the table of belongings.

Everything but comments passes in one transaction, with the event after which those follow, thread
by thread (`following.py`). From then on he is over: nobody acts as him, and he has nothing.
"""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, UniqueConstraint

from voxpop import events
from voxpop.accounts.events import AuthorNamed
from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.claims.belongings import BELONGINGS, Belonging, Passing
from voxpop.claims.events import AuthorBecame
from voxpop.errors import Problem
from voxpop.forums.models import Membership, Role
from voxpop.moderation.events import BanChanged
from voxpop.notices.collapsing import OWN
from voxpop.notices.models import Letter, Notice, PersonalNotice
from voxpop.people.models import Follow, Mute
from voxpop.profiles.events import ProfileChanged
from voxpop.profiles.handles import handles_of
from voxpop.screening.models import Ban
from voxpop.threads.models import PendingTally, Vote
from voxpop.words import say


@transaction.atomic
def become(of: Author, to: Author) -> None:
    """`of` is `to` from now on, and can never be anybody else again. Said twice it is said once.

    Raises Problem: they are one already, or one of them is over, or `to` has no account.
    """
    found = Author.objects.select_for_update(of=("self",)).select_related("user").order_by("id")
    both = found.in_bulk([of.id, to.id])
    one, other = both[of.id], both[to.id]
    if one.became_id == other.id:
        return
    if one.id == other.id or not (one.is_active and other.is_active) or other.user is None:
        raise Problem("not_allowed", say("not_two"))
    is_merge = one.kind == AuthorKind.USER
    handles = handles_of(one)
    bans = list(Ban.objects.filter(author=one).select_related("forum"))
    voted_twice = Vote.objects.filter(author=one, comment__votes__author=other)
    changed = dict(voted_twice.values_list("comment_id", "comment__thread_id"))
    _keep_the_higher(one, other)
    for each in BELONGINGS:
        pass_on(each, each.merged if is_merge else each.claimed, one, other)
    changed |= _nothing_of_himself(one, other)
    PendingTally.objects.bulk_create(
        [PendingTally(comment_id=comment, thread_id=thread) for comment, thread in changed.items()],
        ignore_conflicts=True,
    )
    for ban in bans:
        events.record(BanChanged(ban.forum.shortname, ban.id))
    if one.has_personas:
        Author.objects.filter(id=other.id).update(has_personas=True)
        events.record(AuthorNamed(other.id))
    if handles:
        events.record(ProfileChanged(handles))
    _end(one, other)
    events.record(AuthorBecame(of=one.id, to=other.id))


def pass_on(row: Belonging, passing: Passing, one: Author, other: Author) -> None:
    """What this column says of `one` it says of `other`, or of nobody."""
    of, to = (one.user, other.user) if row.is_of_user else (one, other)
    if of is None or passing in {Passing.STAYS, Passing.BY_THREAD}:
        return
    rows = row.model._default_manager.all()
    his, others = rows.filter(**{row.field: of}), rows.filter(**{row.field: to})
    if passing == Passing.ENDS:
        his.delete()
        return
    for key, when in _keys(row) if passing != Passing.MOVES else ():
        same = {name: OuterRef(name) for name in key}
        mine, theirs = his.filter(when), others.filter(when)
        if passing == Passing.NEWER:
            mine.filter(Exists(theirs.filter(**same, changed__gte=OuterRef("changed")))).delete()
            theirs.filter(Exists(mine.filter(**same))).delete()
        else:
            mine.filter(Exists(theirs.filter(**same))).delete()
    his.update(**{row.field: to})


def _keys(row: Belonging) -> Iterator[tuple[tuple[str, ...], Q]]:
    """What, beside the person, makes two rows the same, and of which rows that is said: once for
    each unique key he is in."""
    meta = row.model._meta
    unique = [
        (tuple(each.fields), each.condition or Q())
        for each in meta.constraints
        if isinstance(each, UniqueConstraint)
    ]
    unique += [(tuple(each), Q()) for each in meta.unique_together]
    unique += [((field.name,), Q()) for field in meta.concrete_fields if field.unique]
    for key, when in unique:
        if row.field in key:
            yield tuple(name for name in key if name != row.field), when


def _keep_the_higher(one: Author, other: Author) -> None:
    """Where both have something of which only one can stay, and not either will do."""
    if one.user is None or other.user is None:
        return
    owned = Membership.objects.filter(user=one.user, role=Role.OWNER).values("forum")
    Membership.objects.filter(user=other.user, forum__in=owned).update(role=Role.OWNER)
    EmailAddress.objects.filter(user=one.user).update(primary=False)
    if one.user.is_operator:
        User.objects.filter(id=other.user.id).update(is_operator=True)


def _nothing_of_himself(one: Author, other: Author) -> dict[int, int]:
    """Nobody follows, mutes, votes for or is told of himself. The comments whose votes that
    changes, with their threads; of those that pass on later, whoever passes them on sees to it."""
    Follow.objects.filter(by=other, of=other).delete()
    Mute.objects.filter(by=other, of=other).delete()
    muted = Mute.objects.filter(by=other).values("of")
    Follow.objects.filter(by=other, of__in=muted).delete()
    his = {"to": other, "comment__author__in": (one, other)}
    Notice.objects.filter(**his).delete()
    Letter.objects.filter(**his).exclude(kind__in=OWN).delete()
    for told in (PersonalNotice, Letter):
        told._default_manager.filter(to=other, person=other).delete()
    own = Vote.objects.filter(author=other, comment__author=other)
    changed = dict(own.values_list("comment_id", "comment__thread_id"))
    own.delete()
    return changed


def _end(one: Author, other: Author) -> None:
    """He is over: no way in, no address, and whoever meets his id is told who he is now."""
    Author.objects.filter(id=one.id).update(is_active=False, became=other, email="", handle="")
    if one.user is None:
        return
    # Its address is the other's now; this one no mail can reach, and nobody can have.
    User.objects.filter(id=one.user.id).update(
        is_active=False,
        is_operator=False,
        email=f"{one.public_id}@merged.invalid",
        password="!",  # noqa: S106  what no password hashes to
        sign_outs=F("sign_outs") + 1,
    )
