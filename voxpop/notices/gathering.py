"""What goes to somebody now: his letters that have come up, judged, timed and put together.

All of it is decided here, as it goes: what was removed, read, muted or stopped meanwhile is not
said, what wants to wait waits, and what belongs together is one parcel.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.moderation.listing import ground_of, last_decisions
from voxpop.moderation.models import Ground
from voxpop.notices.collapsing import Group, Told, collapse
from voxpop.notices.known import Known, known_of
from voxpop.notices.models import Channel, Kind, Letter, Pace
from voxpop.notices.own import is_decided
from voxpop.notices.proofs import waiting_for
from voxpop.notices.telling import is_open
from voxpop.notices.when import Clock, end_of_quiet, goes_at
from voxpop.notices.wishes import Wishes, is_asking
from voxpop.threads.models import Comment, Status

MOST_TOGETHER = 500
# Of whatever number of people: so many letters are looked at before anything goes.
MOST_LOOKED_AT = 4 * MOST_TOGETHER
# A parcel that its sender never came back to (killed) is due again after this time.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class Parcel:
    """Letters to one person that go as one; newest first, never empty. `name` is the same for the
    same parcel, however often it is tried."""

    to: Author
    channel: Channel
    letters: Sequence[Letter]
    pace: Pace
    name: str

    @cached_property
    def groups(self) -> list[Group]:
        """What it says; nothing where it asks a guest for his word."""
        return collapse([_told(letter) for letter in self.letters if letter.kind])


def parcels_for(people: Sequence[int], channel: Channel) -> list[Parcel]:
    """What is to go to these by this channel now, in their order. Looking and judging asks a fixed
    number of questions, however many they are."""
    now = timezone.now()
    letters = _due(people, channel, now)
    if not letters:
        return []
    known = known_of(letters, channel, now)
    said = [letter for letter in letters if _is_still_said(letter, known)]
    kept = {letter.id for letter in said}
    settle(letter for letter in letters if letter.id not in kept)
    theirs: dict[int, list[Letter]] = {person: [] for person in people}
    for letter in _ready(said, known, now):
        theirs[letter.to_id].append(letter)
    return [
        parcel
        for mine in theirs.values()
        if mine
        for parcel in _together(mine, mine[0].to, channel, known.wishes[mine[0].to_id])
    ]


def _due(people: Sequence[int], channel: Channel, now: datetime) -> list[Letter]:
    """Their letters that have come up, of each person the newest first."""
    rows = Letter.objects.filter(to__in=people, channel=channel, due__lte=now)
    found = list(rows.order_by("to", "-id")[:MOST_LOOKED_AT])
    by_person: dict[int, list[Letter]] = defaultdict(list)
    for letter in found:
        by_person[letter.to_id].append(letter)
    if len(found) == MOST_LOOKED_AT and len(by_person) > 1:
        del by_person[found[-1].to_id]  # not all of his: he comes next time
    return _filled([letter for mine in by_person.values() for letter in mine[:MOST_TOGETHER]])


def _filled(letters: Sequence[Letter]) -> list[Letter]:
    """With whom and what they are about; each of these once, however many letters name it."""
    people = Author.objects.select_related("user", "forum").in_bulk(
        {id for each in letters for id in (each.to_id, each.person_id) if id}
    )
    comments = Comment.objects.select_related("author__user", "forum", "thread", "parent").in_bulk(
        {each.comment_id for each in letters if each.comment_id}
    )
    found = []
    for each in letters:
        to = people.get(each.to_id)
        each.comment = comments.get(each.comment_id) if each.comment_id else None
        each.person = people.get(each.person_id) if each.person_id else None
        # Of what was deleted since the letters were read no letter is left either.
        if to and (each.comment or not each.comment_id) and (each.person or not each.person_id):
            each.to = to
            found.append(each)
    return found


def claim(parcels: Sequence[Parcel], until: datetime) -> list[Parcel]:
    """Those of the parcels that are ours to send until then, in one commit: another sender may
    have come first."""
    letters = [letter.id for parcel in parcels for letter in parcel.letters]
    if not letters:
        return []
    with transaction.atomic():
        due = Letter.objects.filter(id__in=letters, due__lte=timezone.now())
        standing = set(due.select_for_update(skip_locked=True).values_list("id", flat=True))
        ours = [each for each in parcels if all(letter.id in standing for letter in each.letters)]
        for parcel in ours:
            _rows(parcel).update(due=until, attempts=F("attempts") + 1, sent_as=parcel.name)
    return ours


def release(parcels: Iterable[Parcel], until: datetime) -> None:
    """What was claimed until then and not begun is as it was."""
    for parcel in parcels:
        for letter in parcel.letters:
            Letter.objects.filter(id=letter.id, due=until).update(
                due=letter.due, attempts=letter.attempts, sent_as=letter.sent_as
            )


def _rows(parcel: Parcel) -> QuerySet[Letter]:
    return Letter.objects.filter(id__in=[letter.id for letter in parcel.letters])


def settle(letters: Iterable[Letter], *, error: str = "", has_gone: bool = False) -> None:
    """They have gone, or are not to go."""
    if ids := [letter.id for letter in letters]:
        gone = timezone.now() if has_gone else None
        Letter.objects.filter(id__in=ids).update(due=None, error=error, gone=gone)


# -- whether it is still to be said --------------------------------------------------------


def _is_still_said(letter: Letter, known: Known) -> bool:
    return (
        is_open(letter.to)
        and letter.id not in known.read
        and _is_wanted(letter, known.wishes[letter.to_id])
        and _is_still_so(letter, known)
    )


def _is_wanted(letter: Letter, wishes: Wishes) -> bool:
    if not letter.kind:
        return is_asking(letter.to) or bool(waiting_for(letter.to))
    ways = wishes.of(letter.kind, letter.comment.forum_id if letter.comment else None)
    return ways.push if letter.channel == Channel.PUSH else ways.mail != Pace.NEVER


def _is_still_so(letter: Letter, known: Known) -> bool:
    """Whether what is to be told is still true, and may be heard."""
    comment, person = letter.comment, letter.person
    if person is not None:
        follows = (person.id, letter.to_id) in known.follows
        return is_open(person) and person.id not in known.muted[letter.to_id] and follows
    if comment is None:
        return True
    if letter.kind == Kind.DECISION:
        return is_decided(comment)
    if comment.status != Status.PUBLISHED:
        return False
    if letter.kind == Kind.VOTES:
        return comment.up > 0
    return known.faces.of(comment) not in known.muted[letter.to_id] and known.is_heard(comment)


# -- when, and with what -------------------------------------------------------------------


def _ready(letters: Sequence[Letter], known: Known, now: datetime) -> list[Letter]:
    """Those that may go now; the others wait for their time."""
    ready: list[Letter] = []
    waiting: dict[datetime, list[int]] = defaultdict(list)
    for letter in letters:
        wishes = known.wishes[letter.to_id]
        at = _time_of(letter, wishes, known.clocks[letter.to_id], now)
        if letter.kind and not letter.sent_as and _pace(letter, wishes) == Pace.ONCE:
            at = max(at, known.waits_until.get((letter.to_id, _told(letter).about), at))
        if at > now:
            waiting[at].append(letter.id)
        else:
            ready.append(letter)
    for at, some in waiting.items():
        Letter.objects.filter(id__in=some).update(due=at)
    return ready


def _time_of(letter: Letter, wishes: Wishes, clock: Clock, now: datetime) -> datetime:
    pace = _pace(letter, wishes)
    if not letter.kind:
        return now  # he is waiting for it
    if letter.sent_as:
        return now if pace != Pace.ONCE else end_of_quiet(now, clock)
    return goes_at(pace, created=letter.created, now=now, clock=clock)


def _together(
    letters: Sequence[Letter], to: Author, channel: Channel, wishes: Wishes
) -> list[Parcel]:
    """One parcel for each summary, for each thing said at once, and for each that was tried."""
    parcels: dict[object, list[Letter]] = {}
    for letter in letters:
        pace = _pace(letter, wishes)
        told = Told(letter.id, letter.kind, letter.comment, letter.person)
        about = told.about if letter.kind else ()
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
    return Told(letter.id, letter.kind, letter.comment, letter.person, ground=_ground(letter))


def _ground(letter: Letter) -> Ground | None:
    comment = letter.comment
    if letter.kind != Kind.DECISION or comment is None:
        return None
    return ground_of(comment, last_decisions([comment.id]).get(comment.id))
