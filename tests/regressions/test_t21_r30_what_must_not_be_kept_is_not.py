"""T21, R30: what Django should never say on a shared address is not kept when it says it; errors
are kept for a second, unknown things for ten, whatever is allowed."""

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.recorder import KEPT, Recorded, Reply

pytestmark = pytest.mark.server

PAGE = "/embed/magazine/thread?i=a-page"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Set-Cookie", "session=1"),
        ("Cache-Control", "private"),
        ("Cache-Control", "PRIVATE, max-age=60"),
        ("Cache-Control", "no-store"),
        ("Cache-Control", 'private="Set-Cookie"'),
        ("Surrogate-Control", "no-store, max-age=3600"),
        ("Surrogate-Control", "private, max-age=3600"),
        ("Vary", "*"),
        ("Vary", "Cookie"),
        ("Vary", " Cookie "),
        ("Vary", "Accept-Encoding, Cookie"),
        ("Vary", "Accept-Language"),
        ("Vary", "Accept-Encoding,*"),
        ("Vary", "Authorization"),
    ],
)
def test_a_slip_of_djangos_is_kept_for_nobody(recorded: Recorded, name: str, value: str) -> None:
    number = iter(range(100))

    def reply(_: object) -> Reply:
        kept = [(known, text) for known, text in KEPT if known != name or name == "Vary"]
        return Reply([*kept, (name, value)], f"page {next(number)}".encode())

    if name == "Surrogate-Control":
        value = value.replace("3600", "3600, stale-if-error=86400")
    recorded.recorder.reply = reply
    bodies = {recorded.get(PAGE).body for _ in range(4)}
    assert len(bodies) == 4, "one reader was given another's"


def test_without_a_word_nothing_is_kept(recorded: Recorded) -> None:
    recorded.recorder.reply = lambda _: Reply([("Cache-Control", "public, max-age=3600")])
    assert not any(recorded.get(PAGE).is_hit for _ in range(3))


@pytest.mark.parametrize("status", [400, 403, 405, 409, 423, 429, 404, 410])
def test_a_refusal_is_kept_for_a_moment(recorded: Recorded, status: int) -> None:
    """Django says an hour; a second later (unknown things: ten) it is asked again."""
    recorded.recorder.reply = lambda _: Reply(status=status)
    assert recorded.get(PAGE).status == status
    age = float(recorded.get(PAGE).headers["Cache-Status"].rpartition("ttl=")[2])
    assert age <= (10 if status in {404, 410} else 1)
    if status in {404, 410}:
        return
    recorded.recorder.reply = lambda _: Reply()
    wait_until(lambda: recorded.get(PAGE).status == 200, "the refusal's end", 10)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_is_told_in_our_words_and_not_kept(recorded: Recorded, status: int) -> None:
    recorded.recorder.reply = lambda _: Reply(status=status, body=b"Traceback: secret")
    answer = recorded.get(PAGE)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert b"Traceback" not in answer.body
    assert not answer.is_stored
    recorded.recorder.reply = lambda _: Reply()
    wait_until(lambda: recorded.get(PAGE).status == 200, "the failure's end", 10)
