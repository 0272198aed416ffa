"""SAFETY T14: nothing a stranger writes into an address of ours sends a reader to his page."""

import ada_url
import pytest
from django.conf import settings
from django.test import Client

from tests.corpora import read
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
    # Whose host is it: what stands before an @, behind a backslash, after a # or a ?.
    "https://testserver:80@evil.example/",
    "https://testserver%40evil.example/",
    "https://testserver\\@evil.example/",
    "https://evil.example\\@testserver/",
    "https://evil.example#@testserver/",
    "https://evil.example?@testserver/",
    # What browsers leave out: tabs and line ends, spaces around, slashes after a scheme.
    "ht\ttps://evil.example/",
    "https:\n//evil.example/",
    "\t//evil.example",
    " //evil.example",
    "/\r\n/evil.example",
    "/\t\\evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "https:////evil.example",
    "java\tscript:alert(1)",
    # Almost ours.
    "https://testserver./",
    "https://testserver:444/",
    "https://testserver.example/",
    "https://evil-testserver/",
    "https://t\u0435stserver/",
    "https://testserver\u3002evil.example/",
    "https://evil\uff0eexample/",
    "https://xn--tstserver-h9a/",
    "https://2130706433/",
    "https://[::1]/",
    "blob:https://testserver/x",
    "https://[evil.example/",
]
# Of these no guess is made: they may lead where they like, as long as that is ours.
OURS_IF_ANYTHING = [
    "%2F%2Fevil.example",
    "/%2Fevil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
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


@pytest.mark.broad
def test_whatever_is_typed_a_browser_stays_here():
    """Read as browsers read it: all that their own tests have for the parser of addresses."""
    user = sign_up(email="ann@example.org", name="Ann", password="a long password")
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    hosts = set()
    for there in [*ELSEWHERE, *OURS_IF_ANYTHING, *(each["input"] for each in read("urls.json"))]:
        answer = client.get("/accounts/login/", {"next": there})
        assert answer.status_code == 302, there
        led_to = browser_reads(answer["Location"])
        hosts.add((led_to.protocol, led_to.host) if led_to else None)
    assert hosts - {None} == {("http:", "testserver")}


def browser_reads(address: str) -> ada_url.URL | None:
    """Where it leads; nowhere where no browser can read it, as "//"."""
    try:
        return ada_url.URL(address, base="http://testserver/accounts/login/")
    except ValueError:
        return None


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
