"""Who wants what of whom. Reads only."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.people.models import Follow, Mute, Watch
from voxpop.rows import select
from voxpop.threads.models import Comment, Status, Thread

WATCHERS_AT_ONCE = 500
# Of a thread so many of the newest comments are looked at for whom somebody may mean.
LOOKED_AT, MOST_OFFERED = 500, 8


@dataclass(frozen=True)
class Standing:
    """What somebody wants of one person."""

    follows: bool
    mutes: bool
    can_follow: bool


def standing(author: Author, person: Author) -> Standing:
    """What `author` wants of `person`; two queries."""
    return Standing(
        follows=Follow.objects.filter(by=author, of=person).exists(),
        mutes=Mute.objects.filter(by=author, of=person).exists(),
        can_follow=(
            author.kind == AuthorKind.USER
            and person.kind == AuthorKind.USER
            and author.id != person.id
        ),
    )


def muted_by(author: Author) -> list[int]:
    """Whom he does not want to see; at most actions.MOST_MUTES."""
    return list(Mute.objects.filter(by=author).values_list("of_id", flat=True))


def those_who_mute(person_id: int, among: Collection[int]) -> set[int]:
    """Who of these does not want to hear of this person."""
    rows = Mute.objects.filter(of=person_id, by__in=among)
    return set(rows.values_list("by_id", flat=True))


def is_watching(author: Author, thread: str) -> bool:
    """Whether he is told of every comment of this thread (public id)."""
    if author.kind != AuthorKind.USER:
        return False
    return Watch.objects.filter(by=author, thread__public_id=thread).exists()


@dataclass(frozen=True)
class Wants:
    """What a reader of a thread wants: whom not to see (ids), and to be told of its comments."""

    mutes: list[int]
    is_watching: bool


_WANTS = """
SELECT of_id FROM people_mute WHERE by_id = %s
UNION ALL
SELECT 0 FROM people_watch w JOIN threads_thread t ON t.id = w.thread_id
WHERE w.by_id = %s AND t.public_id = %s
"""


def wants_of(author: Author, thread: str) -> Wants:
    """What he wants, in this thread (public id); one query."""
    found = [id for (id,) in select(_WANTS, [author.id, author.id, thread])]
    return Wants([id for id in found if id], is_watching=0 in found)


def watchers_of(thread_id: int) -> Iterator[list[int]]:
    """Who watches a thread, so many at a time, in the order in which they began to."""
    after = 0
    while True:
        rows = Watch.objects.filter(thread=thread_id, id__gt=after).order_by("id")
        found = list(rows.values_list("id", "by_id")[:WATCHERS_AT_ONCE])
        if not found:
            return
        yield [by for _, by in found]
        after = found[-1][0]


def names_beginning(begun: str, thread: str, me: Author) -> list[Author]:
    """Whom I may mean by "@begun": who wrote lately in this thread (public id), and whom I follow;
    two queries, the same in a thread of any size."""
    lately = Comment.objects.filter(thread__public_id=thread, status=Status.PUBLISHED)
    wrote = lately.order_by("-id").values_list("author_id", flat=True)[:LOOKED_AT]
    follows = Follow.objects.filter(by=me, of__name__istartswith=begun)
    known = {*wrote, *follows.order_by("-id").values_list("of_id", flat=True)[:MOST_OFFERED]}
    found = Author.objects.filter(id__in=known - {me.id}, is_active=True)
    return list(found.filter(name__istartswith=begun).order_by("name", "id")[:MOST_OFFERED])


def find_person(public_id: str) -> Author:
    """Raises Problem: nobody is called that, or he is gone."""
    found = Author.objects.filter(id=ids.private(public_id) or 0, is_active=True).first()
    if found is None:
        raise Problem("not_found", "This person is no longer here.")
    return found


def find_thread(public_id: str) -> Thread:
    """Raises Problem: nobody has written there yet."""
    found = Thread.objects.filter(public_id=public_id).first()
    if found is None:
        raise Problem("not_found", "Nobody has written here yet.")
    return found
