"""How somebody wants to be told of what: by his inbox, by mail and how soon, by push.

Everybody is told as `USUAL` says; whoever wants something else has a row for it, for every forum or
for one. A guest's address is only what he typed: nothing but the question whether it is his goes
there until the link in that mail was used. So nobody signs up another for mail. A site's word for
its user's address is enough where it is not anybody who may have a forum here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.limits.rates import limit
from voxpop.notices.models import Kind, Letter, Pace, Reach, Wish
from voxpop.notices.when import Clock
from voxpop.rows import look_up
from voxpop.sso.models import SsoIdentity


@dataclass(frozen=True)
class Ways:
    """How one kind of thing reaches somebody."""

    inbox: bool
    mail: Pace
    push: bool


USUAL = {
    Kind.REPLY: Ways(inbox=True, mail=Pace.ONCE, push=True),
    Kind.MENTION: Ways(inbox=True, mail=Pace.ONCE, push=True),
    Kind.WATCH: Ways(inbox=True, mail=Pace.ONCE, push=True),
    Kind.DECISION: Ways(inbox=True, mail=Pace.ONCE, push=True),
    Kind.FOLLOW: Ways(inbox=True, mail=Pace.NEVER, push=False),
    Kind.VOTES: Ways(inbox=True, mail=Pace.NEVER, push=False),
}
NOTHING = Ways(inbox=False, mail=Pace.NEVER, push=False)
# A site's user cannot come to an inbox of ours.
BY_MAIL = Ways(inbox=False, mail=Pace.ONCE, push=False)
# So long one mail that asks is enough, whatever he asks for meanwhile.
PATIENCE = timedelta(minutes=10)
# Who has no account watches nothing, and of himself he is told on the page where he wrote.
FOR_GUESTS = (Kind.REPLY, Kind.MENTION)
USUAL_FOR: Mapping[str, Mapping[Kind, Ways]] = {
    AuthorKind.USER: USUAL,
    AuthorKind.SSO: dict.fromkeys(FOR_GUESTS, BY_MAIL),
}
# Who follows whom belongs to no forum.
PER_FORUM = tuple(kind for kind in USUAL if kind != Kind.FOLLOW)


@dataclass(frozen=True)
class Wishes:
    """What one person wants; `apart` are his rows, by forum (None: every one) and kind."""

    kind: str  # of author
    apart: Mapping[tuple[int | None, str], Ways] = field(default_factory=dict)

    def of(self, kind: str, forum_id: int | None = None) -> Ways:
        """How he is told of this kind at this forum."""
        for place in (forum_id, None):
            if found := self.apart.get((place, kind)):
                return found
        return USUAL_FOR.get(self.kind, {}).get(Kind(kind), NOTHING)


_HIS = "SELECT forum_id, kind, inbox, mail, push FROM notices_wish WHERE author_id = %s"


def wishes_of(author: Author) -> Wishes:
    """What he wants; one query, which a guest's overlay of every page asks."""
    apart = {
        (forum, kind): Ways(bool(inbox), Pace(mail), bool(push))
        for forum, kind, inbox, mail, push in look_up(_HIS, [author.id])
    }
    return Wishes(author.kind, apart)


_WISHED = ("author_id", "forum_id", "kind", "inbox", "mail", "push")


def wishes_of_all(authors: Iterable[Author], forum_id: int | None = None) -> dict[int, Wishes]:
    """What each of these wants, everywhere and, where one is named, at this forum; one query."""
    people = list(authors)
    rows = Wish.objects.filter(author__in=[author.id for author in people])
    if forum_id is not None:
        rows = rows.filter(Q(forum=None) | Q(forum=forum_id))
    apart: dict[int, dict[tuple[int | None, str], Ways]] = defaultdict(dict)
    for author_id, forum, kind, inbox, mail, push in rows.values_list(*_WISHED):
        apart[author_id][forum, kind] = Ways(inbox, Pace(mail), push)
    return {author.id: Wishes(author.kind, apart[author.id]) for author in people}


