"""What is warm: who took part, each once, fading by half every six hours; and what is not shown."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.plans import analyze, plans
from voxpop import events
from voxpop.accounts.models import Author
from voxpop.events.models import OutboxEvent
from voxpop.forums.actions import change_settings
from voxpop.forums.models import Forum, Site
from voxpop.moderation.actions import decide
from voxpop.moderation.models import Verb
from voxpop.threads import actions
from voxpop.threads.models import Comment, Thread, Vote
from voxpop.threads.tests.cast import ORIGIN, Cast
from voxpop.trending import counting
from voxpop.trending.heat import HALF_LIFE, heat_of, score, warmth
from voxpop.trending.models import Felt, Heat
from voxpop.trending.reading import read_network, read_trending

pytestmark = [pytest.mark.django_db, pytest.mark.broad]


@pytest.fixture
def cast() -> Cast:
    return Cast()


def say(cast: Cast, page: str, author: Author, **more) -> Comment:
    comment = actions.post_comment(
        forum=cast.forum,
        thread=actions.ThreadRef(url=f"{ORIGIN}/{page}", title=page.title()),
        author=author,
        source=f"{author} on {page}, number {Comment.objects.count()}.",
        **more,
    )
    assert comment.status == "published"
    return comment


def talk(cast: Cast, page: str, people: int) -> Thread:
    for number in range(people):
        author = cast.user(f"Reader {page} {number}", f"{page}{number}@reader.test").author
        comment = say(cast, page, author)
    return comment.thread


def warm() -> dict[str, tuple[int, int]]:
    counting.feel_threads()
    return {row.thread.title: (row.people, row.voters) for row in Heat.objects.order_by("-heat")}


def titles(forum: Forum) -> list[str]:
    return [thread["title"] for thread in read_trending(forum)]


# -- the formula ---------------------------------------------------------------------------


def test_the_example_of_the_decision():
    now = timezone.now()
    three_writers = heat_of([warmth(now - timedelta(hours=hours), 1) for hours in (0, 6, 12)])
    eight_voters = heat_of([warmth(now - HALF_LIFE, 0.25)] * 8)
    assert score(three_writers, now) == pytest.approx(1.75)
    assert score(eight_voters, now) == pytest.approx(1.0)


def test_time_alone_changes_no_order():
    now = timezone.now()
    many_yesterday = heat_of([warmth(now - timedelta(hours=18), 1)] * 9)
    one_now = heat_of([warmth(now, 1)])
    assert many_yesterday > one_now
    for hours in (0, 100, 1000):
        later = now + timedelta(hours=hours)
        assert score(many_yesterday, later) / score(one_now, later) == pytest.approx(9 / 8)


# -- who counts ----------------------------------------------------------------------------


def test_people_count_and_not_how_often_they_write(cast):
    for _ in range(9):
        say(cast, "quarrel", cast.ann.author)
        say(cast, "quarrel", cast.bob.author)
    talk(cast, "talk", 3)
    assert warm() == {"Talk": (3, 0), "Quarrel": (2, 0)}
    assert list(warm()) == ["Talk", "Quarrel"]


def test_guests_of_one_network_are_one_person(cast):
    for number in range(9):
        say(cast, "crowd", cast.guest(f"Guest {number}").author, address="198.51.100.0/24")
    say(cast, "crowd", cast.guest("From elsewhere").author, address="203.0.113.0/24")
    assert warm() == {"Crowd": (2, 0)}


def test_votes_of_accounts_count_a_quarter_and_those_of_guests_nothing(cast):
    comment = say(cast, "story", cast.ann.author)
    for voter in (cast.bob.author, cast.guest().author, cast.owner.author):
        Vote.objects.create(comment=comment, author=voter, value=1)
    Vote.objects.create(
        comment=say(cast, "story", cast.bob.author), author=cast.ann.author, value=1
    )
    assert warm() == {"Story": (2, 1)}  # who wrote as well counts as a writer
    row = Heat.objects.get()
    assert score(row.heat, timezone.now()) == pytest.approx(2.25, rel=0.01)


def test_votes_against_warm_nothing(cast):
    comment = say(cast, "story", cast.ann.author)
    Vote.objects.create(comment=comment, author=cast.bob.author, value=-1)
    assert warm() == {"Story": (1, 0)}


def test_what_is_old_does_not_count(cast):
    comment = say(cast, "story", cast.ann.author)
    Comment.objects.filter(id=comment.id).update(created=timezone.now() - timedelta(days=3))
    assert warm() == {}


def test_what_is_held_or_removed_does_not_count(cast):
    first = say(cast, "story", cast.ann.author)
    say(cast, "story", cast.bob.author)
    assert warm() == {"Story": (2, 0)}
    decide(comment=first, verb=Verb.SPAM, by=cast.owner.author.user)
    counting.feel_comment(first.id)
    assert warm() == {"Story": (1, 0)}
    actions.delete_comment(
        comment=Comment.objects.get(author=cast.bob.author), author=cast.bob.author
    )
    assert warm() == {}


def test_a_removal_is_felt_by_the_consequences(cast):
    comment = say(cast, "story", cast.ann.author)
    warm()
    Felt.objects.update(until=timezone.now() + timedelta(days=1))  # the periodic looks at nothing
    decide(comment=comment, verb=Verb.SPAM, by=cast.owner.author.user)
    for row in OutboxEvent.objects.all():
        event = events.dispatch.restore(row.name, row.payload)
        for consequence in events.dispatch.consequences_of(event).later:
            if consequence.__name__ == "feel_anew":
                consequence(event)
    assert not Heat.objects.exists()


def test_counting_begins_where_it_ended(cast):
    say(cast, "story", cast.ann.author)
    warm()
    assert Felt.objects.count() == 1
    old = Comment.objects.get()
    Comment.objects.filter(id=old.id).update(status="held")
    Felt.objects.update(until=timezone.now() + timedelta(hours=1))
    assert warm() == {"Story": (1, 0)}  # nothing came since: nothing was looked at
    counting.feel_thread(old.thread_id, timezone.now())
    assert not Heat.objects.exists()


def test_cold_threads_are_forgotten(cast):
    say(cast, "story", cast.ann.author)
    warm()
    Heat.objects.update(newest=timezone.now() - timedelta(days=3))
    assert titles(cast.forum) == []
    counting.forget_cold_threads()
    assert not Heat.objects.exists()


# -- what is shown -------------------------------------------------------------------------


def test_a_sensitive_thread_stands_in_no_list(cast):
    cast.forum.is_listed = True
    cast.forum.save()
    thread = talk(cast, "story", 3)
    talk(cast, "other", 3)
    warm()
    assert len(titles(cast.forum)) == len(read_network()) == 2
    actions.mark_sensitive(thread, True)
    assert titles(cast.forum) == ["Other"]
    assert [each["title"] for each in read_network()] == ["Other"]
    for path in ("/f/magazine/", "/trending/", "/embed/magazine/widget?kind=trending",
                 "/f/magazine/trending.atom", "/trending/feed.json"):  # fmt: skip
        page = Client().get(path).content.decode()
        assert "Other" in page, path
        assert "Story" not in page, path


def test_the_network_shows_listed_forums_only_and_what_three_take_part_in(cast):
    talk(cast, "story", 3)
    talk(cast, "small", 2)
    warm()
    assert read_network() == []
    change_settings(forum=cast.forum, changes={"is_listed": True})
    assert [each["title"] for each in read_network()] == ["Story"]


def test_one_forum_does_not_fill_the_network(cast):
    change_settings(forum=cast.forum, changes={"is_listed": True})
    for number in range(7):
        talk(cast, f"page{number}", 3)
    warm()
    assert len(read_network()) == 5
    assert len(read_trending(cast.forum)) == 7


def test_what_is_taken_out_of_the_network_is_purged_hard(cast):
    thread = talk(cast, "story", 1)

    def purges() -> list[tuple[str, bool]]:
        found = []
        for row in OutboxEvent.objects.order_by("id"):
            event = events.dispatch.restore(row.name, row.payload)
            purge = events.dispatch.consequences_of(event).purges
            if purge and "n:all" in purge(event).keys:
                found.append((row.name, purge(event).is_hard))
        return found

    change_settings(forum=cast.forum, changes={"is_listed": True})
    assert purges() == []
    change_settings(forum=cast.forum, changes={"is_listed": False})
    assert purges() == [("ForumRestricted", True)]
    actions.mark_sensitive(thread, True)
    assert purges() == [("ForumRestricted", True), ("ThreadWithdrawn", True)]


@pytest.mark.parametrize("there", ["https://evil.example/", "javascript:alert(1)", ""])
def test_a_page_that_is_on_no_site_of_the_forum_is_not_led_to(cast, there):
    cast.forum.is_listed = True
    cast.forum.save()
    thread = talk(cast, "story", 3)
    warm()
    Thread.objects.update(url=there)
    for path in ("/f/magazine/", "/trending/", "/embed/magazine/widget?kind=trending",
                 "/api/v1/trending", "/trending/feed.atom"):  # fmt: skip
        page = Client().get(path).content.decode()
        assert f"/t/{thread.public_id}/" in page, path
        assert not there or there not in page, path
    Site.objects.create(forum=cast.forum, origin="https://evil.example")


def test_a_title_cannot_break_out_of_page_or_feed(cast):
    thread = talk(cast, "story", 1)
    warm()
    Thread.objects.filter(id=thread.id).update(title="<script>alert(1)</script>\x07")
    for path in ("/f/magazine/", "/f/magazine/trending.atom"):
        page = Client().get(path).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_pages_and_feeds_of_nothing_are_whole(cast):
    for path in ("/f/magazine/", "/trending/"):
        assert "Nothing is being discussed just now." in Client().get(path).content.decode()
    assert Client().get("/trending/feed.json").json()["items"] == []
    assert "<feed" in Client().get("/f/magazine/trending.atom").content.decode()
    assert Client().get("/f/nobodys/").status_code == 404


# -- what it costs -------------------------------------------------------------------------


def test_a_thread_is_counted_with_few_queries(cast, django_assert_max_num_queries):
    thread = talk(cast, "story", 12)
    with django_assert_max_num_queries(6):
        counting.feel_thread(thread.id, timezone.now())


def test_lists_are_walks_along_an_index(cast):
    talk(cast, "story", 3)
    warm()
    beside(cast, 2_000)
    analyze()
    with CaptureQueriesContext(connection) as queries:
        read_trending(cast.forum)
    assert "heat_of_forum" in set().union(*(each.indexes for each in plans(queries)))


def beside(cast: Cast, count: int) -> None:
    """Threads of another forum: a table of a page or two is read as a whole, and rightly so."""
    forum = Forum.objects.create(shortname="beside", name="Beside")
    threads = Thread.objects.bulk_create(
        Thread(forum=forum, public_id=f"beside-{number}", url=f"https://beside.test/{number}")
        for number in range(count)
    )
    Heat.objects.bulk_create(
        Heat(thread=each, forum=forum, heat=place, people=1, voters=0, newest=timezone.now())
        for place, each in enumerate(threads)
    )
