"""The pages of people, watched threads and votes: mine alone, by buttons."""

import pytest
from django.conf import settings
from django.test import Client

from voxpop.home import others
from voxpop.home.others import Which, read_people, read_votes, read_watched
from voxpop.people.actions import follow, mute, watch
from voxpop.people.models import Follow, Mute, Watch
from voxpop.threads.actions import remove_comment, vote
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


@pytest.fixture
def bob(cast) -> Client:
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(cast.bob.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.mark.parametrize("page", ["people", "watching", "votes"])
def test_an_empty_page_says_what_will_be_here(bob, page):
    assert "<h2>" in bob.get(f"/home/{page}/").content.decode()
    assert Client().get(f"/home/{page}/").status_code == 302


def test_lists_show_whom_they_are_about_and_buttons_change_it(cast, bob):
    follow(author=cast.bob.author, person=cast.ann.author)
    follow(author=cast.owner.author, person=cast.bob.author)
    assert cast.ann.author.name in bob.get("/home/people/").content.decode()
    followers = bob.get("/home/people/?list=followers").content.decode()
    assert cast.owner.author.name in followers
    assert cast.ann.author.name not in followers
    bob.post(
        "/home/people/?list=followers", {"act": "follow", "person": cast.owner.author.public_id}
    )
    assert Follow.objects.filter(by=cast.bob.author).count() == 2
    bob.post("/home/people/", {"act": "unfollow", "person": cast.ann.author.public_id})
    assert [each.of_id for each in Follow.objects.filter(by=cast.bob.author)] == [
        cast.owner.author.id
    ]
    mute(author=cast.bob.author, person=cast.ann.author)
    assert cast.ann.author.name in bob.get("/home/people/?list=muted").content.decode()
    bob.post("/home/people/?list=muted", {"act": "unmute", "person": cast.ann.author.public_id})
    assert not Mute.objects.exists()


def test_what_cannot_be_done_is_said_and_changes_nothing(cast, bob):
    for act, person in (("follow", "nobody"), ("promote", cast.ann.author.public_id)):
        answer = bob.post("/home/people/", {"act": act, "person": person}, follow=True)
        assert 'class="notice bad"' in answer.content.decode()
    assert not Follow.objects.exists()


def test_a_watched_thread_is_listed_and_let_go(cast, bob):
    watch(author=cast.bob.author, thread=cast.thread)
    assert f"/t/{cast.thread.public_id}/" in bob.get("/home/watching/").content.decode()
    bob.post("/home/watching/", {"thread": cast.thread.public_id})
    assert not Watch.objects.exists()


def test_my_votes_are_those_that_can_be_read(cast, bob):
    comment = Comment.objects.get(thread=cast.thread)
    vote(comment=comment, author=cast.bob.author, value=1)
    assert comment.source in bob.get("/home/votes/").content.decode()
    remove_comment(comment, Status.REJECTED)
    assert comment.source not in bob.get("/home/votes/").content.decode()


def test_pages_go_on_and_cost_the_same_however_many_there_are(
    cast, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(others, "PAGE", 2)
    people = [cast.user(f"Person {n}", f"p{n}@a.test").author for n in range(5)]
    for person in people:
        follow(author=cast.bob.author, person=person)
    seen, after = [], None
    for _ in range(3):
        with django_assert_num_queries(3):
            page = read_people(cast.bob.author, Which.FOLLOWING, after=after)
        seen += [each.id for each in page.people]
        after = page.next
    assert (seen, after) == ([each.id for each in reversed(people)], None)
    watch(author=cast.bob.author, thread=cast.thread)
    vote(comment=cast.comment("More."), author=cast.bob.author, value=1)
    with django_assert_num_queries(1):
        assert len(read_watched(cast.bob.author).threads) == 1
    with django_assert_num_queries(1):
        assert len(read_votes(cast.bob.author).votes) == 1
