"""The same request twice acts once; keys belong to one actor (SAFETY T45)."""

import pytest

from voxpop.errors import Problem
from voxpop.limits.models import Answered
from voxpop.limits.once import AlreadyAnswered, Once, forget_old_answers

pytestmark = pytest.mark.django_db


def once(actor: str = "a", key: str = "k", body: bytes = b"{}") -> Once:
    return Once(actor=actor, key=key, body=body, answer=lambda text: (201, text.encode()))


def act(request: Once, says: str = "done") -> None:
    with request.transaction():
        request.keep(says)


def test_the_second_request_gets_the_first_answer() -> None:
    act(once())
    with pytest.raises(AlreadyAnswered) as earlier:
        act(once(), "done again")
    assert (earlier.value.status, earlier.value.body) == (201, b"done")


def test_another_body_under_the_key_is_refused() -> None:
    act(once())
    with pytest.raises(Problem, match="idempotency_key_reused"):
        act(once(body=b"other"))


def test_another_actors_key_is_another_key() -> None:
    act(once())
    act(once(actor="b"), "for b")
    assert Answered.objects.count() == 2


def test_a_refused_act_leaves_its_key_free() -> None:
    request = once()
    with pytest.raises(Problem), request.transaction():
        raise Problem("thread_locked")
    act(once())


@pytest.mark.parametrize("key", ["", "x" * 101, "a\nb", "ключ"])
def test_a_missing_or_odd_key_is_refused(key: str) -> None:
    with pytest.raises(Problem):
        once(key=key)


def test_old_answers_are_forgotten(settings: object) -> None:
    act(once())
    assert forget_old_answers() == 0
    Answered.objects.update(created="2020-01-01T00:00:00Z")
    assert forget_old_answers() == 1
