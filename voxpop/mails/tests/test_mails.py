"""Mail beside the request and the worker: a server that hangs keeps nobody waiting, nothing is
lost, and no code lies longer than it holds."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.mail_server import Taken, hanging_mail_server, running_mail_server
from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.breaker import Breaker
from voxpop.mails import sending
from voxpop.mails.models import Mail
from voxpop.mails.posting import LIFETIME, mail_is_late, post_mail
from voxpop.mails.sending import LEASE, send_mails

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

SMTP = "django.core.mail.backends.smtp.EmailBackend"
LATE = "does not answer at the moment"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Taken, int]]:
    with running_mail_server() as found:
        yield found


@pytest.fixture
def server(running, settings, monkeypatch) -> Taken:
    taken, port = running
    taken.clear()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        SMTP,
        "127.0.0.1",
        port,
    )
    settings.EMAIL_TIMEOUT = 10
    monkeypatch.setattr(sending, "_server", Breaker(pause=0))
    return taken


@pytest.fixture
def hanging(server, settings) -> Iterator[None]:
    """Takes connections and says nothing, for ever."""
    with hanging_mail_server() as port:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = port, 0.2
        yield


def mail_to(address: str = "ann@reader.test", **more: Any) -> EmailMessage:
    return EmailMessage(subject="Hello", body="A secret word.", to=[address], **more)


def wait_over(seconds: float = 0) -> None:
    Mail.objects.update(due=timezone.now(), created=timezone.now() - timedelta(seconds=seconds))


def test_what_a_console_or_a_folder_takes_goes_at_once(mailoutbox) -> None:
    post_mail(mail_to())
    assert [mail.to for mail in mailoutbox] == [["ann@reader.test"]]
    assert not Mail.objects.exists()


def test_a_mail_goes_as_it_was_given_and_leaves_nothing(server) -> None:
    mail = EmailMultiAlternatives("Hällo", "Text.", "Us <us@here.test>", ["ann@reader.test"],
                                  headers={"Auto-Submitted": "auto-generated"})  # fmt: skip
    mail.attach_alternative("<p>Text.</p>", "text/html")
    post_mail(mail)
    assert server.mails == []
    assert send_mails() == 1
    (taken,) = server.mails
    assert (taken["Subject"], taken["From"], taken["To"]) == (
        "Hällo", "Us <us@here.test>", "ann@reader.test"
    )  # fmt: skip
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["Message-ID"].endswith("@localhost>")
    assert taken.get_body(("html",)).get_content().strip() == "<p>Text.</p>"
    assert not Mail.objects.exists()


def test_a_server_that_hangs_gets_the_same_mail_when_it_answers(
    server, hanging, settings, running
) -> None:
    post_mail(mail_to())
    for _ in range(3):
        assert send_mails() == 0
        wait_over()
    settings.EMAIL_PORT = running[1]
    assert send_mails() == 1
    assert send_mails() == 0
    assert len(server.mails) == 1


def test_a_server_that_hangs_is_left_alone_for_a_while(hanging, monkeypatch) -> None:
    monkeypatch.setattr(sending, "_server", Breaker(pause=600))
    post_mail(mail_to())
    send_mails()
    started = time.monotonic()
    send_mails()
    assert time.monotonic() - started < 0.2


def test_nothing_readable_lies_in_the_database(server) -> None:
    post_mail(mail_to())
    sealed = bytes(Mail.objects.get().sealed)
    assert b"secret" not in sealed
    assert b"reader.test" not in sealed


def test_f14_no_mail_waits_for_a_clock_that_was_set_back(server) -> None:
    post_mail(mail_to())
    Mail.objects.update(due=timezone.now() + LEASE)
    assert send_mails() == 0
    Mail.objects.update(due=timezone.now() + timedelta(hours=3))
    assert send_mails() == 1


def test_what_no_longer_holds_is_dropped_and_what_holds_shortest_goes_first(server) -> None:
    post_mail(mail_to("slow@reader.test"))
    post_mail(mail_to("code@reader.test"), timedelta(minutes=3))
    post_mail(mail_to("late@reader.test"), timedelta())
    send_mails()
    assert [mail["To"] for mail in server.mails] == ["code@reader.test", "slow@reader.test"]
    assert not Mail.objects.exists()


def test_an_address_that_is_refused_keeps_no_other_waiting(server, caplog) -> None:
    server.refusals = {"gone@reader.test": "550 nobody here", "busy@reader.test": "450 later"}
    for address in ("gone@reader.test", "busy@reader.test", "ann@reader.test"):
        post_mail(mail_to(address))
    assert send_mails() == 1
    assert [mail["To"] for mail in server.mails] == ["ann@reader.test"]
    wait_over(60)
    assert Mail.objects.get().is_held_off  # the busy one
    assert not mail_is_late()  # that says nothing of our server
    assert "secret" not in caplog.text
    server.refusals = {}
    assert send_mails() == 1


def test_of_two_senders_one_sends_and_a_killed_ones_mail_is_due_again(server) -> None:
    post_mail(mail_to())
    first, second = Mail.objects.get(), Mail.objects.get()
    assert (first.claim(LEASE), second.claim(LEASE)) == (True, False)
    assert send_mails() == 0
    wait_over()
    assert send_mails() == 1


def test_a_mail_sealed_with_another_key_is_let_go(server, settings) -> None:
    post_mail(mail_to())
    settings.SECRET_KEY = "another key, of at least thirty-two characters"
    assert send_mails() == 0
    assert not Mail.objects.exists()


# -- signing in ----------------------------------------------------------------------------

KNOWN, UNKNOWN = "known@reader.test", "nobody@reader.test"


@pytest.fixture
def doors(settings, monkeypatch) -> None:
    reverse("account_login")  # the addresses are those of the settings that all tests have
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_RATE_LIMITS = settings.LIMITS = False
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    sign_up(email=KNOWN, name="Known", password="a rather long password")


def ask_for_code(address: str) -> Any:
    return Client().post("/accounts/login/code/", {"email": address}, follow=True)


def ask_to_reset(address: str) -> Any:
    return Client().post("/accounts/password/reset/", {"email": address}, follow=True)


def register(address: str) -> Any:
    form = {"email": address, "password1": "a rather long password", "name": f"New {address}"}
    return Client().post("/accounts/signup/", form, follow=True)


@pytest.mark.parametrize("ask", [ask_for_code, ask_to_reset, register])
@pytest.mark.parametrize("address", [KNOWN, UNKNOWN])
def test_a_code_waits_beside_the_request_as_long_as_it_holds(
    ask, address, doors, server, hanging
) -> None:
    answer = ask(address)
    assert answer.status_code == 200
    assert "We sent a code" in answer.content.decode()
    mail = Mail.objects.get()
    holds = timedelta(minutes=15)
    assert holds - timedelta(minutes=1) < mail.until - timezone.now() <= holds
    assert holds < LIFETIME


def test_the_page_says_that_the_mail_server_does_not_answer(doors, server, hanging) -> None:
    assert LATE not in ask_for_code(KNOWN).content.decode()  # nobody knows yet
    send_mails()
    wait_over(10)
    for address in (KNOWN, UNKNOWN):
        assert LATE in ask_for_code(address).content.decode()


def test_the_code_arrives_when_the_server_answers_again(
    doors, server, hanging, settings, running
) -> None:
    browser = Client(headers={"Origin": "http://testserver"})
    browser.post("/accounts/login/code/", {"email": KNOWN})
    send_mails()
    wait_over()
    settings.EMAIL_PORT = running[1]
    assert send_mails() == 1
    (mail,) = server.mails
    code = next(line for line in mail.get_content().splitlines() if line.isupper() and "-" in line)
    browser.post("/accounts/login/code/confirm/", {"code": code.strip()})
    assert browser.get("/home/account/").status_code == 200
