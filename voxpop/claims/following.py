"""After somebody became another: what he wrote and was told follows, a while at a time."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from voxpop import events, ids
from voxpop.accounts.models import Author
from voxpop.claims.events import AuthorBecame
from voxpop.moderation.actions.claims import move_given, noted
from voxpop.moderation.events import ClaimMoved
from voxpop.moderation.models import Claim
from voxpop.notices.models import Notice, PersonalNotice
from voxpop.notices.telling import inbox_of
from voxpop.profiles.events import ProfileChanged
from voxpop.profiles.handles import handles_of
from voxpop.threads.actions import hand_over
from voxpop.threads.actions.hand_over import no_note
from voxpop.threads.events import CommentsHandedOver
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry, Owner, OwnerKind
from voxpop.transfer.events import ForumImported

# So long the worker does this at a time: others wait behind it.
A_WHILE = 2.0
ENTRIES_AT_ONCE = 500
STRAGGLERS_AT_ONCE = 100


def follow_author(event: AuthorBecame) -> None:
    """A consequence: his comments are the other's, thread by thread, and what was in his inbox is
    in the other's. What takes longer goes on with an event of its own. Raises StoreAway."""
    found = Author.objects.in_bulk([event.of, event.to])
    if len(found) < 2:
        return
    of, to = found[event.of], who_is(found[event.to])
    # By a moderator's word it may have to go back.
    claim = Claim.objects.filter(of=of, by=to).first()
    is_done = hand_over(of, to, seconds=A_WHILE, note=noted(claim) if claim else no_note)
    if is_done:
        _hand_inbox_over(of, to)
    with transaction.atomic():
        if is_done:
            events.record(ProfileChanged(handles_of(to)))
        else:
            events.record(AuthorBecame(of=of.id, to=to.id))


def follow_claim(event: ClaimMoved) -> None:
    """A consequence: an archive's comments are whose they should be by a moderator's word."""
    claim = Claim.objects.select_related("of", "by").filter(id=event.claim_id).first()
    if claim is None:
        return
    is_done = move_given(claim, seconds=A_WHILE)
    with transaction.atomic():
        if is_done:
            events.record(ProfileChanged(handles_of(claim.by)))
        else:
            events.record(ClaimMoved(claim.id))


def follow_import(event: ForumImported) -> None:
    """A consequence: what an archive brought of somebody who has claimed its author is his."""
    _find_left(Author.objects.filter(forum=event.forum_id))


def who_is(author: Author) -> Author:
    """Who somebody is now, whoever he became since."""
    while author.became is not None:
        author = author.became
    return author


def look_for_stragglers() -> None:
    """A comment that was on its way while its author became another is found here."""
    _find_left(Author.objects.all(), at_most=STRAGGLERS_AT_ONCE)


def move_in_timelines(event: CommentsHandedOver) -> None:
    """A consequence, where timelines hold comments: they are in the timeline of who has them now.
    Raises StoreAway."""
    now = Comment.objects.filter(id__in=event.comments)
    store = timelines()
    rows = now.values_list("id", "author_id", "status")
    of_authors = [(id, author) for id, author, status in rows if status == Status.PUBLISHED]
    store.append((Owner(OwnerKind.AUTHOR, author), Entry(id)) for id, author in of_authors)
    authors = {id: author for id, author, _ in rows}
    store.remove(
        (Owner(OwnerKind.AUTHOR, event.of), Entry(id))
        for id in event.comments
        if authors.get(id) != event.of
    )


def _find_left(authors: QuerySet[Author], at_most: int | None = None) -> None:
    left = Comment.objects.filter(author=OuterRef("pk"))
    became = authors.filter(Exists(left), became__isnull=False).order_by("id")
    for of, to in list(became.values_list("id", "became_id")[:at_most]):
        with transaction.atomic():
            events.record(AuthorBecame(of=of, to=to))


def _hand_inbox_over(of: Author, to: Author) -> None:
    """What still stands in his inbox and is the other's by its row."""
    store = timelines()
    after = None
    while entries := store.page(inbox_of(of.id), after=after, limit=ENTRIES_AT_ONCE):
        his = _notices_of(to, [entry.id for entry in entries])
        store.append((inbox_of(to.id), entry) for entry in entries if entry.id in his)
        after = entries[-1].id
    store.trim(inbox_of(of.id), before=ids.new_id())


def _notices_of(to: Author, numbers: Iterable[int]) -> set[int]:
    return {
        id
        for notices in (Notice, PersonalNotice)
        for id in notices._default_manager.filter(to=to, id__in=numbers).values_list(
            "id", flat=True
        )
    }
