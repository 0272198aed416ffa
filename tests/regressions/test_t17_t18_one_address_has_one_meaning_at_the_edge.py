"""T17, T18: an address has one meaning at the edge, and only what the routes name is ever kept."""

import itertools
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.edge.recorder import KEPT, Recorded, Reply

pytestmark = pytest.mark.server

NEEDED = ["i=a-page", "sort=newest", "lang=de"]
UNKNOWN = st.lists(
    st.tuples(
        st.text("abcdefghijklmnopqrstuvwxyz_.-0123456789", min_size=1, max_size=8).filter(
            lambda name: name not in {"i", "u", "sort", "lang"}
        ),
        st.text("abcXYZ019._~-%+/:", max_size=6).map(lambda value: value.replace("%", "%41")),
    ).map("=".join),
    max_size=6,
)


@given(padding=UNKNOWN, seed=st.integers(0, 9))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_permuted_or_padded_query_is_the_same_page(
    recorded: Recorded, padding: list[str], seed: int
) -> None:
    query = [*NEEDED, *padding]
    Random(seed).shuffle(query)
    recorded.get("/embed/magazine/thread?i=a-page&lang=de&sort=newest")
    answer = recorded.get("/embed/magazine/thread?" + "&".join(query))

    assert answer.is_hit, query
    assert recorded.recorder.paths() == ["/embed/magazine/thread?i=a-page&lang=de&sort=newest"]


@pytest.mark.parametrize(
    "query",
    [
        "i=a&i=b",
        "i=a&x=1&i=b",
        "i=a;sort=newest",
        "i=a;i=b",
        "u=https://a.test/;i=b",
        "sort=newest&i=a&sort=best",
        "i=a%0d%0aX: y&i=b",
        "i=a\\b",
    ],
)
def test_a_cloaked_query_is_refused(recorded: Recorded, query: str) -> None:
    answer = recorded.get(f"/embed/magazine/thread?{query.replace(' ', '')}")
    assert answer.status == 400
    assert recorded.recorder.paths() == []


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /embed/magazine/thread?i=a HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 4\r\n\r\ni=b\n",
        b"GET /embed/magazine/thread?i=a HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\ni=b\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
def test_a_get_with_a_body_is_refused(recorded: Recorded, raw: bytes) -> None:
    assert recorded.say(raw, patience=1).startswith(b"HTTP/1.1 400")
    assert recorded.recorder.paths() == []


# Where somebody hopes for "looks like a file, so it is kept" or "looks like ours, but is not".
DECEPTIONS = [
    f"{private}{suffix}"
    for private in ("/home", "/home/", "/api/v1/me/threads/abc", "/accounts/email", "/t/abc/write")
    for suffix in (
        "x.css", "/x.css", "/a.js", ".js", "%2fa.js", ";a.js", "/..%2fstatic/a", "/../static/a.js",
        "/../../embed.js", "%00.js", "%0a.js", "%23.js", "%3f.js", "/.", "//embed.js", "\\embed.js",
        "/%2e%2e/%2e%2e/embed.js", "?x=/embed.js", "?.css", "%252fa.js", "/embed.js",
        "/static/a.js",
    )
]  # fmt: skip
DECEPTIONS += [
    "//embed.js", "/embed.js/", "/embed.js/x", "/embed.js;x", "/embed.js%3fx", "/static/..%2fhome/",
    "/static/../home/", "/static/%2e%2e/home/", "/embed/magazine/thread/",
    "/embed/magazine//thread", "/embed/../home/", "/t/abc", "/t/abc/write.js",
    "/embed/ma%67azine/thread", "/EMBED.JS",
    "/avatar/x.svg/y", "/avatar/x.svg.js", "/api/v1/threads/abc/events/", "/api/v1/threads/a/b/c",
]  # fmt: skip


def test_nothing_private_is_kept_whatever_its_address_looks_like(recorded: Recorded) -> None:
    """Not even when Django itself would say that everything may be kept."""
    number = itertools.count()
    recorded.recorder.reply = lambda _: Reply(list(KEPT), b"answer %d" % next(number))
    kept = []
    for path in DECEPTIONS:
        first, second = (recorded.get(path, Cookie="session=1") for _ in range(2))
        # The node's own refusals are the same each time.
        is_same = second.body == first.body and second.body.startswith(b"answer")
        if is_same or first.is_stored or second.is_stored:
            kept.append(path)
    assert kept == []


@pytest.mark.parametrize(
    "path",
    ["//embed.js", "/static/..%2fhome/", "/static/../home/", "/home%2fa.js", "/home;a.js",
     "/home/..%2fstatic/a", "/home%00.js", "/home%252fa.js", "/home\\embed.js"],
)  # fmt: skip
def test_a_path_with_two_readings_is_refused_here(recorded: Recorded, path: str) -> None:
    assert recorded.get(path).status == 400
    assert recorded.recorder.paths() == []


@pytest.mark.parametrize(
    "target",
    [b"http://localhost/embed.js", b"http://evil.test/embed.js", b"https://localhost/embed.js",
     b"embed.js", b"*", b"?x", b"evil.test:443"],
)  # fmt: skip
def test_an_absolute_or_odd_target_poisons_nothing(recorded: Recorded, target: bytes) -> None:
    recorded.recorder.reply = lambda request: Reply(list(KEPT), b"of " + request.path.encode())
    recorded.say(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target, 1)
    assert recorded.get("/embed.js").body == b"of /embed.js"
    assert set(recorded.recorder.paths()) == {"/embed.js"}
