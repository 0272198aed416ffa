"""The conversation of a comment of mine: of others only what everybody sees, of mine all."""

import pytest
from django.conf import settings
from django.test import Client

from voxpop.home import conversation
from voxpop.people.actions import mute
from voxpop.threads.actions import delete_comment, remove_comment
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast()


@pytest.fixture
def talk(cast) -> list[Comment]:
    """Bob, a guest below, Ann below that, and two who answer her."""
    first = cast.comment("Bob begins.", author=cast.bob.author)
    second = cast.comment("Olive answers.", author=cast.owner.author, parent=first)
    mine = cast.comment("Ann says.", parent=second)
    below = cast.comment("Bob answers Ann.", author=cast.bob.author, parent=mine)
    cast.comment("Olive goes on.", author=cast.owner.author, parent=below)
    cast.comment("Beside it all.", author=cast.bob.author, parent=first)
    return [first, second, mine, below]


def page(cast: Cast, comment: Comment, query: str = "") -> str:
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    path = f"/home/comments/{comment.public_id}/conversation/{query}"
    return client.get(path).content.decode()


def test_it_has_what_i_answered_and_what_was_answered_to_me_in_order(cast, talk):
    shown = page(cast, talk[2])
    said = ["Bob begins.", "Olive answers.", "Ann says.", "Bob answers Ann.", "Olive goes on."]
    places = [shown.index(each) for each in said]
    assert places == sorted(places)
    assert "Beside it all." not in shown


def test_what_was_removed_keeps_its_place_and_says_nothing(cast, talk):
    remove_comment(talk[1], Status.REJECTED)
    remove_comment(talk[3], Status.SPAM)
    shown = page(cast, talk[2])
    assert shown.count("This comment was removed.") == 2
    assert "Olive answers." not in shown
    assert "Bob answers Ann." not in shown
    assert "Olive goes on." in shown


def test_what_waits_of_others_is_not_here_and_mine_is(cast):
    cast.forum.is_premoderated = True
    cast.forum.save()
    mine = cast.comment("Mine waits.")
    cast.comment("His waits.", author=cast.bob.author)
    assert Comment.objects.filter(status=Status.HELD).count() == 2
    shown = page(cast, mine)
    assert "Mine waits." in shown
    assert "Waits for a moderator" in shown
    assert "His waits." not in shown


def test_spam_looks_as_if_it_waited(cast):
    waits, spam = cast.comment("One."), cast.comment("One.")
    Comment.objects.filter(id=waits.id).update(status=Status.HELD, is_shown=False)
    Comment.objects.filter(id=spam.id).update(
        status=Status.SPAM, is_shown=False, created=waits.created
    )
    pages = [page(cast, each).replace(each.public_id, "-") for each in (waits, spam)]
    told = [each[each.index("<main") : each.index('name="csrf')] for each in pages]
    assert told[0] == told[1]


def test_what_i_answered_and_is_gone_is_said_to_be(cast, talk):
    mine = cast.comment("To nobody.", parent=cast.comment("Goes.", author=cast.bob.author))
    Comment.objects.filter(id=mine.id).update(status=Status.HELD, is_shown=False)
    Comment.objects.filter(source="Goes.").update(status=Status.DELETED, is_shown=False)
    shown = page(cast, mine)
    assert "What you answered is no longer here." in shown
    assert "Goes." not in shown


def test_whom_i_mute_is_folded(cast, talk):
    mute(author=cast.ann.author, person=cast.bob.author)
    shown = page(cast, talk[2])
    assert shown.count("You have muted this person") == 2


def test_what_i_deleted_is_here_for_me(cast, talk):
    delete_comment(comment=talk[2], author=cast.ann.author)
    shown = page(cast, talk[2])
    assert "Deleted by you" in shown
    assert "Bob answers Ann." in shown


def test_it_costs_the_same_however_long_it_is_and_goes_on(
    cast, talk, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(conversation, "REPLIES", 2)
    for number in range(3):
        cast.comment(f"More {number}.", author=cast.bob.author, parent=talk[2])
    mine = Comment.objects.select_related("thread", "forum").get(id=talk[2].id)
    with django_assert_num_queries(7):
        read = conversation.read_conversation(mine, cast.ann.author, after=None)
    assert len(read.replies) == 2
    shown = page(cast, mine, f"?after={read.next}")
    assert "More 0." in shown
    assert "Bob begins." not in shown


def test_a_place_that_nobody_gave_out_is_none(cast, talk):
    client = Client()
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    path = f"/home/comments/{talk[2].public_id}/conversation/"
    assert client.get(f"{path}?after=nonsense").status_code == 404
    assert client.get(path.replace(talk[2].public_id, talk[0].public_id)).status_code == 404
    assert client.get(path).status_code == 200


def test_an_edit_comes_back_to_it_and_to_nowhere_else(cast, talk):
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    path = f"/home/comments/{talk[2].public_id}/"
    typed = {"source": "Ann says more.", "revision": 1, "key": "k" * 20}
    answer = client.post(f"{path}?from=conversation", typed)
    assert answer["Location"] == f"{path}conversation/"
    answer = client.post(f"{path}delete/?from=//evil.test", {"key": "d" * 20})
    assert answer["Location"] == "/home/comments/"
