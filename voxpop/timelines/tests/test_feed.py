"""The feed: complete, in order, each comment once, and nothing that may not be shown."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from voxpop.events.worker import drain_outbox
from voxpop.moderation.actions import ban_author
from voxpop.people import actions
from voxpop.people.models import Follow, WidelyFollowed
from voxpop.profiles.actions import Wanted, change_persona, change_profile
from voxpop.screening.models import Ban
from voxpop.threads.actions import remove_comment
from voxpop.threads.events import CommentPublished
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast
from voxpop.timelines import chosen, feed
from voxpop.timelines.comments import rebuild
from voxpop.timelines.contract import Entry, StoreAway
from voxpop.timelines.feed import feed_followers, feed_of, read_feed
from voxpop.timelines.memory import MemoryTimelines
from voxpop.timelines.stored import StoredTimelines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]


@pytest.fixture(params=["sql", "memory"])
def store(request, monkeypatch):
    made = StoredTimelines() if request.param == "sql" else MemoryTimelines()
    for module in (chosen, feed):
        monkeypatch.setattr(module, "timelines", lambda: made)
    return made


@pytest.fixture
def cast(settings, store) -> Cast:
    settings.LIMITS = False
    cast = Cast.standing()
    for name, person in (("ann", cast.ann), ("olive", cast.owner)):
        change_profile(person.author, Wanted(name, is_public=True))
    drain_outbox()
    return cast


def said(cast: Cast, **more) -> list[str]:
    return [plain(each.html) for each in read_feed(cast.bob.author, **more).said]


def plain(html: str) -> str:
    return html.strip().removeprefix("<p>").removesuffix("</p>")


def follow(cast: Cast, *people) -> None:
    for person in people:
        actions.follow(author=cast.bob.author, person=person.author)
    drain_outbox()


def test_it_begins_with_what_they_wrote_lately_and_goes_on(cast):
    follow(cast, cast.ann, cast.owner)
    cast.comment("By Olive.", author=cast.owner.author)
    cast.comment("By Ann.")
    cast.comment("By Bob himself.", author=cast.bob.author)
    drain_outbox()
    assert said(cast) == ["By Ann.", "By Olive.", "A comment."]


def test_told_again_it_is_one_entry(cast, store):
    follow(cast, cast.ann)
    comment = cast.comment("Once.")
    drain_outbox()
    for _ in range(3):
        feed_followers(CommentPublished("", "", 0, comment.id))
    assert [e.id for e in store.page(feed_of(cast.bob.author.id), limit=9)].count(comment.id) == 1
    assert said(cast) == ["Once.", "A comment."]


def test_what_is_removed_or_by_somebody_no_longer_followed_is_not_shown(cast):
    follow(cast, cast.ann, cast.owner)
    gone = cast.comment("Soon gone.")
    cast.comment("By Olive.", author=cast.owner.author)
    drain_outbox()
    remove_comment(gone, Status.SPAM)  # and no consequence of it has run
    assert said(cast) == ["By Olive.", "A comment."]
    actions.unfollow(author=cast.bob.author, person=cast.owner.author)
    assert said(cast) == ["A comment."]
    actions.mute(author=cast.bob.author, person=cast.ann.author)
    assert said(cast) == []


def test_a_private_profile_and_a_site_that_is_not_shown_are_not_in_it(cast):
    follow(cast, cast.ann)
    assert said(cast) == ["A comment."]
    change_persona(cast.ann.author, cast.forum, is_shown=False)
    assert said(cast) == []
    change_persona(cast.ann.author, cast.forum)
    assert said(cast) == ["A comment."]
    change_profile(cast.ann.author, Wanted("ann"))
    assert said(cast) == []


@pytest.mark.parametrize("who", ["author", "user"])
def test_whoever_is_closed_out_is_in_no_feed(cast, who):
    follow(cast, cast.ann)
    closed = cast.ann.author if who == "author" else cast.ann.author.user
    closed.is_active = False
    closed.save()
    assert said(cast) == []


def test_whoever_is_banned_where_he_wrote_is_not_shown_from_there(cast):
    follow(cast, cast.ann)
    Cast.standing().comment("From elsewhere.", author=cast.ann.author)
    drain_outbox()
    assert said(cast) == ["From elsewhere.", "A comment."]
    ban_author(forum=cast.forum, author=cast.ann.author, by=cast.owner.author.user)
    assert said(cast) == ["From elsewhere."]
    for change in ({"ends": timezone.now()}, {"ends": None, "lifted": timezone.now()}):
        Ban.objects.filter(forum=cast.forum).update(**change)
        assert said(cast) == ["From elsewhere.", "A comment."]


def test_beyond_the_limit_it_is_read_and_not_written(cast, store, monkeypatch):
    monkeypatch.setattr(feed, "MOST_FED", 2)
    follow(cast, cast.ann, cast.owner)
    for n in range(2):
        other = cast.user(f"Fan {n}", f"fan{n}@a.test")
        actions.follow(author=other.author, person=cast.ann.author)
    drain_outbox()
    before = len(store.page(feed_of(cast.bob.author.id), limit=99))
    cast.comment("To many.")
    cast.comment("To few.", author=cast.owner.author)
    cast.comment("To many again.")
    drain_outbox()
    assert WidelyFollowed.objects.get().author == cast.ann.author
    assert len(store.page(feed_of(cast.bob.author.id), limit=99)) == before + 1
    assert said(cast) == ["To many again.", "To few.", "To many.", "A comment."]
    # Page by page the same, each once.
    seen, after = [], None
    while True:
        page = read_feed(cast.bob.author, after=after, limit=2)
        seen += [plain(each.html) for each in page.said]
        after = page.next
        if after is None:
            break
    assert seen == ["To many again.", "To few.", "To many.", "A comment."]


def test_whoever_was_followed_widely_once_is_asked_for_ever_after(cast, monkeypatch):
    monkeypatch.setattr(feed, "MOST_FED", 1)
    fan = cast.user("Fan", "fan@a.test")
    actions.follow(author=fan.author, person=cast.ann.author)
    follow(cast, cast.ann)
    cast.comment("Wide.")
    drain_outbox()
    actions.unfollow(author=fan.author, person=cast.ann.author)
    cast.comment("Still asked for.")
    drain_outbox()
    assert said(cast) == ["Still asked for.", "Wide.", "A comment."]


def test_publishing_for_many_asks_no_more_than_for_few(cast, monkeypatch):
    follow(cast, cast.ann)
    WidelyFollowed.objects.create(author=cast.ann.author)
    many = [cast.user(f"Fan {n}", f"fan{n}@a.test").author for n in range(30)]
    Follow.objects.bulk_create([Follow(by=each, of=cast.ann.author) for each in many])
    comment = cast.comment("To many.")
    with CaptureQueriesContext(connection) as queries:
        feed_followers(CommentPublished("", "", 0, comment.id))
    assert len(queries) <= 2


def test_a_page_costs_the_same_whomever_one_follows(cast, store, monkeypatch):
    people = [cast.user(f"Person {n}", f"p{n}@a.test") for n in range(12)]
    for n, person in enumerate(people):
        change_profile(person.author, Wanted(f"person{n}", is_public=True))
        cast.comment(f"By {n}.", author=person.author)
    follow(cast, *people[:2])
    with CaptureQueriesContext(connection) as few:
        assert len(said(cast)) == 2
    follow(cast, *people)
    with CaptureQueriesContext(connection) as many:
        assert len(said(cast)) == 12
    assert len(many) == len(few) <= 5
    client = Client()
    client.force_login(cast.bob.author.user)
    client.get("/home/")  # the first page of the day notes the browser
    with CaptureQueriesContext(connection) as whole:
        assert client.get("/home/feed/").content.count(b"<li class=") == 12
    # The session, who he is, and as whom he is seen; one for the number of his inbox.
    assert len(whole) == len(many) + 4


def test_a_page_of_what_may_not_be_shown_goes_on_to_the_next(cast):
    follow(cast, cast.ann)
    hidden = [cast.comment(f"Gone {n}.") for n in range(6)]
    drain_outbox()
    for each in hidden:
        remove_comment(each, Status.REJECTED)
    assert said(cast, limit=2) == ["A comment."]


def test_all_of_it_can_be_made_again(cast, store):
    follow(cast, cast.ann, cast.owner)
    cast.comment("By Olive.", author=cast.owner.author)
    cast.comment("By Ann.")
    drain_outbox()
    before = said(cast)
    whole = [Entry(each.id) for each in Comment.objects.all()]
    store.remove([(feed_of(cast.bob.author.id), entry) for entry in whole])
    assert said(cast) == []
    rebuild(store)
    assert said(cast) == before


def test_the_page_shows_it_and_says_when_its_store_is_away(cast, monkeypatch):
    follow(cast, cast.ann)
    client = Client()
    client.force_login(cast.bob.author.user)
    body = client.get("/home/feed/").content.decode()
    assert "A comment." in body
    assert 'href="/u/ann/"' in body

    class Away(MemoryTimelines):
        def page(self, *args, **more):
            raise StoreAway

    monkeypatch.setattr(feed, "timelines", Away)
    answer = client.get("/home/feed/")
    assert answer.status_code == 503
    assert "cannot be read right now" in answer.content.decode()
