"""Who wants what of whom. Reads only."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from voxpop import ids
from voxpop.accounts.faces import Face, face_of
from voxpop.accounts.models import Author, AuthorKind, Persona
from voxpop.errors import Problem
from voxpop.people.models import Follow, Mute, PersonaMute, Watch
from voxpop.rows import look_up
from voxpop.threads.models import Comment, Status, Thread
from voxpop.words import say

WATCHERS_AT_ONCE = 500
# Of a thread so many of the newest comments are looked at for whom somebody may mean.
LOOKED_AT, MOST_OFFERED = 500, 8


@dataclass(frozen=True)
class Standing:
    """What somebody wants of one person."""

    follows: bool
    mutes: bool
    can_follow: bool


def standing(author: Author, person: Author | Persona) -> Standing:
    """What `author` wants of `person`; two queries."""
    if isinstance(person, Persona):
        mutes = PersonaMute.objects.filter(by=author, persona=person).exists()
        return Standing(follows=False, mutes=mutes, can_follow=False)
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
    """Whom he does not want to see, by the ids of their faces; at most twice MOST_MUTES."""
    everywhere = Mute.objects.filter(by=author).values_list("of_id", flat=True)
    somewhere = PersonaMute.objects.filter(by=author).values_list("persona_id", flat=True)
    return [*everywhere, *somewhere]


def those_who_mute(face_id: int, among: Collection[int]) -> set[int]:
    """Who of these does not want to hear of whoever has this face."""
    everywhere = Mute.objects.filter(of=face_id, by__in=among).values_list("by_id", flat=True)
    somewhere = PersonaMute.objects.filter(persona=face_id, by__in=among)
    return {*everywhere, *somewhere.values_list("by_id", flat=True)}


def is_watching(author: Author, thread: str) -> bool:
    """Whether he is told of every comment of this thread (public id)."""
    if author.kind != AuthorKind.USER:
        return False
    return Watch.objects.filter(by=author, thread__public_id=thread).exists()


@dataclass(frozen=True)
class Wants:
    """What a reader of a thread wants: whom not to see (faces), and whether to be told of it."""

    mutes: list[int]
    is_watching: bool


_WANTS = """
SELECT of_id FROM people_mute WHERE by_id = %s
UNION ALL
SELECT persona_id FROM people_personamute WHERE by_id = %s
UNION ALL
SELECT 0 FROM people_watch w JOIN threads_thread t ON t.id = w.thread_id
WHERE w.by_id = %s AND t.public_id = %s
"""


def wants_of(author: Author, thread: str) -> Wants:
    """What he wants, in this thread (public id); one query."""
    found = [id for (id,) in look_up(_WANTS, [author.id, author.id, author.id, thread])]
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


def names_beginning(begun: str, thread: str, me: Author) -> list[Face]:
    """Whom I may mean by "@begun": who wrote lately in this thread (public id), as he is called
    there, and whom I follow; four queries, the same in a thread of any size."""
    lately = Comment.objects.filter(thread__public_id=thread, status=Status.PUBLISHED)
    newest = lately.order_by("-id").values_list("author_id", "forum_id")[:LOOKED_AT]
    wrote = {author: forum for author, forum in newest if author != me.id}
    forums = {*wrote.values()}  # of one thread, so there is one or none
    personas = Persona.objects.filter(author__in=wrote, forum__in=forums).exclude(name="")
    worn = {each.author_id for each in personas.select_related("author")}
    follows = Follow.objects.filter(by=me, of__name__istartswith=begun)
    followed = {*follows.order_by("-id").values_list("of_id", flat=True)[:MOST_OFFERED]}
    found = Author.objects.filter(id__in=(wrote.keys() - worn) | followed, is_active=True)
    called = found.filter(name__istartswith=begun).order_by("name", "id")[:MOST_OFFERED]
    open_ones = personas.filter(name__istartswith=begun, author__is_active=True)
    faces = [
        *[face_of(each) for each in called],
        *[face_of(each.author, each.forum_id) for each in open_ones[:MOST_OFFERED]],
    ]
    return sorted(faces, key=lambda face: (face.name, face.id))[:MOST_OFFERED]


def find_person(public_id: str) -> Author | Persona:
    """Whoever has a face with this id. Raises Problem: nobody has, or he is gone."""
    number = ids.private(public_id) or 0
    found = Author.objects.filter(id=number, is_active=True).first()
    if found is not None:
        return found
    apart = Persona.objects.filter(id=number, is_shown=False, author__is_active=True)
    persona = apart.exclude(name="").first()
    if persona is None:
        raise Problem("not_found", say("person_gone"))
    return persona


def find_thread(public_id: str) -> Thread:
    """Raises Problem: nobody has written there yet."""
    found = Thread.objects.filter(public_id=public_id).first()
    if found is None:
        raise Problem("not_found", say("nobody_wrote"))
    return found