def wish(
    author: Author,
    kind: Kind,
    *,
    forum: Forum | None = None,
    inbox: bool | None = None,
    mail: Pace | None = None,
    push: bool | None = None,
) -> None:
    """From now on he wants to be told of this kind so; what is not named stays as it is. What is
    waiting to go is judged by it."""
    place = forum.id if forum else None
    before = wishes_of(author)
    had = before.of(kind, place)
    ways = Ways(
        inbox=had.inbox if inbox is None else inbox,
        mail=had.mail if mail is None else mail,
        push=had.push if push is None else push,
    )
    rows = Wish.objects.filter(author=author, forum=forum, kind=kind)
    without = {key: each for key, each in before.apart.items() if key != (place, kind)}
    if Wishes(before.kind, without).of(kind, place) == ways:
        rows.delete()
        return
    fields = {"inbox": ways.inbox, "mail": ways.mail, "push": ways.push}
    if not rows.update(**fields):
        Wish.objects.bulk_create(
            [Wish(author=author, forum=forum, kind=kind, **fields)], ignore_conflicts=True
        )


def as_everywhere(author: Author, forum: Forum) -> None:
    """At this forum he wants what he wants everywhere."""
    Wish.objects.filter(author=author, forum=forum).delete()


def stop_mail(author: Author, kinds: Collection[Kind] = tuple(USUAL)) -> None:
    """No mail of these kinds any more, nor at any forum."""
    for kind in kinds:
        wish(author, kind, mail=Pace.NEVER)
    Wish.objects.filter(author=author, kind__in=kinds).update(mail=Pace.NEVER)


def stop_summaries(author: Author, pace: Pace) -> None:
    """No summary of this pace any more; what comes otherwise still comes."""
    wishes = wishes_of(author)
    for kind in USUAL:
        if wishes.of(kind).mail == pace:
            wish(author, kind, mail=Pace.NEVER)
    Wish.objects.filter(author=author, mail=pace).update(mail=Pace.NEVER)


# -- where and when he can be reached ------------------------------------------------------


def those_with_an_address(authors: Iterable[Author]) -> set[int]:
    """Of these, whose address is known to be his; a query for each kind of author."""
    people = list(authors)
    users = {author.user_id: author.id for author in people if author.kind == AuthorKind.USER}
    proven = EmailAddress.objects.filter(user_id__in=users, verified=True, primary=True)
    guests = [author.id for author in people if author.kind == AuthorKind.GUEST]
    confirmed = Reach.objects.filter(author__in=guests, confirmed__isnull=False)
    return {
        *(users[user] for user in proven.values_list("user_id", flat=True)),
        *(confirmed.values_list("author_id", flat=True) if guests else ()),
        *_those_vouched_for(people),
    }


def _those_vouched_for(people: Collection[Author]) -> set[int]:
    """Of a site's users: who has said himself that the address is his, or whose site has, where
    the operator knows who has a forum here. Else anybody could have us write to anybody."""
    mine = [each for each in people if each.kind == AuthorKind.SSO and each.email]
    proven = {each.id for each in mine if each.proven is not None}
    others = [each.id for each in mine if each.id not in proven]
    if not others or settings.FORUM_CREATION == "open":
        return proven
    vouched = SsoIdentity.objects.filter(author__in=others, is_email_verified=True)
    return proven | set(vouched.values_list("author_id", flat=True))


def address_of(author: Author) -> str:
    """Where his mail goes: an account's proven address, a guest's own, that of a site's user which
    is vouched for; "" for nowhere."""
    return addresses_of([author])[author.id]


def addresses_of(authors: Iterable[Author]) -> dict[int, str]:
    """The same of many, by their ids; a query for each kind of author."""
    people = list(authors)
    users = [author.user_id for author in people if author.kind == AuthorKind.USER]
    rows = EmailAddress.objects.filter(user__in=users, verified=True, primary=True)
    proven = dict(rows.values_list("user_id", "email")) if users else {}
    vouched = _those_vouched_for(people)
    return {author.id: _address(author, proven, vouched) for author in people}


