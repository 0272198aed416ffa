"""Addresses that refuse and people who complain: nothing more goes there, and he is told."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.test import Client

from voxpop.notices import sending
from voxpop.notices.links import secret_of
from voxpop.notices.models import Letter, Refusal
from voxpop.notices.refusals import is_refused, refuse
from voxpop.notices.sending import send_letters
from voxpop.notices.tests.test_sending import answer, cast, running, server
from voxpop.notices.web import hooks
from voxpop.settings.mail import PROVIDERS, mail_settings

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["cast", "running", "server"]  # fixtures
SETTINGS = "/home/settings/notices/"


@pytest.fixture
def ann(cast, settings) -> Client:
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def address(cast) -> str:
    return cast.ann.author.user.email


@pytest.mark.broad
def test_after_a_refusal_for_good_nothing_more_goes_there_until_its_owner_says_so(
    cast, server, ann
):
    server.refusals = {address(cast): "550 5.1.1 nobody here"}
    answer(cast)
    send_letters()
    server.refusals = {}
    answer(cast, "More.", parent=cast.comment("Ann's.", author=cast.ann.author))
    assert send_letters() == 0
    assert server.mails == []
    assert not Letter.objects.filter(due__isnull=False).exists()
    assert "was refused (550)" in ann.get(SETTINGS).content.decode()
    ann.post(SETTINGS, {"take_again": "1"})
    assert "was refused" not in ann.get(SETTINGS).content.decode()
    answer(cast, "Again.", parent=cast.comment("Ann's too.", author=cast.ann.author))
    assert send_letters() == 1


def test_what_a_server_thinks_of_us_says_nothing_of_the_address(cast, server):
    server.refusals = {address(cast): "550 5.7.1 your network is blocked"}
    answer(cast)
    send_letters()
    assert not is_refused(address(cast))


def test_a_busy_mailbox_is_not_a_refusal(cast, server):
    server.refusals = {address(cast): "452 4.2.2 full"}
    answer(cast)
    send_letters()
    assert not is_refused(address(cast))


def test_the_address_itself_is_not_kept(cast):
    refuse("Ann@Example.org ", "550")
    (row,) = Refusal.objects.values()
    assert is_refused("ann@example.org")
    assert "ann" not in json.dumps(row, default=str).lower()


def test_behind_the_link_in_a_mail_he_may_want_it_again(cast):
    refuse(address(cast), "complained")
    path = f"/home/mail/{secret_of(cast.ann.author)}/"
    Client().post(path, {"stop": "1"})
    assert is_refused(address(cast))
    Client().post(path, {"reply": "once"})
    assert not is_refused(address(cast))


# -- providers -----------------------------------------------------------------------------


@pytest.fixture
def postmark(settings):
    from urllib.parse import urlsplit

    settings.MAIL_WEBHOOK_SECRET = "voxpop:agreed"
    made = mail_settings(urlsplit("postmark://TOKEN@"), "voxpop:agreed")
    for name, value in made.items():
        setattr(settings, name, value)
    hooks._view_of.cache_clear()
    return settings


def report(secret: str | None = "voxpop:agreed", **event):
    told = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "Email": "ann@reader.test",
            "BouncedAt": "2026-11-05T16:33:54Z", **event}  # fmt: skip
    headers = {}
    if secret:
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    client = Client(enforce_csrf_checks=True, headers=headers)
    return client.post("/hooks/mail/", json.dumps(told), content_type="application/json")


def test_a_bounce_and_a_complaint_that_the_provider_reports_end_mail(postmark):
    assert report().status_code == 200
    assert Refusal.objects.get().why == "bounced"
    assert is_refused("ann@reader.test")
    report(RecordType="SpamComplaint", Type="SpamComplaint", Email="bob@reader.test")
    assert is_refused("bob@reader.test")
    assert Refusal.objects.get(why="complained")


TRANSIENT, DELIVERED = {"Type": "Transient"}, {"RecordType": "Delivery"}
OPENED = {"RecordType": "Open"}


@pytest.mark.parametrize("event", [TRANSIENT, DELIVERED, OPENED])
def test_what_is_no_bounce_ends_nothing(postmark, event):
    report(**event)
    assert not Refusal.objects.exists()


@pytest.mark.parametrize("secret", [None, "voxpop:guessed", "x"])
def test_nobody_else_ends_somebodys_mail(postmark, secret):
    assert report(secret).status_code == 400
    assert not Refusal.objects.exists()


def test_where_no_secret_was_agreed_there_is_no_such_address(postmark):
    postmark.MAIL_WEBHOOK_SECRET = ""
    assert report().status_code == 404
    assert not Refusal.objects.exists()


def test_without_a_provider_there_is_no_such_address(settings):
    settings.MAIL_WEBHOOK_SECRET = "voxpop:agreed"
    assert report().status_code == 404


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_has_its_backend_and_its_reports(provider, settings):
    from urllib.parse import urlsplit

    from django.core.mail import get_connection

    made = mail_settings(urlsplit(f"{provider}://KEY:SECRET@mail.example"), "a:b")
    for name, value in made.items():
        setattr(settings, name, value)
    assert get_connection()
    hooks._view_of.cache_clear()
    assert hooks._view_of(provider)


class Provider:
    """A provider's interface: what it was given, and what it answers."""

    def __init__(self) -> None:
        self.taken: list[dict] = []
        self.answer: tuple[int, dict] = (200, {})
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                provider.taken.append(json.loads(body))
                status, answer = provider.answer
                told = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def provider(cast, postmark, monkeypatch):
    found = Provider()
    address = f"http://127.0.0.1:{found.server.server_address[1]}/"
    postmark.ANYMAIL = {**postmark.ANYMAIL, "POSTMARK_API_URL": address}
    monkeypatch.setattr(sending, "_server", SimpleNamespace(
        lets_through=lambda: True, went_well=lambda: None, failed=lambda: False))  # fmt: skip
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_mail_goes_by_a_provider_with_all_its_headers(cast, provider):
    told = {"ErrorCode": 0, "Message": "OK", "MessageID": "x", "To": address(cast)}
    provider.answer = (200, told | {"SubmittedAt": "2026-11-05T16:33:54Z"})
    answer(cast)
    assert send_letters() == 1
    (mail,) = provider.taken
    headers = {each["Name"]: each["Value"] for each in mail["Headers"]}
    assert mail["To"] == address(cast)
    assert {"Message-ID", "References", "List-Unsubscribe-Post"} <= headers.keys()
    assert mail["TrackOpens"] is False


def test_a_provider_that_is_down_gets_it_later(cast, provider):
    provider.answer = (503, {})
    answer(cast)
    assert send_letters() == 0
    assert Letter.objects.get().due is not None
    assert not Refusal.objects.exists()


def test_an_address_that_a_provider_refuses_is_refused(cast, provider):
    words = "You tried to send to recipient(s) that have been marked as inactive."
    provider.answer = (422, {"ErrorCode": 406, "Message": f"{words} Found inactive addresses: "
                             f"{address(cast)}. Inactive recipients are ones that"})  # fmt: skip
    answer(cast)
    assert send_letters() == 0
    assert is_refused(address(cast))
    assert Letter.objects.get().due is None
