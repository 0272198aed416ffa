"""Whom somebody may mean by "@name": offered, and found when he has written it."""

import pytest
from django.test import Client

from voxpop.events.worker import drain_outbox
from voxpop.notices.models import Kind, Notice
from voxpop.people.actions import follow, unfollow
from voxpop.threads.actions import remove_comment
from voxpop.threads.models import Status
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def offered(cast: Cast, person: Person, begins: str) -> list[str]:
    answer = person.send("GET", f"/me/threads/{cast.thread.public_id}/names?begins={begins}")
    assert answer.status_code == 200
    return [each["name"] for each in answer.json()]


def test_who_wrote_in_the_thread_is_offered_by_the_beginning_of_his_name(cast):
    name = cast.ann.author.name
    assert offered(cast, cast.bob, name[:3].lower()) == [name]
    assert offered(cast, cast.ann, name[:3]) == []  # himself
    assert offered(cast, cast.bob, "zz") == []
    assert offered(cast, cast.bob, "") == []
    assert offered(cast, cast.bob, "%25") == []


def test_whom_i_follow_is_offered_to_me_alone(cast):
    name = cast.owner.author.name
    assert offered(cast, cast.bob, name[:5]) == []
    follow(author=cast.bob.author, person=cast.owner.author)
    assert offered(cast, cast.bob, name[:5]) == [name]
    assert offered(cast, cast.ann, name[:5]) == []


def test_whose_comments_are_removed_is_offered_to_nobody(cast):
    for comment in cast.thread.comments.all():
        remove_comment(comment, Status.DELETED)
    assert offered(cast, cast.bob, cast.ann.author.name[:3]) == []


def test_a_stranger_is_offered_nothing(cast):
    path = f"/me/threads/{cast.thread.public_id}/names?begins=a"
    assert Client().get(f"/api/v1{path}").status_code == 401


@pytest.mark.broad
def test_it_is_limited(cast, settings):
    settings.LIMITS = True
    path = f"/me/threads/{cast.thread.public_id}/names?begins=a"
    statuses = {cast.bob.send("GET", path).status_code for _ in range(121)}
    assert statuses == {200, 429}


def test_whom_i_follow_i_can_call_where_he_has_not_written(cast):
    said = f"@{cast.owner.author.name} look"
    assert "data-author" not in cast.comment(said, author=cast.bob.author).html
    follow(author=cast.bob.author, person=cast.owner.author)
    called = cast.comment(f"{said} here", author=cast.bob.author)
    assert f'data-author="{cast.owner.author.public_id}"' in called.html
    drain_outbox()
    assert Notice.objects.get(to=cast.owner.author).kind == Kind.MENTION
    unfollow(author=cast.bob.author, person=cast.owner.author)
    assert "data-author" not in cast.comment(f"{said} again", author=cast.bob.author).html
