"""Profiles: private until made public, gone when they are to be gone, and nobody is told which."""

import re

import pytest
from django.test import Client

from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.events.models import OutboxEvent
from voxpop.events.worker import drain_outbox
from voxpop.people.actions import follow
from voxpop.profiles import reading
from voxpop.profiles.actions import Wanted, change_persona, change_profile, remove_profile
from voxpop.profiles.models import Handle, Profile
from voxpop.threads.actions import remove_comment
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = Wanted("ann", is_public=True, about="I **write**.", shows_people=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    cast = Cast.standing()
    drain_outbox()
    return cast


def page(path: str) -> tuple[int, str]:
    answer = Client().get(path)
    return answer.status_code, answer.content.decode()


def purged(name: str) -> list[dict]:
    return [row.payload for row in OutboxEvent.objects.filter(name=name).order_by("id")]


SURFACES = [
    "/u/ann/",
    "/u/ann/followers/",
    "/u/ann/followed/",
    "/u/ann/feed.atom",
    "/u/ann/feed.json",
]


@pytest.mark.parametrize("path", SURFACES)
def test_a_private_profile_and_one_that_nobody_has_look_the_same(cast, path):
    change_profile(cast.ann.author, Wanted("ann", about="Hidden.", shows_people=True))
    private, nobodys = Client().get(path), Client().get(path.replace("ann", "zoe"))
    assert private.status_code == nobodys.status_code == 404
    assert private.content == nobodys.content
    names = {"Surrogate-Key", "Voxpop-Fence"}  # what the edge is told of the address alone
    assert {name: value for name, value in private.headers.items() if name not in names} == {
        name: value for name, value in nobodys.headers.items() if name not in names
    }
    change_profile(cast.ann.author, PUBLIC)
    assert Client().get(path).status_code == 200


def test_a_missing_profile_costs_as_many_queries_as_a_private_one(cast, django_assert_num_queries):
    change_profile(cast.ann.author, Wanted("ann"))
    for path in ("/u/ann/", "/u/nobody-here/"):
        with django_assert_num_queries(2):
            page(path)


def test_a_public_profile_shows_what_is_published_and_no_more(cast):
    change_profile(cast.ann.author, PUBLIC)
    cast.comment("Seen <b>by all</b>.")
    held = cast.comment("Taken away.")
    remove_comment(held, Status.REJECTED)
    _, body = page("/u/ann/")
    assert "Seen" in body
    assert "Taken away" not in body
    assert "<strong>write</strong>" in body
    assert cast.bob.author.name not in body
    assert "Set-Cookie" not in Client().get("/u/ann/").headers


def test_what_is_typed_about_oneself_is_sanitised_last(cast):
    about = "<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1)) ok"
    change_profile(cast.ann.author, Wanted("ann", is_public=True, about=about))
    _, body = page("/u/ann/")
    said = re.search(r'<div class="said about" dir="auto">(.*?)</div>', body, re.S)
    assert said is not None
    assert "onerror=alert(1)>" not in said[1]
    assert "<script" not in said[1]
    assert 'href="javascript' not in said[1]


def test_the_name_beside_a_comment_leads_to_a_public_profile_only(cast):
    first = Comment.objects.get(thread=cast.thread)
    assert b"/u/" not in bytes(first.fragment)
    before = first.seq
    change_profile(cast.ann.author, PUBLIC)
    drain_outbox()
    first.refresh_from_db()
    assert b'<a href="/u/ann/"' in bytes(first.fragment)
    assert b'"profile":"/u/ann/"' in bytes(first.shape)
    assert first.seq > before  # readers hear of it by the log
    change_profile(cast.ann.author, Wanted("ann"))
    drain_outbox()
    first.refresh_from_db()
    assert b"/u/" not in bytes(first.fragment)
    assert b"profile" not in bytes(first.shape)


def test_whatever_changes_a_profile_purges_every_name_of_it_hard(cast):
    change_profile(cast.ann.author, PUBLIC)
    change_profile(cast.ann.author, Wanted("anna", is_public=True))
    assert purged("ProfileChanged")[-1] == {"handles": ["ann", "anna"], "avatars": []}
    said = cast.comment("News.")
    assert purged("CommentPublished")[-1]["profile"] == "anna"
    remove_comment(said, Status.SPAM)
    assert purged("CommentRemoved")[-1]["profile"] == "anna"
    cast.comment("By Bob, who shows nothing.", author=cast.bob.author)
    assert purged("CommentPublished")[-1]["profile"] == ""


def test_an_earlier_name_leads_to_the_present_one_and_is_nobody_elses(cast):
    change_profile(cast.ann.author, PUBLIC)
    change_profile(cast.ann.author, Wanted("anna", is_public=True))
    answer = Client().get("/u/ann/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/u/anna/")
    assert answer.headers["Surrogate-Key"] == "u:ann u:anna"
    for taken in ("ann", "anna", "Ann"):
        with pytest.raises(Problem):
            change_profile(cast.bob.author, Wanted(taken))
    change_profile(cast.ann.author, Wanted("anna"))  # private: neither is there
    assert page("/u/ann/")[0] == page("/u/anna/")[0] == 404
    change_profile(cast.ann.author, PUBLIC)  # his own earlier name he may wear again
    assert page("/u/ann/")[0] == 200


@pytest.mark.parametrize("look", ["paypa1", "PayPaI", "PAYPAL", "paypa|"])
def test_a_name_that_looks_like_anothers_is_not_given(cast, look):
    change_profile(cast.ann.author, Wanted("paypal"))
    with pytest.raises(Problem):
        change_profile(cast.bob.author, Wanted(look))
    assert not Profile.objects.filter(author=cast.bob.author).exists()


@pytest.mark.parametrize(
    "name", ["ab", "-ab", "ab-", "a b", "a/b", "ann.b", "аnn", "a" * 31, "admin", "r00t", "ann\n"]
)
def test_a_name_that_cannot_stand_in_an_address_or_says_too_much_is_refused(cast, name):
    if name == "ann\n":
        assert change_profile(cast.ann.author, Wanted(name)).handle == "ann"
        return
    with pytest.raises(Problem):
        change_profile(cast.ann.author, Wanted(name))
    assert not Handle.objects.exists()


def test_a_public_profile_needs_a_name_and_a_guest_has_none(cast):
    with pytest.raises(Problem):
        change_profile(cast.ann.author, Wanted(is_public=True))
    with pytest.raises(Problem):
        change_profile(cast.guest().author, Wanted("guest-1"))


def test_a_site_that_is_not_shown_is_neither_on_the_profile_nor_leads_there(cast):
    change_profile(cast.ann.author, PUBLIC)
    cast.comment("On the magazine.")
    change_persona(cast.ann.author, cast.forum, is_shown=False)
    drain_outbox()
    assert "On the magazine" not in page("/u/ann/")[1]
    assert "On the magazine" not in page("/u/ann/feed.atom")[1]
    assert not [c for c in Comment.objects.all() if b"/u/ann/" in bytes(c.fragment)]
    assert b"/u/ann/" not in bytes(cast.comment("Later.").fragment)
    change_persona(cast.ann.author, cast.forum)
    drain_outbox()
    assert "On the magazine" in page("/u/ann/")[1]
    assert not Author.objects.get(id=cast.ann.author.id).has_personas


def test_lists_of_people_name_only_those_who_are_public_and_only_if_they_are_shown(cast):
    for person in (cast.bob, cast.owner):
        follow(author=person.author, person=cast.ann.author)
    change_profile(cast.bob.author, Wanted("bob", is_public=True))
    change_profile(cast.ann.author, PUBLIC)
    status, body = page("/u/ann/followers/")
    assert status == 200
    assert "@bob" in body
    assert cast.owner.author.name not in body
    assert "<b>2</b> Followers" in body  # counted they are all
    change_profile(cast.ann.author, Wanted("ann", is_public=True))
    assert page("/u/ann/followers/") == page("/u/zoe/followers/")


@pytest.mark.parametrize("who", ["author", "user"])
def test_a_profile_whose_account_is_closed_is_there_no_more(cast, who):
    change_profile(cast.ann.author, PUBLIC)
    closed = cast.ann.author if who == "author" else cast.ann.author.user
    closed.is_active = False
    closed.save()
    for path in SURFACES:
        assert page(path) == page(path.replace("ann", "zoe"))


def test_one_verb_takes_everything_away_and_the_name_stays_taken(cast):
    change_profile(cast.ann.author, PUBLIC)
    change_persona(cast.ann.author, cast.forum, is_shown=False)
    drain_outbox()
    remove_profile(cast.ann.author)
    remove_profile(cast.ann.author)
    assert purged("ProfileChanged")[0] == {"handles": ["ann"], "avatars": []}
    drain_outbox()
    assert page("/u/ann/") == page("/u/zoe/")
    assert not Profile.objects.exists()
    assert Handle.objects.get(name="ann").author is None
    assert not [c for c in Comment.objects.all() if b"/u/" in bytes(c.fragment)]
    with pytest.raises(Problem):
        change_profile(cast.bob.author, Wanted("ann"))


def test_a_page_goes_on_where_the_last_one_ended_and_costs_the_same(
    cast, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(reading, "PAGE", 3)
    for number in range(7):
        cast.comment(f"Number {number}.")
    seen, after = [], None
    while True:
        with django_assert_num_queries(2):
            read = reading.read_written(cast.ann.author, after=after, limit=3)
        seen += [comment.source for comment in read.comments]
        after = read.next
        if after is None:
            break
    assert seen == [*(f"Number {n}." for n in reversed(range(7))), "A comment."]


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(cast):
    client = Client()
    client.force_login(cast.ann.author.user)
    own = {"Origin": "http://testserver"}
    answer = client.post("/home/profile/", {"is_public": "on", "about": "Mine."}, headers=own)
    assert "A public profile has a name" in answer.content.decode()
    assert "Mine." in answer.content.decode()
    client.post("/home/profile/", {"is_public": "on", "handle": "Ann"}, headers=own)
    assert page("/u/ann/")[0] == 200


def test_the_button_knows_its_viewer_and_the_page_does_not(cast):
    change_profile(cast.ann.author, PUBLIC)
    client = Client()
    client.force_login(cast.bob.author.user)
    assert client.get("/u/ann/").content == Client().get("/u/ann/").content
    script, own = {"Accept": "application/json"}, {"Origin": "http://testserver"}
    told = client.get("/home/follow/ann/", headers=script).json()
    assert (told["me"], told["follows"]) == (False, False)
    told = client.post("/home/follow/ann/", {"act": "follow"}, headers={**script, **own}).json()
    assert told["follows"] is True
    told = client.post("/home/follow/ann/", {"act": "unfollow"}, headers={**script, **own}).json()
    assert told["follows"] is False
    change_profile(cast.ann.author, Wanted("ann"))
    assert client.get("/home/follow/ann/").status_code == 404
    assert client.get("/home/follow/zoe/").status_code == 404
