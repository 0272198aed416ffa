"""A site's own users are told by mail: where the site's word for an address counts, and where he is
asked first (SAFETY T13: a token may name anybody's address)."""

import re

import pytest
from django.test import Client

from voxpop.forums.models import Membership
from voxpop.notices.models import Letter, Pace, Refusal
from voxpop.notices.refusals import refuse
from voxpop.notices.sending import send_letters
from voxpop.notices.tests.test_sending import answer, cast, parts, running, server
from voxpop.notices.wishes import Kind, wish
from voxpop.sso.actions import sign_in
from voxpop.sso.tests.site import SigningSite
from voxpop.threads.tests.cast import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]
__all__ = ["cast", "running", "server"]  # fixtures
ADA = {"email": "ada@site.test", "email_verified": True}


@pytest.fixture
def site(cast) -> SigningSite:
    return SigningSite(cast.forum)


@pytest.fixture
def known(settings) -> None:
    """The operator knows who has a forum here."""
    settings.FORUM_CREATION = "invitation"


@pytest.fixture
def anybody(settings) -> None:
    settings.FORUM_CREATION = "open"


def come(site: SigningSite, **claims) -> Person:
    return Person(*sign_in(forum=site.forum, token=site.token(**{**ADA, **claims})))


def is_answered(cast, person: Person, source: str = "An answer.") -> None:
    parent = cast.comment("From the site.", author=person.author)
    answer(cast, source, parent=parent)
    send_letters()


def test_whom_the_site_vouches_for_is_mailed_and_stops_it_with_one_click(known, cast, site, server):
    ada = come(site)
    is_answered(cast, ada, "Well said.")
    (mail,) = server.mails
    assert mail["To"] == "ada@site.test"
    assert "Well said." in parts(mail)[0]
    assert ada.send("GET", f"/me/threads/{cast.thread.public_id}").json()["mails"] is True
    link = mail["List-Unsubscribe"].strip(" <>").removeprefix("https://comments.test")
    assert Client().post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    is_answered(cast, ada)
    assert len(server.mails) == 1
    assert ada.send("GET", f"/me/threads/{cast.thread.public_id}").json()["mails"] is False
    assert ada.send("PUT", "/me/mail", {"replies": True}).json() == {
        "replies": True, "confirmed": True,
    }  # fmt: skip
    is_answered(cast, ada)
    assert len(server.mails) == 2


def test_who_is_called_by_name_hears_of_it_and_of_nothing_else(known, cast, site, server):
    ada = come(site)
    cast.comment("From the site.", author=ada.author)
    cast.comment("Ask @Ada Site about it.", author=cast.bob.author)
    answer(cast, "This is for Ann.")
    send_letters()
    told = {mail["To"]: mail for mail in server.mails}
    assert set(told) == {"ada@site.test", cast.ann.author.user.email}


@pytest.mark.parametrize("claims", [{"email_verified": None}, {"email_verified": False}])
def test_whom_the_site_does_not_vouch_for_gets_none(known, cast, site, server, claims):
    is_answered(cast, come(site, **claims))
    assert server.mails == []
    assert not Letter.objects.exists()


def test_where_anybody_has_a_forum_nobodys_word_is_enough(anybody, cast, site, server):
    is_answered(cast, come(site))
    assert server.mails == []
    assert not Letter.objects.exists()


def test_there_he_is_asked_first_with_no_word_of_anybodys_choosing(anybody, cast, site, server):
    ada = come(site, name="Buy pills")
    overlay = f"/me/threads/{cast.thread.public_id}"
    assert ada.send("GET", overlay).json()["mails"] is False
    assert ada.send("PUT", "/me/mail", {"replies": True}).json()["confirmed"] is False
    assert ada.send("GET", overlay).json()["mails"] is True
    is_answered(cast, ada, "Buy them here")
    (question,) = server.mails
    assert (question["To"], "uy" in parts(question)[0]) == ("ada@site.test", False)
    (link,) = re.findall(r"https://comments\.test(/home/mail/\S+/confirm/)", parts(question)[0])
    assert Client().post(link).status_code == 200
    is_answered(cast, ada, "Another one.")
    assert "Another one." in parts(server.mails[1])[0]


def test_another_address_has_said_nothing(anybody, cast, site, server):
    """Nor does what waits for the first one go to it, once that one is asked."""
    ada = come(site)
    ada.send("PUT", "/me/mail", {"replies": True})
    send_letters()
    (link,) = re.findall(
        r"https://comments\.test(/home/mail/\S+/confirm/)", parts(server.mails[0])[0]
    )
    Client().post(link)
    wish(ada.author, Kind.REPLY, mail=Pace.DAILY)
    is_answered(cast, ada, "For the evening.")
    assert Letter.objects.filter(due__isnull=False).count() == 1
    wish(ada.author, Kind.REPLY, mail=Pace.ONCE)
    Letter.objects.update(created="2026-01-01T00:00Z")  # so that he is asked again
    ada = come(site, email="victim@elsewhere.test")
    assert ada.send("PUT", "/me/mail", {"replies": True}).json()["confirmed"] is False
    Letter.objects.filter(due__isnull=False).update(due="2026-01-01T00:00Z")
    send_letters()
    (question,) = [mail for mail in server.mails if mail["To"] == "victim@elsewhere.test"]
    assert "For the evening." not in parts(question)[0]
    assert not Letter.objects.filter(due__isnull=False).exists()
    assert Client().post(link).status_code == 404


def test_a_moderator_whom_the_site_names_is_told_alike(known, cast, site, server):
    cast.forum.sso_moderates = True
    cast.forum.save()
    ada = come(site, roles=["moderator"])
    assert Membership.objects.filter(user=ada.author.user).exists()
    is_answered(cast, ada)
    assert [mail["To"] for mail in server.mails] == ["ada@site.test"]


def test_who_has_complained_gets_none_whoever_vouches(known, cast, site, server):
    refuse("Ada@site.test", "complained")
    is_answered(cast, come(site))
    assert (server.mails, Refusal.objects.count()) == ([], 1)
