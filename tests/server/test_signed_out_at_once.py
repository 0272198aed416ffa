"""Signing out holds in every process within a second: frames, renewals and browsers, one or all."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.server.running import Running
from voxpop.stack.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.alone]

ANN = """
from django.conf import settings
from django.test import Client
from voxpop.accounts.actions import sign_up
from voxpop.accounts.sign_ins import begin_sign_in
user = sign_up(email="ann@reader.test", name="Ann Reader")
for _ in range(2):
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    print(client.cookies[settings.SESSION_COOKIE_NAME].value)
    print(begin_sign_in(user.author).token)
"""


@pytest.fixture
def other(server: Running) -> Iterator[Running]:
    """Another process on the same data, as one of another machine would be."""
    server.start()
    other = Running(server.data, free_port(), server.environment, options=("--no-worker",))
    try:
        other.start()
        yield other
    finally:
        other.stop()


def press(server: Running, session: str, page: str, path: str, **fields: str) -> int:
    """Press a button of a page of ours."""
    shown = server.ask("GET", page, Cookie=f"session={session}")
    found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', shown.body)
    cookie = re.search(r"csrf=(\w+)", str(shown.headers))
    assert found is not None
    assert cookie is not None
    body = "&".join(
        [f"csrfmiddlewaretoken={found[1].decode()}", *[f"{k}={v}" for k, v in fields.items()]]
    )
    headers = {
        "Cookie": f"session={session}; csrf={cookie[1]}",
        "Origin": f"http://127.0.0.1:{server.port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return server.ask_raw("POST", path, body.encode(), headers).status


def acts(server: Running, token: str) -> bool:
    answer = server.ask("GET", "/api/v1/me/threads/none", Authorization=f"Bearer {token}")
    return answer.status == 200


def is_in(server: Running, session: str) -> bool:
    return server.ask("GET", "/home/comments/", Cookie=f"session={session}").status == 200


def test_what_is_ended_in_one_process_ends_in_the_other(server: Running, other: Running) -> None:
    here, token, there, second = server.run_python(ANN).split()
    assert all(is_in(each, session) for each in (server, other) for session in (here, there))
    assert all(acts(each, secret) for each in (server, other) for secret in (token, second))

    page = server.ask("GET", "/home/signed-in/", Cookie=f"session={here}").body.decode()
    (browser,) = re.findall(r'name="browser" value="(\w+)"', page)
    frames = re.findall(r'name="token" value="(\w+)"', page)
    for name, value in (("browser", browser), ("token", frames[-1])):
        assert press(server, here, "/home/signed-in/", "/home/signed-in/", **{name: value}) == 302
    began = time.monotonic()
    assert not is_in(other, there)
    assert not acts(other, token)
    assert acts(other, second)
    assert time.monotonic() - began < 1

    path = "/home/account/sign-out/"
    assert press(server, here, "/home/signed-in/", path) == 302
    began = time.monotonic()
    assert not acts(other, second)
    assert not is_in(other, here)  # its session has another key now
    assert time.monotonic() - began < 1
