"""Pushes, taken by a push service of our own (RFC 8030) that opens them as the browser would."""

import base64
import json
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone
from py_vapid import Vapid02

from voxpop import ids, outbound
from voxpop.accounts.actions import sign_out_everywhere
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.notices import pushing
from voxpop.notices.devices import MOST_DEVICES, devices_of, lost_devices_of, turn_on_pushes
from voxpop.notices.models import Channel, Device, Kind, Letter
from voxpop.notices.pushing import public_key, send_pushes
from voxpop.notices.sending import forget_old_notices
from voxpop.notices.wishes import wish
from voxpop.people.actions import mute
from voxpop.threads.actions import remove_comment
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db(transaction=True)


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """What a browser keeps of its subscription, and how it opens what comes."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"sixteen bytes ok"
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {
            "endpoint": endpoint,
            "p256dh": text(point),
            "auth": text(self.secret),
        }

    def opened(self, body: bytes) -> dict[str, str]:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret))


class Service:
    """The push service: what it was sent, and what it answers instead of 201."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, int] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.taken.append((self.path, dict(self.headers), body))
                self.send_response(service.answers.get(self.path, 201))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def address(self, path: str = "/ann") -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"


@pytest.fixture
def service(settings):
    settings.FETCH_PRIVATE = True
    service = Service()
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


@pytest.fixture
def browser(cast, service) -> Browser:
    browser = Browser(service.address())
    turn_on_pushes(cast.ann.author, **browser.subscription)
    return browser


def answer(cast: Cast, source: str = "An answer.", **more) -> Comment:
    first = Comment.objects.filter(forum=cast.forum, parent=None).earliest("id")
    comment = cast.comment(source, **{"author": cast.bob.author, "parent": first, **more})
    drain_outbox()
    return comment


def wait_over() -> None:
    Letter.objects.filter(due__isnull=False).update(due=timezone.now())
    Device.objects.update(rests_until=None)


@pytest.mark.broad
def test_a_reply_is_pushed_once_and_only_the_browser_can_read_it(cast, service, browser):
    comment = answer(cast, "An *answer* at evil.example.")
    assert send_pushes() == 1
    assert send_pushes() == 0
    ((path, headers, body),) = service.taken
    assert path == "/ann"
    assert b"answer" not in body
    told = browser.opened(body)
    assert told["title"] == f"{cast.bob.author.name} replied to you"
    assert told["body"].startswith("Story\nAn answer at ")
    assert "evil.example" not in told["body"]
    assert told["path"] == f"/c/{comment.public_id}"
    assert (headers["Content-Encoding"], headers["TTL"]) == ("aes128gcm", "86400")
    assert 0 < len(headers["Topic"]) <= 32
    assert Vapid02.verify(headers["Authorization"])
    assert headers["Authorization"].endswith(f",k={public_key()}")


@pytest.mark.broad
def test_what_came_together_is_one_push(cast, service, browser):
    for person in (cast.bob, cast.owner, cast.bob):
        answer(cast, author=person.author)
    assert send_pushes() == 1
    told = browser.opened(service.taken[0][2])
    assert told["title"] == f"{cast.bob.author.name} and 1 other replied to you"


def removed(cast, comment):
    remove_comment(comment, Status.DELETED)


def muted(cast, comment):
    mute(author=cast.ann.author, person=cast.bob.author)


def unwanted(cast, comment):
    wish(cast.ann.author, Kind.REPLY, push=False)


def signed_out(cast, comment):
    sign_out_everywhere(user=cast.ann.author.user)


@pytest.mark.parametrize("meanwhile", [removed, muted, unwanted, signed_out])
def test_what_happened_since_is_heeded_when_it_goes(cast, service, browser, meanwhile):
    comment = answer(cast)
    assert Letter.objects.filter(channel=Channel.PUSH, due__isnull=False).exists()
    meanwhile(cast, comment)
    assert send_pushes() == 0
    assert service.taken == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_asked_no_more(cast, service, browser, status):
    service.answers["/ann"] = status
    answer(cast)
    assert send_pushes() == 0
    assert devices_of(cast.ann.author) == []
    (lost,) = lost_devices_of(cast.ann.author)
    assert (lost.p256dh, lost.auth) == ("", "")
    send_pushes()
    assert not Letter.objects.filter(channel=Channel.PUSH, due__isnull=False).exists()
    assert len(service.taken) == 1


@pytest.mark.broad
@pytest.mark.parametrize("status", [302, 403, 429, 503])
def test_a_service_that_refuses_for_now_is_asked_again_later(cast, service, browser, status):
    service.answers["/ann"] = status
    answer(cast)
    assert send_pushes() == 0
    wait = Letter.objects.get(channel=Channel.PUSH).due - timezone.now()
    assert timedelta(seconds=15) < wait < timedelta(minutes=1)
    assert Device.objects.get().rests_until > timezone.now()
    service.answers.clear()
    wait_over()
    assert send_pushes() == 1
    assert Device.objects.get().failing is None


LOST = "takes no pushes from us any more"


def at_settings(person: Person) -> tuple[Client, str]:
    """His browser, and what it shows."""
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(person.author.user)
    return client, client.get("/home/settings/notices/").content.decode()


@pytest.fixture
def lost(cast, service, browser) -> Device:
    service.answers["/ann"] = 410
    answer(cast)
    send_pushes()
    return Device.objects.get()


def test_who_has_lost_a_browser_is_told_until_he_has_seen_it(cast, lost):
    ann, page = at_settings(cast.ann)
    assert LOST in page
    assert "Turn them on again in it" in page
    assert f"/devices/{ids.public(lost.id)}/" in page
    assert LOST not in at_settings(cast.bob)[1]
    ann.post(f"/home/settings/notices/devices/{ids.public(lost.id)}/", {"seen": "1"})
    page = ann.get("/home/settings/notices/").content.decode()
    assert LOST not in page
    assert "Pushes are off" not in page


