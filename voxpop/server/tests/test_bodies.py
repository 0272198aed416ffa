import asyncio

import pytest

from voxpop.errors import Problem
from voxpop.server import bodies
from voxpop.server.bodies import Bodies


class Sent:
    """What a client sends, chunk by chunk."""

    def __init__(self, *chunks):
        self.chunks = chunks

    async def __aiter__(self):
        for chunk in self.chunks:
            await asyncio.sleep(0)
            yield chunk


class Silent:
    async def __aiter__(self):
        await asyncio.sleep(60)
        yield b""


UPLOAD = "/home/forums/mag/import/"


def read(*args):
    body, size = asyncio.run(Bodies().read(*args))
    with body:
        return body.read(), size


def refusal(*args):
    with pytest.raises(Problem) as caught:
        read(*args)
    return caught.value.code


def test_a_body_arrives_whole():
    assert read("/a", 4, Sent(b"ab", b"cd")) == (b"abcd", 4)


def test_a_body_that_says_it_is_far_too_large_is_refused_before_it_is_read():
    said = bodies.HEARD_OUT * bodies.AT_MOST + 1
    assert refusal("/a", said, Silent()) == "too_large"


def test_a_body_that_is_too_large_without_saying_so_is_refused():
    assert refusal("/a", None, Sent(*[b"x" * bodies.IN_MEMORY] * 5)) == "too_large"


def test_a_body_without_end_is_not_heard_out():
    class Endless:
        async def __aiter__(self):
            while True:
                yield b"x" * bodies.IN_MEMORY

    assert refusal("/a", None, Endless()) == "too_large"


def test_an_owner_may_send_an_export():
    chunks = [b"x" * bodies.IN_MEMORY] * 5
    assert read(UPLOAD, None, Sent(*chunks))[1] == 5 * bodies.IN_MEMORY


def test_only_so_many_exports_are_received_at_once():
    async def story():
        ours = Bodies()
        slow = [asyncio.ensure_future(ours.read(UPLOAD, None, Silent())) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem):
            await ours.read(UPLOAD, None, Sent(b"x"))
        for each in slow:
            each.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        body, size = await ours.read(UPLOAD, None, Sent(b"x"))
        body.close()
        return size

    assert asyncio.run(story()) == 1


def test_who_sends_too_slowly_is_refused(monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS", 0.01)
    assert refusal("/a", None, Silent()) == "bad_request"
