"""Where somebody is signed in: noted once a day, ended one by one, told in plain words."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from voxpop.accounts.actions import (
    challenge_of,
    exchange_code,
    forget_expired,
    make_sign_in_code,
    sign_out_everywhere,
    sign_up,
)
from voxpop.accounts.browsers import browsers_of, end_browser, end_token_of, tokens_of
from voxpop.accounts.devices import device_of
from voxpop.accounts.models import AccessToken, Author, Browser, TokenKind
from voxpop.accounts.sign_ins import Where, begin_sign_in
from voxpop.accounts.tokens import find_token, issue_token
from voxpop.limits.paused import pause_writes, resume_writes

pytestmark = pytest.mark.django_db
PAGE = "/home/signed-in/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def author() -> Author:
    return sign_up(email="ann@example.org", name="Ann").author


def signed_in(author: Author, agent: str = FIREFOX) -> Client:
    client = Client(headers={"Origin": "http://testserver", "User-Agent": agent})
    client.force_login(author.user)
    assert client.get(PAGE).status_code == 200
    return client


def is_in(client: Client) -> bool:
    return client.get("/home/comments/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/139.0 Safari/537.36 Edg/139.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/139.0 Mobile Safari/537", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/18 Safari/605", "Safari on Mac"),
        ("curl/8.5.0", ""),
        ("<script>alert(1)</script>" * 9, ""),
    ],
)
def test_a_browser_is_told_in_plain_words_and_no_more_of_it_is_kept(agent, told):
    assert device_of(agent) == told


@pytest.mark.broad
def test_a_browser_is_noted_once_and_seen_by_the_day(author):
    client = signed_in(author)
    assert is_in(client)
    row = Browser.objects.get()
    assert (row.user, row.device, row.seen) == (author.user, "Firefox on Linux", row.began)
    Browser.objects.update(seen=row.seen - timedelta(days=3), began=row.began - timedelta(days=3))
    session = client.session
    session["noted"] = f"{session.session_key} {row.seen - timedelta(days=3)}"
    session.save()
    assert is_in(client)
    again = Browser.objects.get()
    assert (again.seen, again.began) == (row.seen, row.began - timedelta(days=3))


def test_ending_one_browser_ends_that_one(author):
    here, there = signed_in(author), signed_in(author)
    other = Browser.objects.get(session_key=there.session.session_key)
    page = here.get(PAGE).content.decode()
    assert page.count('name="browser"') == 1
    here.post(PAGE, {"browser": other.public_id})
    assert is_in(here)
    assert not is_in(there)
    assert [each.session_key for each in browsers_of(author.user)] == [here.session.session_key]


def test_the_browser_that_asks_is_not_ended_by_it(author):
    here = signed_in(author)
    here.post(PAGE, {"browser": Browser.objects.get().public_id})
    assert is_in(here)


def test_ending_a_frame_ends_that_one_and_its_renewal(author):
    here = signed_in(author)
    first = begin_sign_in(author, Where("magazine", "Chrome on Android"))
    second = begin_sign_in(author)
    token = AccessToken.objects.get(shortname="magazine")
    page = here.get(PAGE).content.decode()
    assert "Chrome on Android" in page
    assert end_token_of(author, token.pk)
    assert not end_token_of(author, token.pk)
    assert find_token(first.token) is None
    assert find_token(second.token)


def test_nobody_ends_what_is_anothers(author):
    other = sign_up(email="ben@example.org", name="Ben").author
    client, made = signed_in(other), begin_sign_in(other)
    assert not end_browser(author.user, Browser.objects.get().id)
    assert not end_token_of(author, tokens_of(other)[0].pk)
    assert is_in(client)
    assert find_token(made.token)


def test_a_guests_token_is_nowhere_in_the_list(author):
    issue_token(author, TokenKind.GUEST)
    issue_token(author, TokenKind.SCRIPT)
    assert [each.kind for each in tokens_of(author)] == [TokenKind.SCRIPT]


def test_signing_out_everywhere_else_leaves_one_browser_in_the_list(author):
    here = signed_in(author)
    signed_in(author)
    here.post("/home/account/sign-out/")
    assert is_in(here)
    assert [each.session_key for each in browsers_of(author.user)] == [here.session.session_key]


def test_what_is_over_is_in_no_list_and_forgotten(author):
    client = signed_in(author)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert browsers_of(author.user) == []
    forget_expired()
    assert not Browser.objects.exists()
    assert not Session.objects.exists()
    assert not is_in(client)


def test_a_page_is_shown_while_writes_are_paused_and_nothing_is_noted(author, settings, tmp_path):
    settings.DATA = tmp_path
    pause_writes()
    client = signed_in(author)
    assert not Browser.objects.exists()
    resume_writes()
    assert is_in(client)
    assert Browser.objects.exists()


def test_a_frame_says_where_it_is(author):
    code = make_sign_in_code(author=author, challenge=challenge_of("v" * 43))
    exchange_code(code=code, verifier="v" * 43, where=Where("magazine", "Safari on iPad"))
    token = tokens_of(author)[0]
    assert (token.shortname, token.device) == ("magazine", "Safari on iPad")
    sign_out_everywhere(user=author.user)
    assert tokens_of(author) == []


def test_over_http_a_frame_says_its_forum_and_nothing_that_is_none(author, settings):
    settings.LIMITS = False
    for forum, status in (("magazine", 201), ("<b>", 400), ("x" * 41, 400)):
        code = make_sign_in_code(author=author, challenge=challenge_of("v" * 43))
        body = {"code": code, "verifier": "v" * 43, "forum": forum}
        headers = {"User-Agent": FIREFOX}
        answer = Client().post(
            "/api/v1/tokens", body, content_type="application/json", headers=headers
        )
        assert answer.status_code == status
    token = tokens_of(author)[0]
    assert (token.shortname, token.device) == ("magazine", "Firefox on Linux")
