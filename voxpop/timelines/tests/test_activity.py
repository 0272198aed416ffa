"""A forum's activity: what readers can see and nothing else, by pages, for its own people."""

import pytest
from django.conf import settings as real
from django.test import Client

from voxpop.moderation.actions import decide
from voxpop.moderation.models import Verb
from voxpop.threads.events import CommentPublished
from voxpop.threads.tests.cast import Cast
from voxpop.timelines import comments
from voxpop.timelines.comments import keep_timelines, read_activity, rebuild
from voxpop.timelines.contract import Entry, Owner, OwnerKind, StoreAway
from voxpop.timelines.memory import MemoryTimelines

BACKEND = real.AUTHENTICATION_BACKENDS[0]


@pytest.fixture(autouse=True)
def _plain_names_of_static_files(settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture(params=["sql", "timelines"])
def store(request, monkeypatch):
    """Where activity is read from: the comments themselves, or a store that is kept."""
    kept = MemoryTimelines()
    monkeypatch.setattr(comments, "timelines", lambda: kept)
    monkeypatch.setattr(comments, "keeps_comments", lambda: request.param == "timelines")
    return kept


def told(comment):
    keep_timelines(CommentPublished("magazine", "", 0, comment.id))


def written(cast, count, **more):
    found = [cast.comment(f"Comment number {number}.", **more) for number in range(count)]
    for comment in found:
        told(comment)
    return found


def by(person):
    client = Client()
    client.force_login(person.author.user, backend=BACKEND)
    return client


def test_pages_go_back_in_time(cast, store):
    found = written(cast, 7)
    first = read_activity(cast.forum, limit=3)
    second = read_activity(cast.forum, after=first.next, limit=3)
    third = read_activity(cast.forum, after=second.next, limit=3)
    pages = [[c.id for c in page.comments] for page in (first, second, third)]
    assert pages == [[c.id for c in part] for part in (found[:3:-1], found[3:0:-1], found[:1])]
    assert third.next is None


def test_what_was_removed_since_is_never_shown(cast, store):
    found = written(cast, 3)
    # Its consequence has not run yet: the timeline still says that it is there.
    decide(comment=found[1], verb=Verb.SPAM, by=cast.owner.author.user)
    assert [c.id for c in read_activity(cast.forum).comments] == [found[2].id, found[0].id]


def test_a_page_of_removed_ones_goes_on_to_the_next(cast, store):
    found = written(cast, 5)
    for comment in found[1:]:
        decide(comment=comment, verb=Verb.SPAM, by=cast.owner.author.user)
    assert [c.id for c in read_activity(cast.forum, limit=2).comments] == [found[0].id]


def test_reading_is_few_queries(cast, store, django_assert_max_num_queries):
    written(cast, 30)
    with django_assert_max_num_queries(2):
        assert len(read_activity(cast.forum).comments) == 25


def test_another_forums_comment_in_the_timeline_is_not_shown(cast, store):
    foreign = Cast("elsewhere").comment()
    store.append([(Owner(OwnerKind.FORUM, cast.forum.id), Entry(foreign.id))])
    assert read_activity(cast.forum).comments == []


def test_told_late_twice_and_in_any_order_the_timeline_says_what_the_database_says(cast):
    store = MemoryTimelines()
    comment = cast.comment()
    owners = [
        Owner(OwnerKind.AUTHOR, comment.author_id),
        Owner(OwnerKind.FORUM, comment.forum_id),
    ]

    def settled():
        comments.settle(store, [comment.id, comment.id])
        return [store.page(owner, limit=9) for owner in owners]

    assert settled() == settled() == [[Entry(comment.id)]] * 2
    decide(comment=comment, verb=Verb.SPAM, by=cast.owner.author.user)
    assert settled() == settled() == [[], []]
    decide(comment=comment, verb=Verb.RESTORE, by=cast.owner.author.user)
    assert settled() == [[Entry(comment.id)]] * 2


def test_what_is_decided_while_it_is_written_is_settled_again(cast):
    comment = cast.comment()

    class Slow(MemoryTimelines):
        def append(self, placed):
            placed = list(placed)
            super().append(placed)
            if placed:
                comment.refresh_from_db()
                if comment.status == "published":
                    decide(comment=comment, verb=Verb.SPAM, by=cast.owner.author.user)

    store = Slow()
    comments.settle(store, [comment.id])
    assert store.page(Owner(OwnerKind.FORUM, cast.forum.id), limit=9) == []


def test_all_of_it_is_made_again_and_goes_on_where_it_stopped(cast, monkeypatch):
    monkeypatch.setattr(comments, "REBUILT_AT_ONCE", 3)
    found = [cast.comment() for _ in range(8)]
    decide(comment=found[4], verb=Verb.SPAM, by=cast.owner.author.user)
    owner = Owner(OwnerKind.FORUM, cast.forum.id)
    store = MemoryTimelines()
    store.append([(owner, Entry(found[4].id))])  # of before it was removed
    seen: list[tuple[int, int]] = []

    class Failing(MemoryTimelines):
        def append(self, placed):
            if len(seen) == 1:
                raise StoreAway("away")
            store.append(placed)

        def remove(self, placed):
            store.remove(placed)

    with pytest.raises(StoreAway):
        rebuild(Failing(), on_progress=lambda *told: seen.append(told))
    assert seen == [(3, found[2].id)]
    assert rebuild(store, after=seen[-1][1]) == 5
    expected = [Entry(each.id) for each in reversed(found) if each is not found[4]]
    assert store.page(owner, limit=99) == expected
    assert rebuild(store) == 8
    assert rebuild(store, after=found[1].id, until=found[3].id) == 2
    assert store.page(owner, limit=99) == expected


def test_the_page_shows_authors_titles_and_words_and_goes_on(cast, store):
    written(cast, 27)
    client = by(cast.owner)
    text = client.get("/moderate/magazine/activity/").content.decode()
    assert "Ann Reader" in text
    assert "Comment number 26." in text
    assert "Comment number 1." not in text
    assert 'aria-current="page">Activity' in text
    after = text.rpartition("?after=")[2][:13]
    older = client.get(f"/moderate/magazine/activity/?after={after}").content.decode()
    assert "Comment number 1." in older
    assert "Comment number 26." not in older
    assert "?after=" not in older


def test_an_empty_forum_says_so(cast, store):
    assert (
        "Nothing was written yet"
        in by(cast.owner).get("/moderate/magazine/activity/").content.decode()
    )


def test_it_is_the_forums_own_peoples(cast, store):
    Cast("elsewhere")
    assert by(cast.owner).get("/moderate/elsewhere/activity/").status_code == 404
    assert by(cast.ann).get("/moderate/magazine/activity/").status_code == 404
    assert Client().get("/moderate/magazine/activity/").status_code == 302
    assert by(cast.owner).get("/moderate/magazine/activity/?after=!").status_code in {302, 400}


def test_where_the_store_is_away_the_page_says_so(cast, monkeypatch):
    class Away(MemoryTimelines):
        def page(self, owner, *, after=None, limit):
            raise StoreAway("it hangs")

    monkeypatch.setattr(comments, "timelines", Away)
    monkeypatch.setattr(comments, "keeps_comments", lambda: True)
    answer = by(cast.owner).get("/moderate/magazine/activity/")
    assert answer.status_code == 503
    assert "cannot be read right now" in answer.content.decode()
