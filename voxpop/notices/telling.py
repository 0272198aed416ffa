"""After the event: what it means for others is written down, or taken back.

It says what the database says now, so it does not matter how often, how late or in which order it
is told; a worker killed at any point of it does the rest the next time.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from voxpop import ids
from voxpop.accounts.models import Author, Persona
from voxpop.notices.due import make_due
from voxpop.notices.models import Kind, Letter, Notice
from voxpop.notices.who import Said, concerned
from voxpop.notices.wishes import wishes_of_all
from voxpop.people.reading import those_who_mute, watchers_of
from voxpop.rows import look_up
from voxpop.screening.bans import is_banned
from voxpop.threads.events import CommentPublished, CommentRemoved
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry, Owner, OwnerKind, Placed

# Who calls more people than this by name in one comment calls nobody else.
MOST_MENTIONED = 10
_MENTIONED = re.compile(r'data-author="(\w{13})"')


def tell_people(event: CommentPublished | CommentRemoved) -> None:
    """A consequence: whom the comment concerns has it in his inbox, and mail if he wants it; about
    one that was removed nobody has. Raises StoreAway where the inboxes cannot be reached."""
    if _concerns_nobody(event.comment_id):
        return
    comment = (
        Comment.objects.select_related("author__user", "forum", "parent")
        .filter(id=event.comment_id)
        .first()
    )
    if comment is None:
        return
    if comment.status != Status.PUBLISHED:
        take_back(comment)
        return
    said = _said(comment)
    people = concerned(said)
    _tell(comment, people)
    if said.may_be_heard:
        for some in _watchers(comment, told_already=people):
            _tell(comment, some)


def _tell(comment: Comment, people: Mapping[int, Kind]) -> None:
    """It is in these people's inboxes, and mail is due to those who want it; each at most once."""
    if not people:
        return
    authors = _open_authors(people)
    wishes = wishes_of_all(authors, comment.forum_id)
    ways = {
        author.id: wishes[author.id].of(people[author.id], comment.forum_id) for author in authors
    }
    Notice.objects.bulk_create(
        [
            Notice(to=author, comment=comment, kind=people[author.id])
            for author in authors
            # A guest cannot sign in to an inbox.
            if author.user_id is not None and ways[author.id].inbox
        ],
        ignore_conflicts=True,
    )
    timelines().append(_places(comment, people))
    make_due(authors, ways, lambda to: Letter(to=to, comment=comment, kind=people[to.id]))


def _watchers(comment: Comment, told_already: Collection[int]) -> Iterator[dict[int, Kind]]:
    """Who watches the thread, some at a time: each writes for a moment only, however many watch."""
    for some in watchers_of(comment.thread_id):
        others = {*some} - {comment.author_id, *told_already}
        others -= those_who_mute(comment.face.id, others)
        yield dict.fromkeys(sorted(others), Kind.WATCH)


def _concerns_nobody(comment_id: int) -> bool:
    """Whether it answers nobody, names nobody and is watched by nobody, as most: seen by one plain
    look, since this follows every comment there is."""
    found = look_up(
        "SELECT parent_id, html, EXISTS(SELECT 1 FROM people_watch WHERE"
        " people_watch.thread_id = threads_comment.thread_id)"
        " FROM threads_comment WHERE id = %s",
        [comment_id],
    )
    return all(
        parent is None and not is_watched and not _MENTIONED.search(html)
        for parent, html, is_watched in found
    )


def take_back(comment: Comment) -> None:
    """What was removed is in nobody's inbox; the notice stays, so that nobody is told again."""
    timelines().remove(_places(comment))


def inbox_of(author_id: int) -> Owner:
    """The timeline that is an author's inbox."""
    return Owner(OwnerKind.INBOX, author_id)


def may_be_heard(comment: Comment) -> bool:
    """Whether anybody is told of what this author does (`author__user`, `forum` selected)."""
    author = comment.author
    return is_open(author) and not is_banned(comment.forum, author, comment.address)


def _said(comment: Comment) -> Said:
    parent = comment.parent
    is_answer = parent is not None and parent.status == Status.PUBLISHED
    answered = parent.author_id if parent is not None and is_answer else None
    mentioned = _mentioned(comment.html)
    people = [*mentioned, *([answered] if answered else [])]
    return Said(
        author=comment.author_id,
        is_published=True,
        may_be_heard=may_be_heard(comment),
        answered=answered,
        mentioned=mentioned,
        muted_by=those_who_mute(comment.face.id, people) if people else (),
    )


def _mentioned(html: str) -> list[int]:
    """The authors whose names the renderer found; what was typed cannot look like that."""
    found = [ids.private(public_id) for public_id in _MENTIONED.findall(html)]
    faces = list(dict.fromkeys(id for id in found if id))[:MOST_MENTIONED]
    worn = Persona.objects.filter(id__in=faces).values_list("id", "author_id") if faces else ()
    wearers = dict(worn)
    return list(dict.fromkeys(wearers.get(face, face) for face in faces))


def _open_authors(people: Collection[int]) -> list[Author]:
    rows = Author.objects.filter(id__in=people, is_active=True).select_related("user")
    return [author for author in rows if is_open(author)]


def is_open(author: Author) -> bool:
    """Whether there is somebody to be told."""
    return author.is_active and (author.user is None or author.user.is_active)


def _places(comment: Comment, people: Collection[int] | None = None) -> list[Placed]:
    """Where it is told: in the inboxes of these people, or in all."""
    notices = Notice.objects.filter(comment=comment)
    if people is not None:
        notices = notices.filter(to__in=people)
    rows = notices.values_list("to_id", "id", "kind")
    return [(inbox_of(to), Entry(id, kind)) for to, id, kind in rows]
