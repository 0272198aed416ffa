"""T23: nobody makes Django work by making addresses or tokens up."""

import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.edge.recorder import KEPT, Recorded, Reply
from tests.edge.standing import SECRET

pytestmark = pytest.mark.server

THREAD = "0123456789abcdefghij"
PAGE = "/embed/magazine/thread?i=a-page"


def floor(secret: str, *, thread: str = THREAD, seq: int = 99, expires: int | None = None) -> str:
    """A token as Django makes it (voxpop/edge/floor.py), with any secret."""
    expires = int(time.time()) + 30 if expires is None else expires
    text = f"{thread}.{seq}.{expires}"
    key = hmac.new(secret.encode(), b"floor", hashlib.sha256).hexdigest()
    return f"{text}.{hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]}"


@pytest.fixture
def kept(recorded: Recorded) -> Recorded:
    """The page is kept, older than the tokens say."""
    headers = [*KEPT, ("Surrogate-Key", f"t:{THREAD} s:m"), ("Voxpop-Seq", "5")]
    recorded.recorder.reply = lambda _: Reply(headers)
    recorded.get(PAGE)
    return recorded


def test_made_up_parameters_are_one_page(kept: Recorded) -> None:
    chance = Random(23)
    for _ in range(200):
        junk = "&".join(f"{chance.choice('abcxyz')}{n}={chance.random()}" for n in range(3))
        assert kept.get(f"{PAGE}&{junk}").is_hit
    assert len(kept.recorder.requests) == 1


def test_made_up_tokens_are_ignored_and_a_true_one_is_heeded(kept: Recorded) -> None:
    chance = Random(23)
    true = floor(SECRET)
    now = int(time.time())
    forged = [
        floor("not-the-secret-that-the-node-knows-of-us"),
        floor(SECRET, expires=now - 1),
        floor(SECRET, expires=now + 3600),
        floor(SECRET, thread="jihgfedcba9876543210"),
        floor(SECRET, seq=5),
        true[:-1],
        true + "0",
        true.replace(".99.", ".999."),
        true.upper(),
        ".".join(true.split(".")[:3]) + ".",
        "x" * 4000,
    ]
    forged += [f"{true[:-32]}{chance.getrandbits(128):032x}" for _ in range(200)]
    for token in forged:
        assert kept.get(PAGE, Voxpop_Floor=token).is_hit, token
        assert kept.get(f"{PAGE}&floor={token}").is_hit, token
    assert len(kept.recorder.requests) == 1
    assert not kept.get(PAGE, Voxpop_Floor=true).is_hit
    assert len(kept.recorder.requests) == 2


@pytest.mark.alone
def test_one_network_makes_up_no_more_addresses_than_its_share(kept: Recorded) -> None:
    """Much too many, sent ahead on a few connections: as fast as the node takes them."""
    theirs = "2001:db8:23:1::"
    chance = Random(23)

    def send(_: int) -> int:
        heads = [
            f"GET /embed/magazine/thread?i={number} HTTP/1.1\r\nHost: localhost\r\n"
            f"Voxpop-Network: {theirs}\r\n"
            for number in (chance.getrandbits(64) for _ in range(500))
        ]
        raw = "\r\n".join(heads) + "Connection: close\r\n\r\n"
        return kept.say(raw.encode(), patience=60).count(b"HTTP/1.1 429 ")

    began = time.monotonic()
    with ThreadPoolExecutor(4) as at_once:
        refused = sum(at_once.map(send, range(4)))
    fetched = len(kept.recorder.requests) - 1  # without the page that is kept
    assert fetched + refused == 2000
    # 600 at once, and 60 more each second: a machine that took half a minute would reach them all.
    assert refused
    assert fetched <= 601 + 60 * (time.monotonic() - began)
    # No purger speaks to this node: it believes nothing for longer than ten seconds.
    kept.get(PAGE)
    assert kept.get(PAGE, Voxpop_Network=theirs).is_hit
    for headers in ({}, {"Voxpop_Network": "2001:db8:23:2::"}):
        assert kept.get(f"/embed/magazine/thread?i={chance.random()}", **headers).status == 200


def test_an_unknown_thread_is_asked_for_once_in_ten_seconds(recorded: Recorded) -> None:
    recorded.recorder.reply = lambda _: Reply([("Surrogate-Control", "max-age=10")], status=404)
    for _ in range(50):
        assert recorded.get(f"/api/v1/threads/{THREAD}").status == 404
    assert len(recorded.recorder.requests) == 1


def test_a_place_in_the_log_has_one_spelling(recorded: Recorded) -> None:
    """Each place that is held costs the node two threads."""
    tail = f"/api/v1/threads/{THREAD}/events"
    for query in ("after=5&hold=1", "hold=1&after=5", "after=05&hold=1", "after=0005&hold=1&x=1"):
        recorded.get(f"{tail}?{query}")
    assert recorded.recorder.paths() == [f"{tail}?after=5&hold=1"]


def test_one_slip_does_not_end_coalescing(recorded: Recorded) -> None:
    """An answer that may not be kept is no two minutes of "ask each time" for its address."""
    slip = [("Surrogate-Control", "max-age=3600"), ("Set-Cookie", "a=1")]
    recorded.recorder.reply = lambda _: Reply(slip)
    recorded.get(PAGE)
    recorded.recorder.reply = lambda _: Reply()
    ends = time.monotonic() + 10
    while not recorded.get(PAGE).is_hit:
        assert time.monotonic() < ends, "still asked for each time"
        time.sleep(0.05)
