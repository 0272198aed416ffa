"""SAFETY T45: an idempotency key opens no answer but its own.

It is scoped to who acts, and stands for one body at one address: another person's key is a new
act, another body under the same key is refused, and after a day it is forgotten.
"""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from voxpop.limits.models import Answered
from voxpop.limits.once import KEPT, Once, forget_old_answers
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db
KEY = "everybody-could-guess-this"


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def test_anothers_key_is_a_comment_of_ones_own(cast):
    hers = cast.ann.post(cast.forum, "The same words.", key=KEY)
    his = cast.bob.post(cast.forum, "The same words.", key=KEY)
    assert hers.status_code == his.status_code == 201
    assert "Idempotent-Replay" not in his
    assert hers.json()["id"] != his.json()["id"]
    assert his.json()["author"]["name"] == cast.bob.author.name


def test_one_person_as_guest_and_as_user_is_two(cast):
    guest = cast.guest("Ann")
    first, second = (each.post(cast.forum, "Words.", key=KEY) for each in (cast.ann, guest))
    assert first.json()["author"]["kind"] == "user"
    assert second.json()["author"]["kind"] == "guest"


def test_the_same_key_with_the_same_body_is_the_same_answer(cast):
    first, again = (cast.ann.post(cast.forum, "Once.", key=KEY) for _ in range(2))
    assert again.content == first.content
    assert (again.status_code, again["Idempotent-Replay"]) == (201, "true")
    assert Comment.objects.filter(source="Once.").count() == 1


def test_a_twin_that_came_between_the_look_and_the_insert_is_answered_alike(cast, monkeypatch):
    first = cast.ann.post(cast.forum, "Once.", key=KEY)
    look, looks = Once._refuse_if_answered, []

    def too_early(once):
        looks.append(once)
        if len(looks) > 1:
            look(once)

    monkeypatch.setattr(Once, "_refuse_if_answered", too_early)
    again = cast.ann.post(cast.forum, "Once.", key=KEY)
    assert len(looks) == 2
    assert (again.status_code, again.content) == (201, first.content)
    assert Comment.objects.filter(source="Once.").count() == 1


def test_the_same_key_with_another_body_is_refused(cast):
    cast.ann.post(cast.forum, "One.", key=KEY)
    other = cast.ann.post(cast.forum, "Two.", key=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert not Comment.objects.filter(source="Two.").exists()


def test_the_same_body_at_another_address_is_another_act(cast):
    mine = [cast.ann.post(cast.forum, f"Mine {number}.").json() for number in range(2)]
    edit = {"source": "Edited.", "revision": 1}
    answers = [cast.ann.send("PATCH", f"/comments/{each['id']}", edit, KEY) for each in mine]
    assert [each.status_code for each in answers] == [200, 422]
    assert Comment.objects.filter(source="Edited.").count() == 1


def test_the_same_body_by_another_method_is_another_act(cast):
    mine = cast.ann.post(cast.forum, "Mine.").json()["id"]
    edit = {"source": "Edited.", "revision": 1}
    assert cast.ann.send("PATCH", f"/comments/{mine}", edit, KEY).status_code == 200
    assert cast.ann.send("DELETE", f"/comments/{mine}", edit, KEY).status_code == 422
    assert Comment.objects.get(source="Edited.").status == "published"


def test_a_day_later_a_key_is_free_again_and_not_before(cast):
    cast.ann.post(cast.forum, "One.", key=KEY)
    answered = Answered.objects.filter(key=KEY)
    answered.update(created=timezone.now() - KEPT + timedelta(minutes=1))
    forget_old_answers()
    assert cast.ann.post(cast.forum, "Two.", key=KEY).status_code == 422
    answered.update(created=timezone.now() - KEPT - timedelta(minutes=1))
    forget_old_answers()
    assert cast.ann.post(cast.forum, "Two.", key=KEY).status_code == 201
    assert timedelta(days=1) == KEPT


# -- the form without JavaScript -----------------------------------------------------------


def sent(client: Client, thread: str, source: str) -> object:
    typed = {"key": KEY, "source": source, "name": "Shy"}
    return client.post(f"/t/{thread}/write", typed, headers={"Origin": "http://testserver"})


def test_a_guests_form_is_answered_by_its_key_and_its_text(cast):
    """Other words under the same key are another comment, and never led to the first (0263)."""
    first = sent(Client(), cast.thread.public_id, "Typed.")
    other = sent(Client(), cast.thread.public_id, "Other words.")
    assert (first.status_code, other.status_code) == (303, 303)
    typed, others = (Comment.objects.get(source=each) for each in ("Typed.", "Other words."))
    assert first["Location"].endswith(f"#c-{typed.public_id}")
    assert other["Location"].endswith(f"#c-{others.public_id}")
    assert typed.author != others.author


def test_a_form_that_never_heard_its_answer_is_not_made_somebody_else_by_its_key(cast):
    """Whoever sends it again is led to the comment and keeps the cookie that he has."""
    sent(Client(), cast.thread.public_id, "Typed.")
    again = sent(Client(), cast.thread.public_id, "Typed.")
    assert again.status_code == 303
    assert not again.cookies
    assert Comment.objects.filter(source="Typed.").count() == 1


def test_another_forums_form_has_keys_of_its_own(cast):
    elsewhere = Cast.standing()
    for each in (cast, elsewhere):
        assert sent(Client(), each.thread.public_id, "Typed.").status_code == 303
    assert {each.forum_id for each in Comment.objects.filter(source="Typed.")} == {
        cast.forum.id,
        elsewhere.forum.id,
    }


def test_every_form_has_a_key_that_nobody_can_guess(cast):
    path = f"/t/{cast.thread.public_id}/write"
    keys = {
        re.search(r'name="key" value="([\w-]+)"', Client().get(path).content.decode())[1]
        for _ in range(5)
    }
    assert len(keys) == 5
    assert all(len(key) == 36 for key in keys)


def test_a_key_is_asked_for(cast):
    answer = Client().post(
        f"/api/v1/forums/{cast.forum.shortname}/comments",
        json.dumps({"thread": {"url": "https://magazine.test/story"}, "source": "No key."}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {cast.ann.token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
