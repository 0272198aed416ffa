"""A site user's picture: fetched guarded, off the request, made anew; drawn where there is none."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from voxpop import outbound
from voxpop.accounts.models import Author, AuthorKind
from voxpop.events.worker import drain_outbox
from voxpop.outbound import Fetched, Unreachable
from voxpop.profiles import site_pictures
from voxpop.profiles.models import Avatar
from voxpop.profiles.site_pictures import MOST_TRIES, fetch_site_pictures
from voxpop.sso.actions import PICTURE_KEPT, sign_in
from voxpop.sso.models import SsoIdentity
from voxpop.sso.tests.site import signing_cast
from voxpop.threads.tests.cast import Person

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
ADDRESS = "https://magazine.test/ada.png"
PROFILE = "https://magazine.test/people/ada?a=1&b=2"


def png(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 60), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def cast(settings):
    settings.LIMITS = False
    cast, cast.site = signing_cast()
    return cast


@pytest.fixture
def served(monkeypatch) -> dict:
    """What the site answers, and what it was asked."""
    served = {"body": png(), "status": 200, "asked": []}

    def fetch(url, question):
        served["asked"].append(url)
        if served["status"] is None:
            raise Unreachable("Away.")
        return Fetched(url, served["status"], served["body"])

    monkeypatch.setattr(site_pictures, "fetch", fetch)
    return served


def ada(cast, **claims) -> Author:
    told = {"picture": ADDRESS, "profile": PROFILE, **claims}
    sign_in(forum=cast.forum, token=cast.site.token(**told))
    return Author.objects.get(kind=AuthorKind.SSO)


def again() -> None:
    """Whatever waits is due."""
    SsoIdentity.objects.exclude(picture_due=None).update(picture_due=timezone.now())
    fetch_site_pictures()


def test_it_is_fetched_off_the_request_and_shown_beside_comments(cast, served):
    author = ada(cast)
    posted = Person(*sign_in(forum=cast.forum, token=cast.site.token(picture=ADDRESS)))
    comment = posted.post(cast.forum, "From the site.").json()["id"]
    assert served["asked"] == []
    fetch_site_pictures()
    fetch_site_pictures()
    assert served["asked"] == [ADDRESS]
    author.refresh_from_db()
    drain_outbox()
    shape = Client().get(f"/api/v1/comments/{comment}").json()
    assert shape["author"]["avatar"] == f"/avatar/{author.avatar}-96.webp"
    answer = Client().get(shape["author"]["avatar"])
    assert Image.open(io.BytesIO(answer.content)).size == (96, 96)


def test_his_name_leads_to_his_profile_on_the_site_and_nothing_else_is_let_through(cast, served):
    told = cast.site.token(profile=PROFILE)
    comment = Person(*sign_in(forum=cast.forum, token=told)).post(cast.forum, "Here.").json()
    link = '<a href="https://magazine.test/people/ada?a=1&amp;b=2" target="_blank"'
    assert f'{link} rel="nofollow ugc noopener">Ada Site</a>' in comment["fragment"]
    assert comment["author"]["site_profile"] == PROFILE
    for address in ("javascript:alert(1)", 'https://x.test/"><script>', ""):
        ada(cast, profile=address)
        drain_outbox()
        shown = Client().get(f"/api/v1/threads/{comment['thread']}/comments").content.decode()
        assert "javascript:" not in shown
        assert "<script" not in shown
    assert "site_profile" not in shown


def test_what_is_no_picture_or_not_there_is_drawn(cast, served):
    for body, status in ((b"<svg/>", 200), (b"no", 200), (png(), 404)):
        served["body"], served["status"] = png(), 200
        author = ada(cast, picture=f"{ADDRESS}?ok={status}{len(body)}")
        again()
        assert Avatar.objects.exists()
        served["body"], served["status"] = body, status
        ada(cast, picture=f"{ADDRESS}?bad={status}{len(body)}")
        again()
        author.refresh_from_db()
        assert author.avatar == ""
        assert not Avatar.objects.exists()


def test_a_site_that_is_away_is_asked_again_and_not_for_ever(cast, served):
    author = ada(cast)
    fetch_site_pictures()
    worn = Author.objects.get(id=author.id).avatar
    served["status"] = None
    ada(cast, picture=f"{ADDRESS}?new")
    for _ in range(MOST_TRIES + 2):
        again()
    assert len(served["asked"]) == 1 + MOST_TRIES
    assert Author.objects.get(id=author.id).avatar == worn


def test_the_same_picture_a_day_later_changes_nothing_and_another_does(cast, served):
    author = ada(cast)
    fetch_site_pictures()
    first = Author.objects.get(id=author.id).avatar
    for colour, is_same in (("red", True), ("blue", False)):
        SsoIdentity.objects.update(picture_taken=timezone.now() - PICTURE_KEPT - timedelta(hours=1))
        served["body"] = png(colour)
        ada(cast)
        fetch_site_pictures()
        assert (Author.objects.get(id=author.id).avatar == first) is is_same
    assert len(served["asked"]) == 3
    ada(cast)
    fetch_site_pictures()
    assert len(served["asked"]) == 3


def test_a_site_that_tells_none_any_more_takes_it_away(cast, served):
    ada(cast)
    fetch_site_pictures()
    author = ada(cast, picture=None)
    fetch_site_pictures()
    author.refresh_from_db()
    assert author.avatar == ""


def test_r07_an_inner_address_is_not_dialled(cast, monkeypatch):
    def dialled(*_: object) -> None:
        raise AssertionError("dialled")

    monkeypatch.setattr(outbound.socket, "create_connection", dialled)
    for address in ("http://127.0.0.1/a.png", "http://169.254.169.254/", "http://[::1]/a.png"):
        ada(cast, picture=address)
        again()
    assert not Avatar.objects.exists()
