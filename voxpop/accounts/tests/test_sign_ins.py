"""A frame's sign-in: renewed turn by turn, ended once and for all."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from voxpop.accounts.actions import forget_expired, sign_out_everywhere, sign_up
from voxpop.accounts.models import AccessToken, Author
from voxpop.accounts.sign_ins import ANSWER_LOST, FRESH, begin_sign_in, renew_sign_in
from voxpop.accounts.tokens import end_token, find_token
from voxpop.errors import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Author:
    return sign_up(email="ann@example.org", name="Ann").author


def pass_time(span: timedelta) -> None:
    """The same as if so much time had gone by since the last turn."""
    row = AccessToken.objects.get()
    row.turned -= span
    row.fresh_until -= span
    row.expires -= span
    row.save()


def is_refused(renewal: str) -> bool:
    with pytest.raises(Problem) as refused:
        renew_sign_in(renewal)
    return refused.value.code == "bad_token"


def test_a_token_acts_for_half_an_hour_and_is_renewed(author):
    first = begin_sign_in(author)
    assert find_token(first.token).author == author
    pass_time(FRESH)
    assert find_token(first.token) is None
    second = renew_sign_in(first.renewal)
    assert find_token(second.token).author == author
    assert second.token != first.token
    assert second.renewal != first.renewal
    assert find_token(first.token) is None


def test_a_sign_in_is_one_row_however_often_it_is_renewed(author):
    made = begin_sign_in(author)
    for _ in range(3):
        made = renew_sign_in(made.renewal)
    assert AccessToken.objects.get().turn == 3


def test_a_renewal_whose_answer_was_lost_is_answered_alike(author):
    first = begin_sign_in(author)
    lost, again = renew_sign_in(first.renewal), renew_sign_in(first.renewal)
    assert again == lost
    assert find_token(again.token)


def test_a_secret_that_was_used_long_ago_ends_the_sign_in_for_whoever_has_it(author):
    """It was copied: one of the two who come with it is not the reader."""
    first = begin_sign_in(author)
    second = renew_sign_in(first.renewal)
    pass_time(ANSWER_LOST)
    assert is_refused(first.renewal)
    assert find_token(second.token) is None
    assert is_refused(second.renewal)


def test_a_secret_of_two_turns_ago_is_never_a_lost_answer(author):
    first = begin_sign_in(author)
    third = renew_sign_in(renew_sign_in(first.renewal).renewal)
    assert is_refused(first.renewal)
    assert find_token(third.token) is None


def test_nobody_makes_the_next_secret_from_this_one(author):
    made = begin_sign_in(author)
    family, turn, proof = made.renewal.split(".")
    for forged in (f"{family}.1.{proof}", f"{family}.{turn}.", f"{family}.-1.{proof}", family, ""):
        assert is_refused(forged)
    assert is_refused(f"{family}.{turn}.{proof}é")
    assert find_token(made.token)


def test_nothing_of_the_secrets_is_in_the_table(author):
    made = begin_sign_in(author)
    row = AccessToken.objects.get()
    kept = bytes(row.digest) + bytes(row.family)
    assert made.token.encode() not in kept
    assert made.renewal.split(".")[0].encode() not in kept


def test_t35_what_ends_a_sign_in_ends_its_renewal(author):
    here = begin_sign_in(author)
    end_token(here.token)
    assert is_refused(here.renewal)
    here = begin_sign_in(author)
    sign_out_everywhere(user=author.user)
    assert is_refused(here.renewal)


def test_t35_a_closed_account_is_not_renewed(author):
    made = begin_sign_in(author)
    author.user.is_active = False
    author.user.save()
    assert find_token(made.token) is None
    assert is_refused(made.renewal)


def test_a_sign_in_that_nobody_renewed_is_forgotten(author):
    made = begin_sign_in(author)
    pass_time(FRESH)
    forget_expired()
    assert renew_sign_in(made.renewal)
    AccessToken.objects.update(expires=timezone.now())
    assert is_refused(made.renewal)
    forget_expired()
    assert not AccessToken.objects.exists()


def test_over_http(author, settings):
    settings.LIMITS = False
    made = begin_sign_in(author)
    renewed = ask(made.renewal)
    assert renewed.status_code == 201
    assert set(renewed.json()) == {"token", "author", "renewal", "seconds"}
    assert find_token(renewed.json()["token"]).author == author
    assert (ask("nonsense").status_code, ask("nonsense").json()["code"]) == (401, "bad_token")
    assert ask(made.renewal, origin="https://evil.example").status_code == 403


def ask(renewal: str, origin: str = "http://testserver"):
    body = json.dumps({"renewal": renewal})
    headers = {"Origin": origin}
    path = "/api/v1/tokens/renew"
    return Client().post(path, body, content_type="application/json", headers=headers)
