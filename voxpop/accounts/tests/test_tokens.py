"""Bearer tokens and one-time codes."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from voxpop.accounts.actions import (
    challenge_of,
    exchange_code,
    make_sign_in_code,
    make_sign_in_link,
    sign_out_everywhere,
    sign_up,
    use_sign_in_link,
)
from voxpop.accounts.models import AccessToken, Author, SignInCode, SignInLink, TokenKind
from voxpop.accounts.tokens import author_of, end_token, issue_token
from voxpop.errors import Problem

pytestmark = pytest.mark.django_db
VERIFIER = "v" * 43


@pytest.fixture
def author() -> Author:
    return sign_up(email="Ann@Example.org", name="Ann").author


def request_with(header: str | None):
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return RequestFactory().get("/", **headers)


def refusal(verb, *args, **kwargs) -> str:
    with pytest.raises(Problem) as refused:
        verb(*args, **kwargs)
    return refused.value.code


def test_a_token_acts_for_its_author(author):
    secret = issue_token(author, TokenKind.EMBED)
    assert author_of(request_with(f"Bearer {secret}")) == author
    assert author_of(request_with(f"bearer {secret}")) == author


def test_without_a_bearer_header_nobody_acts(author):
    assert author_of(request_with(None)) is None
    assert author_of(request_with("Basic abc")) is None


def test_the_secret_is_not_kept(author):
    secret = issue_token(author, TokenKind.EMBED)
    row = AccessToken.objects.get()
    assert secret.encode() not in bytes(row.digest)
    assert len(bytes(row.digest)) == 32


def test_a_wrong_ended_or_old_token_is_refused(author):
    secret = issue_token(author, TokenKind.EMBED)
    assert refusal(author_of, request_with("Bearer nonsense")) == "bad_token"
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert refusal(author_of, request_with(f"Bearer {secret}")) == "bad_token"
    AccessToken.objects.update(expires=timezone.now() + timedelta(hours=1))
    assert author_of(request_with(f"Bearer {secret}")) == author
    end_token(secret)
    assert refusal(author_of, request_with(f"Bearer {secret}")) == "bad_token"


def test_t35_a_closed_account_s_token_ends_at_once(author):
    secret = issue_token(author, TokenKind.EMBED)
    author.user.is_active = False
    author.user.save()
    assert refusal(author_of, request_with(f"Bearer {secret}")) == "bad_token"


def test_reading_a_token_takes_one_query(author, django_assert_num_queries):
    secret = issue_token(author, TokenKind.EMBED)
    with django_assert_num_queries(1):
        assert author_of(request_with(f"Bearer {secret}")).user.email == "ann@example.org"


def test_a_code_is_exchanged_once_and_only_with_its_verifier(author):
    code = make_sign_in_code(author=author, challenge=challenge_of(VERIFIER))
    made = exchange_code(code=code, verifier=VERIFIER)
    assert made.author == author
    assert author_of(request_with(f"Bearer {made.token}")) == author
    assert refusal(exchange_code, code=code, verifier=VERIFIER) == "bad_code"


def test_a_stolen_code_is_useless_without_the_verifier(author):
    code = make_sign_in_code(author=author, challenge=challenge_of(VERIFIER))
    assert refusal(exchange_code, code=code, verifier="w" * 43) == "bad_code"
    assert AccessToken.objects.count() == 0


def test_an_old_code_is_refused(author):
    code = make_sign_in_code(author=author, challenge=challenge_of(VERIFIER))
    SignInCode.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert refusal(exchange_code, code=code, verifier=VERIFIER) == "bad_code"


def test_a_sign_in_link_works_once(author):
    secret = make_sign_in_link(user=author.user)
    assert use_sign_in_link(secret) == author.user
    assert refusal(use_sign_in_link, secret) == "bad_code"


def test_an_old_sign_in_link_is_refused(author):
    secret = make_sign_in_link(user=author.user)
    SignInLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert refusal(use_sign_in_link, secret) == "bad_code"


def signed_in(client, author):
    client.force_login(author.user)
    assert sees_account(client)
    return client


def sees_account(client) -> bool:
    return client.get("/home/account/").status_code == 200


def test_t35_signing_out_everywhere_ends_every_sign_in_but_this_browsers(author):
    here, elsewhere = signed_in(Client(), author), signed_in(Client(), author)
    secret = issue_token(author, TokenKind.EMBED)
    ours = {"Origin": "http://testserver"}
    assert here.post("/home/account/sign-out/", headers=ours).status_code == 302
    assert sees_account(here)
    assert not sees_account(elsewhere)
    assert refusal(author_of, request_with(f"Bearer {secret}")) == "bad_token"
    assert sees_account(signed_in(elsewhere, Author.objects.get(id=author.id)))


def test_t35_a_code_or_link_that_waits_does_not_sign_in_again(author):
    code = make_sign_in_code(author=author, challenge=challenge_of(VERIFIER))
    link = make_sign_in_link(user=author.user)
    sign_out_everywhere(user=author.user)
    assert refusal(exchange_code, code=code, verifier=VERIFIER) == "bad_code"
    assert refusal(use_sign_in_link, link) == "bad_code"


def test_t35_nobody_elses_sign_in_ends(author):
    other = sign_up(email="ben@example.org", name="Ben").author
    client, secret = signed_in(Client(), other), issue_token(other, TokenKind.EMBED)
    sign_out_everywhere(user=author.user)
    assert sees_account(client)
    assert author_of(request_with(f"Bearer {secret}")) == other
