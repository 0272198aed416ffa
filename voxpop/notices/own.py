"""After the event: what happened to somebody, or to his own comment, is written into his inbox.

As in `telling`, it says what the database says now, so it may be told again and late.
"""

from django.db import transaction
from django.db.models import QuerySet

from voxpop.accounts.models import Author
from voxpop.moderation.models import Decision, Verb
from voxpop.moderation.rules import STATUS_AFTER
from voxpop.notices.due import make_due
from voxpop.notices.models import Kind, Letter, PersonalNotice
from voxpop.notices.telling import inbox_of, is_open
from voxpop.notices.wishes import wishes_of
from voxpop.people.events import PersonFollowed
from voxpop.people.reading import those_who_mute
from voxpop.threads.events import CommentLiked, CommentStood
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry, Placed

# Of spam its author is told nothing (SAFETY T26).
TOLD = {Verb.APPROVE, Verb.REJECT, Verb.DELETE, Verb.RESTORE}


def tell_followed(event: PersonFollowed) -> None:
    """A consequence: who is followed knows it, once for each who ever did. Raises StoreAway."""
    found = Author.objects.select_related("user").in_bulk([event.by, event.of])
    by, of = found.get(event.by), found.get(event.of)
    if by is None or of is None or not (is_open(by) and is_open(of)):
        return
    if those_who_mute(by.id, [of.id]):
        return
    ways = wishes_of(of).of(Kind.FOLLOW)
    if ways.inbox:
        told = PersonalNotice(to=of, person=by, kind=Kind.FOLLOW)
        PersonalNotice.objects.bulk_create([told], ignore_conflicts=True)
        timelines().append(_places(PersonalNotice.objects.filter(to=of, person=by)))
    make_due([of], {of.id: ways}, lambda to: Letter(to=to, person=by, kind=Kind.FOLLOW))


def tell_decided(event: CommentStood) -> None:
    """A consequence: whose comment a moderator has let through or taken away knows it; what was
    undone is in no inbox. Raises StoreAway."""
    comment = _own(event.comment_id)
    if comment is None:
        return
    if not is_decided(comment):
        timelines().remove(_places(_about(comment, Kind.DECISION)))
        return
    to = comment.author
    ways = wishes_of(to).of(Kind.DECISION, comment.forum_id)
    if ways.inbox:
        told = PersonalNotice(to=to, comment=comment, kind=Kind.DECISION)
        PersonalNotice.objects.bulk_create([told], ignore_conflicts=True)
        timelines().append(_places(_about(comment, Kind.DECISION)))
    make_due([to], {to.id: ways}, lambda to: Letter(to=to, comment=comment, kind=Kind.DECISION))


def tell_liked(event: CommentLiked) -> None:
    """A consequence: how many are for a comment is one notice, which comes up again when it is many
    more; never for a number that was told before. Raises StoreAway."""
    comment = _own(event.comment_id)
    if comment is None or comment.status != Status.PUBLISHED:
        return
    to = comment.author
    ways = wishes_of(to).of(Kind.VOTES, comment.forum_id)
    if ways.inbox:
        _raise_number(comment, event.up)
    letters = Letter.objects.filter(to=to, comment=comment, kind=Kind.VOTES)
    if not letters.filter(number__gt=event.up).exists():
        make_due(
            [to],
            {to.id: ways},
            lambda to: Letter(to=to, comment=comment, kind=Kind.VOTES, number=event.up),
        )


def _raise_number(comment: Comment, up: int) -> None:
    """The one notice of his votes comes up again with this number. Raises StoreAway."""
    notices = _about(comment, Kind.VOTES)
    before = _places(notices)
    with transaction.atomic():
        if not notices.filter(number__gte=up).exists():
            notices.delete()
            told = PersonalNotice(to=comment.author, comment=comment, kind=Kind.VOTES, number=up)
            PersonalNotice.objects.bulk_create([told], ignore_conflicts=True)
    now = _places(notices.all())
    timelines().append(now)
    timelines().remove([each for each in before if each not in now])


def _own(comment_id: int) -> Comment | None:
    """The comment, where its author has an inbox to be told in."""
    found = Comment.objects.select_related("author__user").filter(id=comment_id).first()
    if found is None or found.author.user is None:
        return None
    return found if is_open(found.author) else None


def is_decided(comment: Comment) -> bool:
    """Whether it stands as a moderator, not he himself, has decided, and he may know of it."""
    verbs = [verb for verb in STATUS_AFTER if verb in set(Verb)]
    standing = Decision.objects.filter(comment=comment, undone=None, verb__in=verbs)
    last = standing.order_by("-id").first()
    return (
        last is not None
        and last.verb in TOLD
        and last.by_id != comment.author.user_id
        and STATUS_AFTER[Verb(last.verb)] == comment.status
    )


def _about(comment: Comment, kind: Kind) -> QuerySet[PersonalNotice]:
    return PersonalNotice.objects.filter(to=comment.author_id, kind=kind, comment=comment)


def _places(notices: QuerySet[PersonalNotice]) -> list[Placed]:
    rows = notices.values_list("to_id", "id", "kind")
    return [(inbox_of(to), Entry(id, kind)) for to, id, kind in rows]
