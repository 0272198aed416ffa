"""What somebody is given of himself, section by section: what he may see, no more (SAFETY R32).

Of spam he is told that it waits (T26), of a decision what became of his comment, of a ban that it
is there; a moderator's words are not his, nor who mutes him.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q, QuerySet

from voxpop import ids
from voxpop.accounts.models import Author, User
from voxpop.claims.belongings import BELONGINGS
from voxpop.moderation.models import Decision, Verb
from voxpop.notices.inbox import DECIDED
from voxpop.notices.models import Kind, Notice, PersonalNotice
from voxpop.notices.telling import inbox_of
from voxpop.people.models import Follow, Mute, PersonaMute, Watch
from voxpop.privacy.models import Erasure
from voxpop.privacy.table import TABLE
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Flag, Status, Vote
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import StoreAway
from voxpop.words import words

Row = dict[str, Any]
CHUNK = 500
SMALLEST_ID = 2**50  # no count of anything is as large
# What an author is told of a text. Spam looks held: he is not told (SAFETY T26).
TOLD = {
    Status.PUBLISHED: "published",
    Status.HELD: "waiting",
    Status.SPAM: "waiting",
    Status.REJECTED: "removed",
    Status.DELETED: "removed",
}
# What he is told that moderators decided; a spam verdict would tell him what waiting hides.
UNTOLD = Q(kind=Kind.DECISION) & ~Q(comment__status__in=DECIDED)
TOLD_VERBS = (Verb.APPROVE, Verb.REJECT, Verb.DELETE, Verb.RESTORE)


@dataclass(frozen=True)
class Section:
    """One file of the takeout. `gives` says which fields of which model are in it."""

    name: str
    title: str
    gives: dict[str, str]
    rows: Callable[[Author], Iterator[Row]]


def _each(rows: QuerySet[Any]) -> Iterator[Any]:
    return rows.iterator(chunk_size=CHUNK)


def _given(label: str) -> list[str]:
    """The fields of a model that the table says are given."""
    groups = TABLE[label].personal
    return [name for each in groups if each.is_given for name in each.fields.split()]


def _fields(row: Any, names: list[str]) -> Row:
    """Fields as they are."""
    return {name: _plain(getattr(row, row._meta.get_field(name).attname)) for name in names}


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _told_at(id: int) -> str:
    return datetime.fromtimestamp(ids.moment(id) / 1000).astimezone().isoformat()


def _link(comment: int | None) -> str | None:
    return f"{settings.HOST}/c/{ids.public(comment)}" if comment else None


def _account(author: Author) -> Iterator[Row]:
    row: Row = {"id": author.public_id, "kind": author.kind, "read_up_to": _watermark(author)}
    row |= _fields(author, _given("accounts.Author"))
    user = User.objects.filter(author=author).first()
    if user is not None:
        row["signs_in"] = _fields(user, _given("accounts.User"))
    yield row


def _watermark(author: Author) -> str | None:
    try:
        seen = timelines().watermark(inbox_of(author.id))
    except StoreAway:
        return None
    return _told_at(seen) if seen else None


def _comments(author: Author) -> Iterator[Row]:
    rows = Comment.objects.filter(author=author).select_related("thread", "forum", "author")
    for each in _each(rows.prefetch_related("revisions").order_by("id")):
        yield {
            "id": each.public_id,
            "link": _link(each.id),
            "site": each.forum.name,
            "page": each.thread.url,
            "title": each.thread.title,
            "by": each.author.name,
            "as": each.badge,
            "answers": _link(each.parent_id),
            "written": _at(each.created),
            "edited": _at(each.edited),
            "state": TOLD[Status(each.status)],
            "network": each.address,
            "for": each.up,
            "against": each.down,
            "text": each.source,
            "texts": [
                {
                    "number": text.number,
                    "written": _at(text.created),
                    "state": TOLD[Status(text.status)],
                    "text": text.source,
                }
                for text in sorted(each.revisions.all(), key=lambda text: text.number)
            ],
        }


def _votes(author: Author) -> Iterator[Row]:
    for each in _each(Vote.objects.filter(author=author).order_by("id")):
        yield {"comment": _link(each.comment_id), "vote": each.value, "at": _at(each.changed)}


def _flags(author: Author) -> Iterator[Row]:
    for each in _each(Flag.objects.filter(author=author).order_by("id")):
        yield {"comment": _link(each.comment_id), "reason": each.reason, "at": _at(each.created)}


def _follows(author: Author) -> Iterator[Row]:
    for each in _each(Follow.objects.filter(by=author).select_related("of").order_by("id")):
        yield {"you_follow": each.of.name, "id": each.of.public_id}
    for each in _each(Follow.objects.filter(of=author).select_related("by").order_by("id")):
        yield {"follows_you": each.by.name, "id": each.by.public_id}


def _mutes(author: Author) -> Iterator[Row]:
    for each in _each(Mute.objects.filter(by=author).select_related("of").order_by("id")):
        yield {"you_mute": each.of.name, "id": each.of.public_id}
    rows = PersonaMute.objects.filter(by=author).select_related("persona__forum")
    for one in _each(rows.order_by("id")):
        yield {"you_mute": one.persona.name, "on": one.persona.forum.name}


def _watches(author: Author) -> Iterator[Row]:
    for each in _each(Watch.objects.filter(by=author).select_related("thread").order_by("id")):
        yield {"thread": each.thread.public_id, "page": each.thread.url, "title": each.thread.title}


def _notices(author: Author) -> Iterator[Row]:
    told = Notice.objects.filter(to=author, comment__status=Status.PUBLISHED)
    for each in _each(told.order_by("id")):
        yield {"kind": each.kind, "comment": _link(each.comment_id), "at": _told_at(each.id)}
    own = PersonalNotice.objects.filter(to=author).exclude(UNTOLD)
    for mine in _each(own.select_related("person").order_by("id")):
        yield {
            "kind": mine.kind,
            "comment": _link(mine.comment_id),
            "person": mine.person.name if mine.person else None,
            "number": mine.number,
            "at": _told_at(mine.id),
        }


def _decisions(author: Author) -> Iterator[Row]:
    rows = Decision.objects.filter(comment__author=author, verb__in=TOLD_VERBS)
    for each in _each(rows.exclude(comment__status=Status.SPAM).order_by("id")):
        yield {
            "comment": _link(each.comment_id),
            "decided": words("en")[f"did_{each.verb}"],
            **({"because": each.ground.label} if each.ground else {}),
            "at": _at(each.created),
            "undone": _at(each.undone),
        }
    for ban in Ban.objects.filter(author=author).select_related("forum").order_by("id"):
        yield {
            "banned_from": ban.forum.name,
            "at": _at(ban.created),
            "until": _at(ban.ends),
            "lifted": _at(ban.lifted),
        }


def _asked(author: Author) -> Iterator[Row]:
    for each in Erasure.objects.filter(author=author):
        yield {
            "asked": _at(each.asked),
            "erased_on": _at(each.due),
            "keeps_texts": each.keeps_text,
        }


MADE_BY_HAND = (
    Section(
        "account",
        "Who you are here",
        {
            "accounts.User": " ".join(_given("accounts.User")),
            "accounts.Author": " ".join(_given("accounts.Author")),
            "timelines.Watermark": "owner entry_id",
        },
        _account,
    ),
    Section(
        "comments",
        "What you wrote",
        {
            "threads.Comment": "source author address badge status created edited",
            "threads.Revision": "source number created status",
        },
        _comments,
    ),
    Section("votes", "What you voted", {"threads.Vote": "author comment value changed"}, _votes),
    Section(
        "flags", "What you reported", {"threads.Flag": "author comment reason created"}, _flags
    ),
    Section(
        "people", "People you follow, and who follow you", {"people.Follow": "by of"}, _follows
    ),
    Section(
        "mutes",
        "People you mute",
        {"people.Mute": "by of", "people.PersonaMute": "by persona"},
        _mutes,
    ),
    Section("watched", "Threads you watch", {"people.Watch": "by thread"}, _watches),
    Section(
        "notices",
        "What you were told",
        {
            "notices.Notice": "to comment kind",
            "notices.PersonalNotice": "to comment person kind number",
        },
        _notices,
    ),
    Section(
        "decisions",
        "What moderators decided about you",
        {
            "moderation.Decision": "verb comment ban told created undone",
            "screening.Ban": "author forum created ends lifted",
        },
        _decisions,
    ),
    Section(
        "erasure",
        "That you asked to be erased",
        {"privacy.Erasure": "author asked due keeps_text"},
        _asked,
    ),
)


def _others() -> Iterator[Section]:
    """What has no section made by hand: the fields of the table that are given, as they are."""
    covered = {label for section in MADE_BY_HAND for label in section.gives}
    for label, kept in TABLE.items():
        fields = _given(label)
        if fields and label not in covered:
            title = next(each.what for each in kept.personal if each.is_given)
            name = label.lower().replace(".", "-")
            rows = partial(_as_they_are, label, fields)
            yield Section(name, title.capitalize(), {label: " ".join(fields)}, rows)


def _as_they_are(label: str, fields: list[str], author: Author) -> Iterator[Row]:
    columns = [each for each in BELONGINGS if each.table == label]
    ways = [f"{each.field}__author" if each.is_of_user else each.field for each in columns]
    his = Q()
    for way in ways or ["comment__author"]:
        his |= Q(**{way: author})
    for row in _each(apps.get_model(label)._default_manager.filter(his).order_by("pk")):
        yield _fields(row, fields)


def _plain(value: Any) -> Any:
    """As JSON has it; a row of ours by its public id, bytes in Base64."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int) and value > SMALLEST_ID:
        return ids.public(value)
    return value if isinstance(value, str | int | bool | None) else str(value)


SECTIONS = (*MADE_BY_HAND, *_others())
