"""Put together, in time, and only what is still so: somebody's mails by a clock that moves."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from voxpop.events.worker import drain_outbox
from voxpop.moderation.actions import decide
from voxpop.moderation.models import Verb
from voxpop.notices.inbox import mark_read, read_inbox
from voxpop.notices.known import BUNDLE
from voxpop.notices.models import Kind, Letter, Notice, Pace
from voxpop.notices.own import tell_liked
from voxpop.notices.sending import send_letters
from voxpop.notices.tests.test_sending import Links, answer, cast, parts, running, server
from voxpop.notices.when import Clock
from voxpop.notices.wishes import be_reached, stop_mail, wish
from voxpop.people.actions import follow, mute, unfollow
from voxpop.threads.actions import remove_comment
from voxpop.threads.events import CommentLiked
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]
__all__ = ["cast", "running", "server"]  # fixtures

NIGHT = Clock("Europe/Berlin", quiet_from=time(22), quiet_until=time(7))


class Hands:
    """The clock's."""

    def __init__(self, monkeypatch) -> None:
        self.now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def to(self, text: str) -> None:
        """A moment in Berlin."""
        self.now = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def clock(cast, monkeypatch) -> Hands:
    hands = Hands(monkeypatch)
    hands.to("2099-07-01 12:00")
    return hands


def first(cast: Cast) -> Comment:
    return Comment.objects.filter(forum=cast.forum, parent=None).earliest("id")


# -- together ------------------------------------------------------------------------------


def test_what_came_together_is_one_mail(cast, server):
    for source, person in (("One.", cast.bob), ("Two.", cast.owner), ("Three.", cast.bob)):
        answer(cast, source, author=person.author)
    assert send_letters() == 1
    assert send_letters() == 0
    (mail,) = server.mails
    for body in parts(mail):
        assert f"{cast.bob.author.name} and 1 other replied to you" in body
        assert all(said in body for said in ("One.", "Two.", "Three."))
    assert Comment.objects.get(source="Three.").public_id in mail["Message-ID"]


def test_what_follows_soon_waits_and_goes_as_one(cast, server, clock):
    answer(cast, "At once.")
    assert send_letters() == 1
    for source in ("Second.", "Third."):
        answer(cast, source, author=cast.owner.author)
        clock.now += timedelta(minutes=1)
        assert send_letters() == 0
    clock.now += BUNDLE
    assert send_letters() == 1
    plain, _ = parts(server.mails[-1])
    assert "Second." in plain
    assert "Third." in plain
    assert "At once." not in plain


def test_another_conversation_does_not_wait(cast, server, clock):
    answer(cast, "Here.")
    send_letters()
    answer(cast, "There.", parent=cast.comment("More of Ann's.", author=cast.ann.author))
    assert send_letters() == 1


def test_what_is_removed_or_read_meanwhile_is_not_counted(cast, server):
    one, two, _ = (
        answer(cast, source, author=person.author)
        for source, person in (("One.", cast.bob), ("Two.", cast.owner), ("Three.", cast.bob))
    )
    remove_comment(two, Status.DELETED)
    mark_read(cast.ann.author, Notice.objects.get(comment=one).id)
    send_letters()
    (mail,) = server.mails
    for body in parts(mail):
        assert f"{cast.bob.author.name} replied to you" in body
        assert "Three." in body
        assert "One." not in body
        assert "Two." not in body


def test_likes_and_followers_are_mailed_to_who_wants_that(cast, server):
    for kind in (Kind.VOTES, Kind.FOLLOW):
        wish(cast.ann.author, kind, mail=Pace.ONCE)
    mine = first(cast)
    Comment.objects.filter(id=mine.id).update(up=12)
    for up in (10, 10, 1):
        tell_liked(CommentLiked(mine.id, up))
    for person in (cast.bob, cast.owner):
        follow(author=person.author, person=cast.ann.author)
    drain_outbox()
    assert send_letters() == 2
    told = sorted(mail["Subject"] for mail in server.mails)
    assert told == [
        f"{cast.owner.author.name} and 1 other follow you",
        "Re: Story · Magazine",
    ]
    liked = next(mail for mail in server.mails if mail["Subject"].startswith("Re:"))
    assert "12 people like your comment" in parts(liked)[0]
    assert f".votes.10.{cast.ann.author.public_id}@" in liked["Message-ID"]


def test_who_follows_no_more_is_in_no_mail(cast, server):
    wish(cast.ann.author, Kind.FOLLOW, mail=Pace.ONCE)
    follow(author=cast.bob.author, person=cast.ann.author)
    drain_outbox()
    unfollow(author=cast.bob.author, person=cast.ann.author)
    assert send_letters() == 0
    assert not Letter.objects.filter(due__isnull=False).exists()


def test_whose_follower_was_muted_meanwhile_has_no_mail_of_it(cast, server):
    wish(cast.ann.author, Kind.FOLLOW, mail=Pace.ONCE)
    follow(author=cast.bob.author, person=cast.ann.author)
    drain_outbox()
    mute(author=cast.ann.author, person=cast.bob.author)
    assert send_letters() == 0
    assert not Letter.objects.filter(due__isnull=False).exists()


def test_votes_that_were_taken_back_are_in_no_mail(cast, server):
    wish(cast.ann.author, Kind.VOTES, mail=Pace.ONCE)
    mine = Comment.objects.filter(id=first(cast).id)
    mine.update(up=1)
    tell_liked(CommentLiked(mine.get().id, 1))
    mine.update(up=0)
    assert send_letters() == 0
    assert not Letter.objects.filter(due__isnull=False).exists()


