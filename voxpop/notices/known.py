"""What is known of many people at once, so that judging their letters asks nothing of each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from voxpop.accounts.models import Author
from voxpop.notices.collapsing import OWN, About, about
from voxpop.notices.models import Channel, Kind, Letter, Notice, PersonalNotice, Reach
from voxpop.notices.telling import inbox_of, may_be_heard
from voxpop.notices.when import Clock
from voxpop.notices.wishes import Wishes, clock_of, wishes_of_all
from voxpop.people.models import Follow, Mute, PersonaMute
from voxpop.threads.models import Comment
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import StoreAway

# What belongs to something that was said by mail or push just now waits so long, and goes as one.
BUNDLE = timedelta(minutes=10)


class Faces:
    """By the id of which face somebody is seen in a forum; looked up once for all letters."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], int] = {}

    def of(self, comment: Comment) -> int:
        who = comment.forum_id, comment.author_id
        if who not in self._known:
            self._known[who] = comment.face.id
        return self._known[who]


@dataclass(frozen=True)
class Known:
    """Of whom letters are to; by the ids of authors where nothing else is said."""

    wishes: dict[int, Wishes]
    clocks: dict[int, Clock]
    faces: Faces
    muted: dict[int, set[int]]  # of those whose doing the letters are about
    follows: set[tuple[int, int]]  # who follows whom
    read: set[int]  # letters about what was seen in the inbox already
    # Of what somebody was told within the last minutes, until when more of it waits.
    waits_until: dict[tuple[int, About], datetime]
    _heard: dict[tuple[int, int, str], bool] = field(default_factory=dict)

    def is_heard(self, comment: Comment) -> bool:
        """Whether anybody is told of what this author does there; asked once for all."""
        who = comment.forum_id, comment.author_id, comment.address
        if who not in self._heard:
            self._heard[who] = may_be_heard(comment)
        return self._heard[who]


def known_of(letters: Sequence[Letter], channel: Channel, now: datetime) -> Known:
    """All that decides about these letters; a fixed number of queries."""
    people = {letter.to_id: letter.to for letter in letters}
    reaches = {row.author_id: row for row in Reach.objects.filter(author__in=people)}
    muted: dict[int, set[int]] = defaultdict(set)
    faces = Faces()
    doers = {face for letter in letters if (face := _whose_doing(letter, faces))}
    everywhere = Mute.objects.filter(by__in=people, of__in=doers).values_list("by_id", "of_id")
    somewhere = PersonaMute.objects.filter(by__in=people, persona__in=doers)
    for by, of in [*everywhere, *somewhere.values_list("by_id", "persona_id")]:
        muted[by].add(of)
    return Known(
        wishes=wishes_of_all(people.values()),
        clocks={id: clock_of(reaches.get(id) or Reach(author_id=id)) for id in people},
        faces=faces,
        muted=muted,
        follows=_follows(letters),
        read=_those_read(letters, people.values()),
        waits_until=_waits(people, channel, now),
    )


def _whose_doing(letter: Letter, faces: "Faces") -> int | None:
    return faces.of(letter.comment) if letter.comment else letter.person_id


def _follows(letters: Sequence[Letter]) -> set[tuple[int, int]]:
    named = [letter for letter in letters if letter.person_id]
    if not named:
        return set()
    rows = Follow.objects.filter(
        by__in={letter.person_id for letter in named}, of__in={letter.to_id for letter in named}
    )
    return set(rows.values_list("by_id", "of_id"))


def _waits(
    people: Iterable[int], channel: Channel, now: datetime
) -> dict[tuple[int, About], datetime]:
    gone = Letter.objects.filter(to__in=people, channel=channel, gone__gt=now - BUNDLE)
    rows = gone.exclude(kind="").order_by("gone")
    named = ("to_id", "gone", "kind", "comment_id", "comment__parent_id", "comment__thread_id")
    return {
        (to, about(kind, comment, parent, thread)): at + BUNDLE
        for to, at, kind, comment, parent, thread in rows.values_list(*named)
    }


def _those_read(letters: Sequence[Letter], people: Iterable[Author]) -> set[int]:
    """Which of them somebody has seen in his inbox already. While nobody knows, he is told."""
    inboxes = {inbox_of(each.id): each.id for each in people if each.user_id is not None}
    try:
        marks = timelines().watermarks(inboxes)
    except StoreAway:
        return set()
    seen = {inboxes[owner]: mark for owner, mark in marks.items()}
    if not seen:
        return set()
    read = _read_of_others(letters, seen) | _read_of_own(letters, seen)
    return {each.id for each in letters if (each.to_id, *_place(each)) in read}


Place = tuple[int, str | None, int | None]


def _read_of_others(letters: Sequence[Letter], seen: dict[int, int]) -> set[Place]:
    comments = {each.comment_id for each in letters if each.comment_id and each.kind not in OWN}
    rows = Notice.objects.filter(to__in=seen, comment__in=comments)
    return {
        (to, None, comment)
        for to, id, comment in rows.values_list("to_id", "id", "comment_id")
        if id <= seen[to]
    }


def _read_of_own(letters: Sequence[Letter], seen: dict[int, int]) -> set[Place]:
    about_them = [each for each in letters if each.kind in OWN or each.person_id]
    if not about_them:
        return set()
    rows = PersonalNotice.objects.filter(
        Q(comment__in={each.comment_id for each in about_them if each.kind in OWN})
        | Q(person__in={each.person_id for each in about_them if each.person_id}),
        to__in=seen,
    )
    return {
        (to, kind, person if kind == Kind.FOLLOW else comment)
        for to, id, kind, person, comment in rows.values_list(
            "to_id", "id", "kind", "person_id", "comment_id"
        )
        if id <= seen[to]
    }


def _place(letter: Letter) -> tuple[str | None, int | None]:
    if letter.person_id:
        return Kind.FOLLOW, letter.person_id
    return letter.kind if letter.kind in OWN else None, letter.comment_id