@pytest.mark.parametrize("path", ["/ann", "/ann-anew"])
def test_or_until_he_turns_them_on_again(cast, service, lost, path):
    """The browser may give the old address or a new one."""
    service.answers.clear()
    turn_on_pushes(cast.ann.author, **Browser(service.address(path)).subscription)
    assert LOST not in at_settings(cast.ann)[1]
    assert len(devices_of(cast.ann.author)) == Device.objects.count() == 1
    answer(cast, "Another.")
    assert send_pushes() == 1


def test_another_makers_browser_does_not_end_the_telling(cast, lost):
    turn_on_pushes(cast.ann.author, **Browser("https://updates.push.apple.com/x").subscription)
    assert LOST in at_settings(cast.ann)[1]


def test_nobody_is_told_for_ever(cast, lost):
    Device.objects.update(gone=timezone.now() - timedelta(days=400))
    forget_old_notices()
    assert not Device.objects.exists()


def test_a_device_that_fails_for_a_week_is_given_up_and_he_is_told(cast, service, browser):
    service.answers["/ann"] = 503
    answer(cast)
    send_pushes()
    Device.objects.update(failing=timezone.now() - timedelta(days=8))
    wait_over()
    send_pushes()
    assert devices_of(cast.ann.author) == []
    assert LOST in at_settings(cast.ann)[1]


@pytest.mark.broad
def test_a_service_that_hangs_keeps_no_other_waiting(cast, service, browser, monkeypatch):
    monkeypatch.setattr(pushing, "PATIENCE", 0.5)
    bobs = Browser(service.address("/bob"))
    turn_on_pushes(cast.bob.author, **bobs.subscription)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        address = f"http://127.0.0.1:{hanging.getsockname()[1]}/x"
        Device.objects.filter(author=cast.ann.author).update(endpoint=address)
        answer(cast)
        answer(cast, author=cast.ann.author,
               parent=cast.comment("Bob's.", author=cast.bob.author))  # fmt: skip
        begun = time.monotonic()
        assert send_pushes() == 1
        assert time.monotonic() - begun < 3
        assert bobs.opened(service.taken[0][2])["title"].startswith(cast.ann.author.name)
        begun = time.monotonic()
        Letter.objects.filter(due__isnull=False).update(due=timezone.now())
        send_pushes()  # it is left alone now
        assert time.monotonic() - begun < 0.5


@pytest.mark.broad
@pytest.mark.parametrize(
    "address", ["https://127.0.0.1/x", "https://localhost/", "https://[::ffff:127.0.0.1]/"]
)
def test_t15_no_push_is_sent_into_our_own_network(cast, settings, service, monkeypatch, address):
    """An endpoint is an address that a stranger has typed; its port is one that is dialled."""
    settings.FETCH_PRIVATE = False
    dialled: list[object] = []

    def dial(where, *more):
        dialled.append(where)
        raise OSError

    monkeypatch.setattr(outbound.socket, "create_connection", dial)
    turn_on_pushes(cast.ann.author, **Browser(address).subscription)
    answer(cast)
    assert send_pushes() == 0
    assert dialled == []
    assert Device.objects.get().failing


@pytest.mark.parametrize(
    "wrong",
    [{"endpoint": "http://push.example/x"}, {"endpoint": "file:///etc/passwd"}, {"endpoint": ""},
     {"endpoint": "https://push.example/" + "x" * 1000}, {"p256dh": "AAAA"}, {"auth": "!"},
     {"p256dh": text(b"\x04" + b"\x01" * 64)}],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(cast, wrong):
    browser = Browser("https://push.example/x")
    with pytest.raises(Problem):
        turn_on_pushes(cast.ann.author, **{**browser.subscription, **wrong})


def test_a_browser_is_one_persons_and_a_person_has_so_many(cast):
    for number in range(MOST_DEVICES + 2):
        turn_on_pushes(cast.ann.author, **Browser(f"https://push.example/{number}").subscription)
    assert len(devices_of(cast.ann.author)) == MOST_DEVICES
    turn_on_pushes(cast.bob.author, **Browser("https://push.example/11").subscription)
    assert len(devices_of(cast.ann.author)) == MOST_DEVICES - 1
    assert len(devices_of(cast.bob.author)) == 1


def test_pushes_are_turned_on_and_off_on_our_own_origin(cast, settings):
    ann, bob = (Client(headers={"Origin": "http://testserver"}) for _ in range(2))
    for client, person in ((ann, cast.ann), (bob, cast.bob)):
        backend = settings.AUTHENTICATION_BACKENDS[0]
        client.force_login(person.author.user, backend=backend)
    path = "/home/settings/notices/devices/"
    ann.post(path, Browser("https://updates.push.services.mozilla.com/x").subscription)
    page = ann.get("/home/settings/notices/").content.decode()
    assert "Firefox" in page
    assert f'data-key="{public_key()}"' in page
    number = ids.public(Device.objects.get().id)
    bob.post(f"{path}{number}/")
    assert Device.objects.exists()
    ann.post(f"{path}{number}/")
    assert not Device.objects.exists()
    script = Client().get("/home/push.js")
    assert script["Content-Type"].startswith("text/javascript")


def test_the_key_is_the_deployments_and_stays(settings):
    before = public_key()
    pushing._key.cache_clear()
    assert public_key() == before
    assert len(base64.urlsafe_b64decode(f"{before}=")) == 65
