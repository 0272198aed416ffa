"""SAFETY T14: nothing a stranger writes into an address of ours sends a reader to his page."""

import pytest
from django.conf import settings
from django.test import Client

from voxpop.accounts import views
from voxpop.accounts.actions import make_sign_in_link, sign_up
from voxpop.threads.models import Thread
from voxpop.threads.tests.cast import ORIGIN, Cast

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "/\t/evil.example",
    "\x01https://evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "https://evil.example。testserver",
    "javascript:alert(1)",
    "data:text/html,x",
]


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings):
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.mark.parametrize("there", ELSEWHERE)
def test_signing_in_leads_nowhere_else(there):
    sign_up(email="ann@example.org", name="Ann", password="a long password")
    form = {"login": "ann@example.org", "password": "a long password", "next": there}
    answer = Client().post("/accounts/login/", form)
    assert (answer.status_code, answer["Location"]) == (302, settings.LOGIN_REDIRECT_URL)


def test_signing_in_leads_back_to_where_one_was():
    sign_up(email="ann@example.org", name="Ann", password="a long password")
    form = {"login": "ann@example.org", "password": "a long password", "next": "/t/x/write?a=b"}
    assert Client().post("/accounts/login/", form)["Location"] == "/t/x/write?a=b"


@pytest.mark.parametrize("there", ELSEWHERE)
def test_a_sign_in_link_leads_home_whatever_is_added_to_it(there):
    user = sign_up(email="ann@example.org", name="Ann")
    client = Client()
    path = f"/accounts/link/{make_sign_in_link(user=user)}"
    answer = client.post(path, {"next": there}, query_params={"next": there})
    assert answer["Location"] == settings.LOGIN_REDIRECT_URL


def test_a_comment_s_link_leads_to_the_publisher_s_page():
    cast = Cast()
    comment = cast.comment()
    answer = Client().get(f"/c/{comment.public_id}")
    assert answer.status_code == 302
    assert answer["Location"] == f"{ORIGIN}/story#voxpop-{comment.public_id}"


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "javascript:alert(1)", "//evil.example", ""]
)
def test_a_page_that_is_no_longer_on_a_registered_site_is_not_led_to(there):
    """An imported thread, or one whose site was removed since."""
    cast = Cast()
    comment = cast.comment()
    Thread.objects.update(url=there)
    answer = Client().get(f"/c/{comment.public_id}")
    assert answer["Location"].startswith(f"/t/{comment.thread.public_id}/?")
    page = Client().get(f"/t/{comment.thread.public_id}/").content.decode()
    assert not there or there not in page


def test_a_removed_comment_s_link_leads_nowhere():
    cast = Cast()
    comment = cast.comment()
    cast.ann.send("DELETE", f"/comments/{comment.public_id}")
    assert Client().get(f"/c/{comment.public_id}").status_code == 404
    assert Client().get("/c/0000000000000").status_code == 404
    assert Client().get("/c/nonsense").status_code == 404