def _address(author: Author, proven: Mapping[int, str], vouched: Collection[int]) -> str:
    if author.kind == AuthorKind.USER:
        return proven.get(author.user_id or 0, "")
    is_his = author.kind == AuthorKind.GUEST or author.id in vouched
    return author.email if is_his else ""


def reach_of(author: Author) -> Reach:
    """When he may be reached."""
    return Reach.objects.filter(author=author).first() or Reach(author=author)


def clock_of(reach: Reach) -> Clock:
    """How his day goes."""
    return Clock(
        zone=reach.zone,
        quiet_from=reach.quiet_from,
        quiet_until=reach.quiet_until,
        summary_hour=reach.summary_hour,
        summary_weekday=reach.summary_weekday,
    )


def be_reached(author: Author, clock: Clock) -> None:
    """From now on his day goes so; what is waiting to go is put to its new times."""
    Reach.objects.update_or_create(
        author=author,
        defaults={
            "zone": clock.zone,
            "quiet_from": clock.quiet_from,
            "quiet_until": clock.quiet_until,
            "summary_hour": clock.summary_hour,
            "summary_weekday": clock.summary_weekday,
        },
    )
    look_again(author)


def look_again(author: Author) -> None:
    """His letters that have not been tried are judged anew, by what he wants now."""
    waiting = Letter.objects.filter(to=author, due__isnull=False, attempts=0)
    waiting.update(due=timezone.now())


# -- guests --------------------------------------------------------------------------------


@transaction.atomic
def ask_for_mail(author: Author) -> bool:
    """He wants mail about replies; whether it will come already. A guest is asked first, at his
    address, whether it is his; so is a site's user for whom nobody vouches.

    Raises Problem: he left no address, or has been asked too often (it may be another's).
    """
    if wishes_of(author).of(Kind.REPLY).mail == Pace.NEVER:
        wish(author, Kind.REPLY, mail=Pace.ONCE)
    if author.kind == AuthorKind.USER or author.id in _those_vouched_for([author]):
        return True
    reach, _ = Reach.objects.get_or_create(author=author)
    if author.kind == AuthorKind.SSO and reach.confirmed is not None:
        # That was another address: this one is what his site has told since.
        reach.confirmed = None
        reach.save(update_fields=["confirmed"])
    if reach.confirmed is None:
        if not author.email:
            raise Problem("invalid", errors={"email": "Leave an e-mail address first."})
        if author.proven is not None:
            reach.confirmed = timezone.now()
            reach.save(update_fields=["confirmed"])
        else:
            ask_whether_his(author)
    return reach.confirmed is not None


def ask_whether_his(guest: Author) -> None:
    """A mail to the address that a guest left asks whether it is his. Raises Problem when that
    address has been asked too often."""
    just_now = Letter.objects.filter(to=guest, kind="", created__gt=timezone.now() - PATIENCE)
    if just_now.exists():
        return
    # Whoever's address that is: so often it is asked, and by whatever number of guests.
    limit("mail_to_unproven", f"address:{guest.email}")
    Letter.objects.create(to=guest)


def confirm_address(author: Author) -> None:
    """Whoever reads the mail of this guest's address wants what was asked for; twice is once."""
    now = timezone.now()
    Author.objects.filter(id=author.id, proven=None).update(proven=now)
    Reach.objects.filter(author=author, confirmed=None).update(confirmed=now)
    author.refresh_from_db(fields=["proven"])


def is_asking(guest: Author) -> bool:
    """Whether a guest wants mail at an address that nobody has said to be his."""
    wants = any(wishes_of(guest).of(kind).mail != Pace.NEVER for kind in FOR_GUESTS)
    return wants and Reach.objects.filter(author=guest, confirmed=None).exists()
