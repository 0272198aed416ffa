from types import SimpleNamespace

import pytest

from voxpop.server.application import held_tail

THREAD = "abcdefghjkmnpqrstvwx"
EVENTS = f"/api/v1/threads/{THREAD}/events"


def asked(query, path=EVENTS, method="GET"):
    return held_tail(SimpleNamespace(method=method, path=path, query_string=query))


@pytest.mark.parametrize("query", ["after=5&hold=1", "hold=1&after=5", "after=5&hold=1&utm=x"])
def test_a_question_for_news_may_be_held(query):
    assert asked(query) == (THREAD, 5)


@pytest.mark.parametrize(
    "query",
    [
        "after=5",
        "after=5&hold=0",
        "after=5&hold=10",
        "after=5&withhold=1",
        "hold=1",
        "after=&hold=1",
        "after=-1&hold=1",
        "after=5&after=6&hold=1",
        "after=5&hold=1&hold=1",
        "after=²&hold=1",
        f"after={'9' * 19}&hold=1",
    ],
)
def test_everything_else_is_answered_by_django(query):
    assert asked(query) is None


def test_only_reading_a_threads_events_is_held():
    query = "after=5&hold=1"
    assert asked(query, path="/api/v1/threads/x/events") is None
    assert asked(query, path=f"{EVENTS}/more") is None
    assert asked(query, path=f"/static{EVENTS}") is None
    assert asked(query, method="HEAD") is None
