"""What goes to somebody now: his letters that have come up, judged, timed and put together.

All of it is decided here, as it goes: what was removed, read, muted or stopped meanwhile is not
said, what wants to wait waits, and what belongs together is one parcel.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.notices.collapsing import OWN, Group, Told, collapse
from voxpop.notices.models import Channel, Kind, Letter, Notice, Pace, PersonalNotice
from voxpop.notices.own import is_decided
from voxpop.notices.proofs import waiting_for
from voxpop.notices.telling import inbox_of, is_open, may_be_heard
from voxpop.notices.when import Clock, end_of_quiet, goes_at
from voxpop.notices.wishes import Wishes, clock_of, is_asking, reach_of, wishes_of
from voxpop.people.models import Follow
from voxpop.people.reading import muted_by
from voxpop.threads.models import Comment, Status
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import StoreAway

MOST_TOGETHER = 500
# What belongs to something that was said by mail or push just now waits so long, and goes as one.
BUNDLE = timedelta(minutes=10)
# A parcel that its sender never came back to (killed) is due again after this time.
LEASE = timedelta(minutes=10)

_SELECTED = (
    "to__user", "to__forum", "person__user", "comment__author__user", "comment__forum",
    "comment__thread", "comment__parent",
)  # fmt: skip


@dataclass(frozen=True)
class Parcel:
    """Letters to one person that go as one; newest first, never empty. `name` is the same for the
    same parcel, however often it is tried."""

    to: Author
    channel: Channel
    letters: Sequence[Letter]
    pace: Pace
    name: str

    @property
    def groups(self) -> list[Group]:
        """What it says; nothing where it asks a guest for his word."""
        return collapse([_told(letter) for letter in self.letters if letter.kind])


def parcels_for(person: int, channel: Channel) -> list[Parcel]:
    """What is to go to him by this channel now."""
    now = timezone.now()
    found = Letter.objects.filter(to=person, channel=channel, due__lte=now)
    letters = list(found.select_related(*_SELECTED).order_by("-id")[:MOST_TOGETHER])
    if not letters:
        return []
    to = letters[0].to
    wishes = wishes_of(to)
    said = _still_said(letters, to, wishes)
    settle(letter for letter in letters if letter not in said)
    ready = _ready(said, to, channel, wishes, now)
    return _together(ready, to, channel, wishes)


def claim(parcel: Parcel) -> bool:
    """Whether the parcel is ours to send: another sender may have come first."""
    now = timezone.now()
    ids = [letter.id for letter in parcel.letters]
    standing = Letter.objects.filter(id__in=ids, due__lte=now)
    got = standing.update(due=now + LEASE, attempts=F("attempts") + 1, sent_as=parcel.name)
    return got == len(ids)


def settle(letters: Iterable[Letter], *, error: str = "", has_gone: bool = False) -> None:
    """They have gone, or are not to go."""
    if ids := [letter.id for letter in letters]:
        gone = timezone.now() if has_gone else None
        Letter.objects.filter(id__in=ids).update(due=None, error=error, gone=gone)


# -- whether it is still to be said --------------------------------------------------------


def _still_said(letters: Sequence[Letter], to: Author, wishes: Wishes) -> list[Letter]:
    if not is_open(to):
        return []
    muted = set(muted_by(to))
    read = _those_read(letters, to)
    heard: dict[tuple[int, int, str], bool] = {}

    def is_heard(comment: Comment) -> bool:
        who = comment.forum_id, comment.author_id, comment.address
        if who not in heard:
            heard[who] = may_be_heard(comment)
        return heard[who]

    return [
        each
        for each in letters
        if each.id not in read
        and _is_wanted(each, to, wishes)
        and _is_still_so(each, muted, is_heard)
    ]


def _is_wanted(letter: Letter, to: Author, wishes: Wishes) -> bool:
    if not letter.kind:
        return is_asking(to) or bool(waiting_for(to))
    ways = wishes.of(letter.kind, letter.comment.forum_id if letter.comment else None)
    return ways.push if letter.channel == Channel.PUSH else ways.mail != Pace.NEVER


def _is_still_so(letter: Letter, muted: set[int], is_heard: Callable[[Comment], bool]) -> bool:
    """Whether what is to be told is still true, and may be heard."""
    comment, person = letter.comment, letter.person
    if person is not None:
        follows = Follow.objects.filter(by=person, of=letter.to_id)
        return is_open(person) and person.id not in muted and follows.exists()
    if comment is None:
        return True
    if letter.kind == Kind.DECISION:
        return is_decided(comment)
    if comment.status != Status.PUBLISHED:
        return False
    if letter.kind == Kind.VOTES:
        return comment.up > 0
    return comment.author_id not in muted and is_heard(comment)


def _those_read(letters: Sequence[Letter], to: Author) -> set[int]:
    """Which of them he has seen in his inbox already. While nobody knows, he is told."""
    if to.user_id is None:
        return set()
    try:
        seen = timelines().watermark(inbox_of(to.id))
    except StoreAway:
        return set()
    comments = {each.comment_id for each in letters if each.comment_id and each.kind not in OWN}
    others = Notice.objects.filter(to=to, comment__in=comments, id__lte=seen)
    read: set[tuple[str | None, int | None]] = {
        (None, comment) for comment in others.values_list("comment_id", flat=True)
    }
    if any(each.kind in OWN or each.person_id for each in letters):
        own = PersonalNotice.objects.filter(to=to, id__lte=seen)
        of_people = own.filter(kind=Kind.FOLLOW).values_list("kind", "person_id")
        of_comments = own.exclude(kind=Kind.FOLLOW).values_list("kind", "comment_id")
        read |= {*of_people, *of_comments}
    return {each.id for each in letters if _place(each) in read}


def _place(letter: Letter) -> tuple[str | None, int | None]:
    if letter.person_id:
        return Kind.FOLLOW, letter.person_id
    return letter.kind if letter.kind in OWN else None, letter.comment_id


# -- when, and with what -------------------------------------------------------------------


def _ready(
    letters: Sequence[Letter], to: Author, channel: Channel, wishes: Wishes, now: datetime
) -> list[Letter]:
    """Those that may go now; the others wait for their time."""
    clock = clock_of(reach_of(to))
    lately = _said_lately(to, channel, now)
    ready = []
    for letter in letters:
        at = _time_of(letter, wishes, clock, now)
        if letter.kind and not letter.sent_as and _pace(letter, wishes) == Pace.ONCE:
            at = max(at, lately.get(_told(letter).about, at))
        if at > now:
            Letter.objects.filter(id=letter.id).update(due=at)
        else:
            ready.append(letter)
    return ready


def _time_of(letter: Letter, wishes: Wishes, clock: Clock, now: datetime) -> datetime:
    pace = _pace(letter, wishes)
    if not letter.kind:
        return now  # he is waiting for it
    if letter.sent_as:
        return now if pace != Pace.ONCE else end_of_quiet(now, clock)
    return goes_at(pace, created=letter.created, now=now, clock=clock)


def _said_lately(
    to: Author, channel: Channel, now: datetime
) -> dict[tuple[str, int | None], datetime]:
    """Of what he was told within the last minutes, until when more of it waits."""
    gone = Letter.objects.filter(to=to, channel=channel, gone__gt=now - BUNDLE).exclude(kind="")
    rows = gone.select_related("comment", "person").order_by("gone")
    return {_told(row).about: row.gone + BUNDLE for row in rows if row.gone}


def _together(
    letters: Sequence[Letter], to: Author, channel: Channel, wishes: Wishes
) -> list[Parcel]:
    """One parcel for each summary, for each thing said at once, and for each that was tried."""
    parcels: dict[object, list[Letter]] = {}
    for letter in letters:
        pace = _pace(letter, wishes)
        about = _told(letter).about if letter.kind else ()
        place: object = letter.sent_as or (pace if pace != Pace.ONCE else (pace, about))
        parcels.setdefault(place, []).append(letter)
    return [
        Parcel(to, channel, some, pace, some[0].sent_as or _name(some[0], pace))
        for some in parcels.values()
        for pace in [_pace(some[0], wishes)]
    ]


def _name(newest: Letter, pace: Pace) -> str:
    if pace != Pace.ONCE:
        return f"{pace}.{newest.id}"
    if newest.person:
        return f"{newest.person.public_id}.follows"
    if newest.comment is None:
        return "confirm"
    after = {Kind.DECISION: ".decided", Kind.VOTES: f".votes.{newest.number}"}
    return f"{newest.comment.public_id}{after.get(Kind(newest.kind), '')}"


def _pace(letter: Letter, wishes: Wishes) -> Pace:
    if letter.channel == Channel.PUSH or not letter.kind:
        return Pace.ONCE
    return wishes.of(letter.kind, letter.comment.forum_id if letter.comment else None).mail


def _told(letter: Letter) -> Told:
    return Told(letter.id, letter.kind, letter.comment, letter.person)
