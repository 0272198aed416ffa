"""F16: the mail server takes connections and says nothing. Who signs up or asks for a code is
answered at once and told so, whoever reads notices nothing, and the mail comes when it answers."""

import re
import socket
import time
from collections.abc import Callable
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.browser.harness.waiting import wait_until
from tests.mail_server import running_mail_server
from tests.server.running import Running

pytestmark = pytest.mark.server


class Browser:
    """Somebody's cookies, and the forms that he sends."""

    def __init__(self, server: Running) -> None:
        self._host = f"http://localhost:{server.port}"
        self._opener = build_opener(HTTPCookieProcessor())

    def get(self, path: str) -> str:
        return self._page(Request(f"{self._host}{path}"))

    def send(self, path: str, **typed: str) -> str:
        """The page to which a form leads."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path))
        assert found
        body = urlencode({**typed, "csrfmiddlewaretoken": found[1]}).encode()
        return self._page(Request(f"{self._host}{path}", body, {"Origin": self._host}))

    def _page(self, request: Request) -> str:
        """Raises HTTPError for one that is none."""
        with self._opener.open(request, timeout=40) as answer:
            return answer.read().decode()


def seconds(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


@pytest.mark.broad
def test_signing_up_and_reading_go_on_and_the_mail_comes(server: Running) -> None:
    ada, signing, reading = Browser(server), [], []

    def sign_up() -> None:
        typed = {"email": "new@reader.test", "name": "New", "password1": "a rather long word"}
        assert "We sent a code" in ada.send("/accounts/signup/", **typed)

    def ask_for_code() -> None:
        page = Browser(server).send("/accounts/login/code/", email="nobody@reader.test")
        assert "We sent a code" in page

    def read() -> None:
        assert server.ask("GET", "/api/v1/forums/magazine").status == 200

    def is_told() -> bool:
        return "mail server does not answer" in ada.get("/accounts/confirm-email/")

    with socket.create_server(("127.0.0.1", 0)) as hanging:
        address = hanging.getsockname()
        server.start(VOXPOP_EMAIL_URL=f"smtp://127.0.0.1:{address[1]}")
        signing.append(seconds(sign_up))
        hanging.settimeout(20)
        hung, _ = hanging.accept()  # the worker waits for a greeting from now on
        for _ in range(4):
            signing.append(seconds(ask_for_code))
            reading.append(seconds(read))
        # Of the form, its answer and the page after it; another's machine may be busy, and the
        # mail server keeps whoever waits for it ten seconds.
        assert min(signing) < 1.5, signing
        assert max(signing) < 6, signing
        assert min(reading) < 0.5, reading
        assert max(reading) < 5, reading
        wait_until(is_told, "the sentence", 30)
        hung.close()
    with running_mail_server(address[1]) as (taken, _):
        wait_until(lambda: len(taken.mails) == 5, "all mails", 60)
        lines = [line.strip() for mail in taken.mails for line in mail.get_content().splitlines()]
        assert [line for line in lines if re.fullmatch(r"[A-Z0-9]{3,}-[A-Z0-9]{3,}", line)], lines
        wait_until(lambda: not is_told(), "no sentence", 20)
