import asyncio
import io
import threading
import time
from types import SimpleNamespace

import pytest

from voxpop.server import bridge
from voxpop.server.bridge import Bridge, environ_of


class Headers(list):
    def items(self):
        return iter(self)


def scope(**given):
    facts = {
        "method": "GET",
        "path": "/a",
        "query_string": "",
        "client": "192.0.2.7:4711",
        "server": "127.0.0.1:8000",
        "http_version": "1.1",
        "scheme": "http",
        "authority": None,
        "headers": Headers(),
    }
    return SimpleNamespace(**facts | given)


def run(application, story):
    """Run `story(bridge)` in a loop with a started bridge in front of `application`."""

    async def all_of_it():
        ours = Bridge(application)
        ours.start(asyncio.get_running_loop())
        try:
            return await story(ours)
        finally:
            ours.stop()

    return asyncio.run(all_of_it())


def echo(environ, start_response):
    start_response("201 Created", [("X-Path", environ["PATH_INFO"])])
    return [environ["wsgi.input"].read(), b"!"]


def test_a_request_reaches_django_and_its_answer_comes_back():
    answer = run(echo, lambda ours: ours.answer(environ_of(scope(), io.BytesIO(b"hello"))))
    assert (answer.status, answer.headers, answer.body) == (201, [("X-Path", "/a")], b"hello!")


def test_a_path_arrives_as_wsgi_wants_it():
    assert environ_of(scope(path="/é"))["PATH_INFO"].encode("latin-1").decode() == "/é"


def test_a_header_with_an_underscore_cannot_pretend_to_be_one_with_a_hyphen():
    environ = environ_of(scope(headers=Headers([("x_forwarded_for", "1.1.1.1"), ("x-a", "b")])))
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert environ["HTTP_X_A"] == "b"


def test_headers_given_twice_are_joined_and_cookies_as_cookies():
    fields = [
        ("x-forwarded-for", "1"),
        ("x-forwarded-for", "2"),
        ("cookie", "a=1"),
        ("cookie", "b"),
    ]
    environ = environ_of(scope(headers=Headers(fields)))
    assert environ["HTTP_X_FORWARDED_FOR"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b"


def test_the_authority_of_http2_is_the_host():
    environ = environ_of(scope(authority="a.test", headers=Headers([("host", "b.test")])))
    assert environ["HTTP_HOST"] == "a.test"


def test_an_ipv6_client_is_known_by_its_address_alone():
    assert environ_of(scope(client="[2001:db8::1]:99"))["REMOTE_ADDR"] == "2001:db8::1"


def test_two_requests_run_at_once_and_no_more():
    busy = threading.Semaphore(0)
    running = []

    def slow(environ, start_response):
        running.append(1)
        busy.acquire(timeout=5)
        start_response("200 OK", [])
        return [b""]

    async def story(ours):
        asked = [asyncio.ensure_future(ours.answer(environ_of(scope()))) for _ in range(5)]
        deadline = time.monotonic() + 5
        while len(running) < bridge.THREADS and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        at_once = len(running)
        busy.release(5)
        await asyncio.gather(*asked)
        return at_once

    assert run(slow, story) == bridge.THREADS


def test_who_reads_does_not_wait_behind_those_who_write():
    lock = threading.Event()

    def one_writer(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            lock.wait(20)
        return echo(environ, start_response)

    async def story(ours):
        write = scope(method="POST", path="/api/v1/guests")
        writes = [asyncio.ensure_future(ours.answer(environ_of(write))) for _ in range(5)]
        await asyncio.sleep(0)
        read = await ours.answer(environ_of(scope(path="/api/v1/threads")))
        were_waiting = not any(each.done() for each in writes)
        lock.set()
        await asyncio.gather(*writes)
        return read, were_waiting

    answer, were_waiting = run(one_writer, story)
    assert answer.status == 201
    assert were_waiting


def test_beyond_the_longest_queue_a_request_is_sent_away_at_once(monkeypatch):
    monkeypatch.setattr(bridge, "WAITING_AT_MOST", 0)
    answer = run(echo, lambda ours: ours.answer(environ_of(scope())))
    assert answer.status == 503
    assert ("Retry-After", "1") in answer.headers


def test_an_error_of_the_application_reaches_the_caller_and_the_threads_live_on():
    def breaks(environ, start_response):
        if environ["PATH_INFO"] == "/breaks":
            raise OSError("no")
        return echo(environ, start_response)

    async def story(ours):
        for _ in range(bridge.THREADS + 1):
            with pytest.raises(OSError):
                await ours.answer(environ_of(scope(path="/breaks")))
        return await ours.answer(environ_of(scope()))

    assert run(breaks, story).status == 201


def test_a_stream_is_written_aside_and_closed_in_djangos_thread():
    closed_in = []

    class Stream:
        streaming = True

        def __iter__(self):
            return iter([b"a" * 10, b"b" * 10])

        def close(self):
            closed_in.append(threading.current_thread().name)

    def download(environ, start_response):
        start_response("200 OK", [])
        return Stream()

    answer = run(download, lambda ours: ours.answer(environ_of(scope())))
    with answer.body as body:
        assert body.read() == b"a" * 10 + b"b" * 10
    assert closed_in[0].startswith("django-")


def test_a_provider_that_hangs_keeps_nobody_waiting_who_reads_or_writes():
    """Everybody on his way through a provider waits for it; a page is answered meanwhile."""
    released = threading.Event()

    def application(environ, start_response):
        if environ["PATH_INFO"].startswith("/accounts/with/"):
            assert released.wait(20)
        return echo(environ, start_response)

    async def story(ours):
        abroad = [
            asyncio.ensure_future(ours.answer(environ_of(scope(path="/accounts/with/x/back/"))))
            for _ in range(5)
        ]
        try:
            for path, method in (("/home/", "GET"), ("/api/v1/preview", "POST")):
                asked = environ_of(scope(path=path, method=method))
                answer = await asyncio.wait_for(ours.answer(asked), 10)
                assert answer.status == 201
            assert not any(each.done() for each in abroad)
        finally:
            released.set()
        return [(await each).status for each in abroad]

    assert run(application, story) == [201] * 5