@pytest.mark.parametrize("kind", [Kind.VOTES, Kind.DECISION, Kind.FOLLOW])
def test_what_happened_to_himself_and_was_read_is_in_no_mail(cast, server, kind):
    wish(cast.ann.author, kind, mail=Pace.ONCE)
    mine = first(cast)
    if kind == Kind.VOTES:
        Comment.objects.filter(id=mine.id).update(up=1)
        tell_liked(CommentLiked(mine.id, 1))
    elif kind == Kind.DECISION:
        decide(comment=mine, verb=Verb.DELETE, by=cast.owner.author.user)
    else:
        follow(author=cast.bob.author, person=cast.ann.author)
    drain_outbox()
    assert Letter.objects.filter(due__isnull=False).count() == 1
    mark_read(cast.ann.author, read_inbox(cast.ann.author).newest)
    assert send_letters() == 0
    assert not Letter.objects.filter(due__isnull=False).exists()


# -- summaries -----------------------------------------------------------------------------


def test_a_summary_comes_at_the_readers_hour_with_all_in_it(cast, server, clock):
    be_reached(cast.ann.author, Clock("Europe/Berlin", summary_hour=8))
    for kind in (Kind.REPLY, Kind.DECISION):
        wish(cast.ann.author, kind, mail=Pace.DAILY)
    answer(cast, "One.")
    answer(cast, "Two.", author=cast.owner.author)
    decided = cast.comment("Ann's second.", author=cast.ann.author)
    decide(comment=decided, verb=Verb.DELETE, by=cast.owner.author.user)
    drain_outbox()
    for moment in ("2099-07-01 12:05", "2099-07-02 07:59"):
        clock.to(moment)
        assert send_letters() == 0
    clock.to("2099-07-02 08:00")
    assert send_letters() == 1
    (mail,) = server.mails
    assert mail["Subject"].startswith("Your summary of the day: ")
    assert mail["List-Unsubscribe"].strip().endswith("/stop/daily/>")
    for body in parts(mail):
        assert f"{cast.owner.author.name} and 1 other replied to you" in body
        assert "A moderator removed your comment" in body
        assert "Ann's second." in body or "Ann&#x27;s second." in body
    clock.to("2099-07-03 08:00")
    assert send_letters() == 0


def test_a_summary_holds_nothing_that_was_removed_and_does_not_come_for_nothing(
    cast, server, clock
):
    wish(cast.ann.author, Kind.REPLY, mail=Pace.WEEKLY)
    comment = answer(cast)
    send_letters()
    remove_comment(comment, Status.DELETED)
    clock.to("2099-07-06 12:00")  # a Monday
    assert send_letters() == 0
    assert server.mails == []


def test_r06_a_summary_links_nowhere_but_home(cast, server, clock):
    wish(cast.ann.author, Kind.REPLY, mail=Pace.DAILY)
    hostile = "See [this](https://evil.example/a) and https://evil.example/b"
    answer(cast, hostile, author=cast.owner.author)
    answer(cast, "And evil.example.", author=cast.bob.author)
    send_letters()
    clock.to("2099-07-03 12:00")
    assert send_letters() == 1
    plain, html = parts(server.mails[0])
    found = Links(html)
    assert found.fetched == []
    assert all(link.startswith("https://comments.test/") for link in found.links)
    assert "evil.example" not in plain + html


def test_whoever_changes_his_mind_is_judged_by_the_new_one(cast, server, clock):
    wish(cast.ann.author, Kind.REPLY, mail=Pace.DAILY)
    answer(cast)
    assert send_letters() == 0
    wish(cast.ann.author, Kind.REPLY, mail=Pace.ONCE)
    be_reached(cast.ann.author, Clock())
    assert send_letters() == 1
    answer(cast, "More.")
    stop_mail(cast.ann.author)
    clock.now += BUNDLE
    assert send_letters() == 0


def test_one_site_can_have_its_own_pace(cast, server, clock):
    wish(cast.ann.author, Kind.REPLY, forum=cast.forum, mail=Pace.NEVER)
    answer(cast)
    assert not Letter.objects.exists()


# -- quiet hours ---------------------------------------------------------------------------


def test_in_quiet_hours_nothing_goes_and_afterwards_it_goes_as_one(cast, server, clock):
    be_reached(cast.ann.author, NIGHT)
    clock.to("2099-03-28 22:30")  # in this night the clocks are put forward
    answer(cast, "Late.")
    assert send_letters() == 0
    for moment in ("2099-03-28 23:59", "2099-03-29 06:59"):
        clock.to(moment)
        answer(cast, f"At {moment}.", author=cast.owner.author)
        assert send_letters() == 0
    clock.to("2099-03-29 07:00")
    assert send_letters() == 1
    plain, _ = parts(server.mails[0])
    assert f"{cast.owner.author.name} and 1 other replied to you" in plain
    assert "Late." in plain


def test_what_is_tried_again_heeds_quiet_hours_too(cast, server, clock):
    be_reached(cast.ann.author, NIGHT)
    server.refusals = {cast.ann.author.user.email: "451 try later"}
    clock.to("2099-07-01 21:59")
    answer(cast)
    send_letters()
    server.refusals = {}
    clock.to("2099-07-01 23:00")
    assert send_letters() == 0
    clock.to("2099-07-02 07:00")
    assert send_letters() == 1


def test_read_in_the_inbox_during_the_night_is_not_mailed_in_the_morning(cast, server, clock):
    be_reached(cast.ann.author, NIGHT)
    clock.to("2099-07-01 23:00")
    answer(cast)
    send_letters()
    mark_read(cast.ann.author, read_inbox(cast.ann.author).newest)
    clock.to("2099-07-02 07:00")
    assert send_letters() == 0
