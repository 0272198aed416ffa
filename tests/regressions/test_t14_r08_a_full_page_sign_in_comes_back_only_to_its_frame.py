"""SAFETY T14, R08: signing in on a full page leads back to registered sites only. What comes back
with it is no page's to read, nobody's to use without the frame's verifier, and of no challenge that
somebody else chose."""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from voxpop.accounts.actions import challenge_of
from voxpop.accounts.models import SignInCode
from voxpop.accounts.tokens import find_token
from voxpop.forums.models import Site
from voxpop.pages import full_page
from voxpop.threads.tests.cast import ORIGIN, PAGE, Cast

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver"}
VERIFIER = "v" * 43
PATH = "/accounts/page/"


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def way(cast: Cast, **changes: str) -> dict[str, str]:
    told = {
        "challenge": challenge_of(VERIFIER),
        "forum": cast.forum.shortname,
        "url": PAGE,
        "at": "write",
        "way": "login",
    }
    return {**told, **changes}


def browser(cast: Cast) -> Client:
    """Of somebody who is signed in on our own origin."""
    client = Client()
    user = cast.owner.author.user
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def way_back(client: Client) -> str:
    """Where the page leads, by itself and by its button."""
    page = client.get(PATH).content.decode()
    (there,) = set(re.findall(r'content="0; url=([^"]+)"|id="back" href="([^"]+)"', page)[0]) - {""}
    assert f'id="back" href="{there}"' in page
    return there


def fetch(verifier: str = VERIFIER):
    body = json.dumps({"verifier": verifier})
    return Client().post("/api/v1/tokens", body, content_type="application/json", headers=OURS)


def test_out_of_the_frame_in_and_back(cast):
    client = browser(cast)
    out = client.post(PATH, way(cast), headers=OURS)
    assert (out.status_code, out["Location"]) == (302, PATH)
    assert way_back(client) == f"{PAGE}#voxpop-write"
    made = fetch()
    assert made.status_code == 201
    assert find_token(made.json()["token"]).author == cast.owner.author


def test_what_it_comes_back_with_is_there_once_and_for_five_minutes(cast):
    client = browser(cast)
    client.post(PATH, way(cast), headers=OURS)
    client.get(PATH)
    assert fetch("w" * 43).status_code == 401
    assert fetch().status_code == 201
    assert fetch().status_code == 401
    client.post(PATH, way(cast), headers=OURS)
    client.get(PATH)
    SignInCode.objects.update(expires=timezone.now())
    assert fetch().status_code == 401


def test_nothing_secret_is_in_the_address(cast):
    """The publisher's page reads its own address."""
    client = browser(cast)
    client.post(PATH, way(cast), headers=OURS)
    assert way_back(client).removeprefix(PAGE) == "#voxpop-write"


@pytest.mark.parametrize("origin", ["https://evil.example", ORIGIN, "null", None])
def test_a_challenge_that_no_frame_of_ours_made_is_not_taken(cast, origin):
    """Else a page would send its reader here with a challenge of its own, and then be him."""
    client = browser(cast)
    headers = {} if origin is None else {"Origin": origin}
    assert client.post(PATH, way(cast), headers=headers).status_code == 403
    assert client.get(PATH).status_code == 400
    # From another site the session (SameSite=Lax) does not come along with a POST.
    without = Client()
    assert without.post(PATH, way(cast), headers=headers).status_code == 403
    assert full_page.COOKIE not in without.cookies
    assert not SignInCode.objects.exists()


def test_a_way_that_another_browser_began_is_not_gone_on_with(cast):
    """Somebody's own frame begins it; his victim is sent to its end."""
    attacker, victim = Client(), browser(cast)
    attacker.post(PATH, way(cast), headers=OURS)
    assert victim.get(PATH).status_code == 400
    victim.cookies[full_page.COOKIE] = json.dumps(way(cast))  # as he would write it himself
    assert victim.get(PATH).status_code == 400
    assert not SignInCode.objects.exists()


def test_a_code_of_the_popup_is_not_fetched_without_it(cast):
    path = f"/accounts/connect/?challenge={challenge_of(VERIFIER)}"
    assert browser(cast).get(path).status_code == 200
    assert SignInCode.objects.count() == 1
    assert fetch().status_code == 401


@pytest.mark.broad
@pytest.mark.parametrize(
    "url",
    [
        *("https://evil.example/", "//evil.example/", "javascript:alert(1)", "data:text/html,x"),
        *(
            f"{ORIGIN}.evil.example/",
            f"{ORIGIN}@evil.example/",
        ),
        *("https://evil.example\t/", "https://evil.example#https://news.example/", "/", ""),
        "https://ｅvil.example/",
    ],
)
def test_it_leads_back_to_registered_sites_only(cast, url):
    client = browser(cast)
    answer = client.post(PATH, way(cast, url=url), headers=OURS)
    assert answer.status_code in {400, 403}
    assert client.get(PATH).status_code == 400


def test_an_address_is_written_as_browsers_read_it(cast):
    """The backslash begins a path; whoever reads it otherwise would find a host after it."""
    client = browser(cast)
    client.post(PATH, way(cast, url=f"{ORIGIN}\\@evil.example/"), headers=OURS)
    assert way_back(client) == f"{ORIGIN}/@evil.example/#voxpop-write"


def test_a_site_that_was_removed_meanwhile_is_not_led_back_to(cast):
    client = browser(cast)
    client.post(PATH, way(cast), headers=OURS)
    Site.objects.all().delete()
    assert client.get(PATH).status_code == 403
    assert not SignInCode.objects.exists()


@pytest.mark.parametrize("at", ["", "a b", "x" * 61, "write\n", "<b>", "a&b=c"])
def test_only_a_place_is_added_to_the_address(cast, at):
    assert browser(cast).post(PATH, way(cast, at=at), headers=OURS).status_code == 400


def test_who_is_not_signed_in_is_led_to_the_door_and_back(cast):
    client = Client()
    client.post(PATH, way(cast), headers=OURS)
    assert client.get(PATH)["Location"] == "/accounts/login/?next=%2Faccounts%2Fpage%2F"
    client.post(PATH, way(cast, way="signup"), headers=OURS)
    assert client.get(PATH)["Location"] == "/accounts/signup/?next=%2Faccounts%2Fpage%2F"
