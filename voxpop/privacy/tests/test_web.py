"""Asking on our own pages: an account proves itself anew, a guest has a link."""

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as product
from django.core import mail
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone

from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import Author, User
from voxpop.events.worker import drain_outbox
from voxpop.privacy.asking import erase_those_who_are_due
from voxpop.privacy.links import link_for
from voxpop.privacy.models import Erasure, Takeout
from voxpop.privacy.takeouts import pack_waiting_takeouts
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast, Person
from voxpop.words import words

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
ORIGIN = {"Origin": "http://testserver"}
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA, settings.LEDGER = tmp_path, tmp_path / "ledger"


def signed_in(person: Person, *, proven: bool = True) -> Client:
    """In a browser; `proven`: by the form, and anew a moment ago."""
    user = person.author.user
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.filter(user=user).update(verified=True)
    client = Client(headers=ORIGIN)
    if proven:
        answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.content
        answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert answer.status_code == 302, answer.content
    else:
        client.force_login(user, backend=product.AUTHENTICATION_BACKENDS[0])
    return client


def test_being_erased_asks_for_a_proof_and_says_what_happens():
    cast = Cast()
    stolen = signed_in(cast.ann, proven=False)
    for answer in (stolen.get("/home/privacy/erase/"), stolen.post("/home/privacy/erase/")):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not Erasure.objects.exists()
    ann = signed_in(cast.ann)
    page = ann.get("/home/privacy/erase/").content.decode()
    for said in ("in 7 days", "signing in calls it off", "Backups", "votes"):
        assert said in page
    # Neither way is assumed.
    assert ann.post("/home/privacy/erase/").status_code == 400
    assert not Erasure.objects.exists()
    asked = ann.post("/home/privacy/erase/", {"texts": "take"})
    drain_outbox()
    (told,) = mail.outbox
    assert told.to == [cast.ann.author.user.email]
    assert "sign in" in told.body
    assert "You will be erased" in asked.content.decode()
    assert not Erasure.objects.get().keeps_text
    assert ann.get("/home/privacy/").status_code == 302  # signed out
    mail.outbox.clear()
    again = signed_in(cast.ann)
    assert "You asked to be erased" not in again.get("/home/privacy/").content.decode()
    assert not Erasure.objects.exists()


def test_asking_too_often_is_refused(settings: Any):
    settings.LIMITS = True
    ann = signed_in(Cast().ann)
    codes = [ann.post("/home/privacy/erase/", {"texts": ""}).status_code for _ in range(12)]
    assert codes[0] == 400
    assert codes[-1] == 429


def test_the_only_owner_is_told_why_not():
    owner = signed_in(Cast().owner)
    answer = owner.post("/home/privacy/erase/", {"texts": "keep"})
    assert answer.status_code == 403
    assert "only owner" in answer.content.decode()


def test_a_guest_takes_and_erases_by_his_frames_link():
    cast = Cast()
    guest = cast.guest("Gus")
    said = cast.comment("Gus was here.", author=guest.author)
    link = guest.send("POST", "/me/privacy").json()["url"]
    path = "/" + link.split("/", 3)[3]
    browser = Client(headers=ORIGIN)
    assert "Gus" in browser.get(path).content.decode()
    assert browser.post(path, {"act": "takeout"}).status_code == 302
    pack_waiting_takeouts()
    body = b"".join(browser.get(f"{path}file"))
    assert body[:2] == b"PK"
    answer = browser.get(f"{path}file")
    assert answer["Cache-Control"] == "private, no-store"
    # Read to its end: one that is closed by hand takes the test's connection with it.
    assert b"".join(answer) == body
    assert browser.post(path, {"act": "erase", "texts": "take"}).status_code == 302
    assert guest.send("GET", f"/me/comments/{said.public_id}").status_code == 401
    assert "Call it off" in browser.get(path).content.decode()
    assert browser.post(path, {"act": "stay"}).status_code == 302
    assert not Erasure.objects.exists()
    browser.post(path, {"act": "erase", "texts": "take"})
    Erasure.objects.update(due=timezone.now())
    erase_those_who_are_due()
    assert Comment.objects.get(id=said.id).source == ""
    assert browser.get(path).status_code == 404
    assert not Takeout.objects.exists()


def test_a_guests_page_speaks_the_language_of_the_comments():
    link = Cast().guest("Gus").send("POST", "/me/privacy").json()["url"]
    path = "/" + link.split("/", 3)[3]
    arabic = words("ar")
    browser = Client(headers=ORIGIN | {"Accept-Language": "fr"})
    page = browser.get(f"{path}?lang=ar").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert arabic["take_with_you"] in page
    refused = browser.post(path, {"act": "erase"})
    assert refused.status_code == 400
    assert arabic["choose_texts"] in refused.content.decode()
    missing = browser.get("/privacy/nobodys/")
    assert missing.status_code == 404
    assert arabic["nothing_here"] in missing.content.decode()
    assert Client().get(path)["Content-Language"] == "en"


def test_an_accounts_token_opens_no_link_only_the_page_behind_its_sign_in():
    answer = Cast().ann.send("POST", "/me/privacy").json()
    assert answer["url"].endswith("/home/privacy/")


def test_a_link_is_ones_own_and_good_for_a_day(monkeypatch: Any):
    cast = Cast()
    guest, user = cast.guest().author, cast.ann.author
    path = "/" + link_for(guest).split("/", 3)[3]
    browser = Client(headers=ORIGIN)
    assert browser.get(path).status_code == 200
    forged = path.replace(guest.public_id, cast.guest("Hal").author.public_id)
    assert browser.get(forged).status_code == 404
    # Even signed by us: an account is not erased by a link.
    signed = TimestampSigner(salt="voxpop.privacy", sep="~").sign(user.public_id)
    assert browser.get(f"/privacy/{signed}/").status_code == 404
    assert Client(headers={"Origin": "https://evil.test"}).post(path).status_code == 403
    tomorrow = timezone.now().timestamp() + 25 * 3600
    monkeypatch.setattr("time.time", lambda: tomorrow)
    assert browser.get(path).status_code == 404


def test_a_guests_mail_proves_him_and_the_answer_tells_nobody():
    one, other = Cast(), Cast("other")
    email = "gus@mail.test"
    guests = [become_guest(forum=cast.forum, name="Gus", email=email)[0] for cast in (one, other)]
    become_guest(forum=one.forum, name="Hal", email="hal@mail.test")
    User.objects.filter(id=one.ann.author.user_id).update(email="ann@mail.test")
    browser = Client(headers=ORIGIN)
    answers = [
        browser.post("/privacy/", {"email": typed}).content
        for typed in (f" {email.upper()}", "nobody@mail.test", "ann@mail.test")
    ]
    assert len(set(answers)) == 1
    drain_outbox()
    (sent,) = mail.outbox
    assert sent.to == [email]
    links = re.findall(r"https?://[^/]+(/privacy/\S+/)", sent.body)
    assert len(links) == 2
    named = {browser.get(link).context["author"].id for link in links}
    assert named == {guest.id for guest in guests}


def test_a_mail_asked_for_by_strangers_is_rare(settings: Any):
    settings.LIMITS = True
    become_guest(forum=Cast().forum, name="Gus", email="often@mail.test")
    browser = Client(headers=ORIGIN)
    codes = [browser.post("/privacy/", {"email": "often@mail.test"}).status_code for _ in range(4)]
    assert codes == [200, 200, 429, 429]
    drain_outbox()
    assert len(mail.outbox) == 2
    assert Author.objects.filter(email="often@mail.test").count() == 1
