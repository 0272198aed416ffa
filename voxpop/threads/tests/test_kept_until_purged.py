"""How long shared answers about a thread may be kept, and how its readers are told to follow."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from voxpop.edge.policy import DAY, HOUR, LIVE_WITHIN_BEHIND_AN_EDGE, POLL_WITHIN
from voxpop.threads.models import Thread
from voxpop.threads.tests.cast import PAGE, Cast

COUNTS = f"/api/v1/forums/magazine/counts?urls={quote(PAGE, safe='')}"
NODES = ["http://127.0.0.1:6091"]


@pytest.fixture
def cast(db: None) -> Cast:
    made = Cast()
    made.comment()
    return made


def said_to_the_edge(path: str) -> tuple[int, str, Any]:
    """Seconds, keys, and the answer."""
    answer = Client().get(path)
    assert answer.status_code == 200, answer.content
    kept = re.search(r"max-age=(\d+)", answer["Surrogate-Control"])
    assert kept is not None
    return int(kept[1]), answer.headers.get("Surrogate-Key", ""), answer


def last_comment_was(seconds: float) -> str:
    Thread.objects.update(last_commented=timezone.now() - timedelta(seconds=seconds))
    return f"/api/v1/threads/{Thread.objects.get().public_id}/events?after=0"


@pytest.mark.parametrize(("seconds", "ttl"), [(400, HOUR), (HOUR, 7 * DAY), (3 * DAY, 30 * DAY)])
def test_a_quieter_thread_is_kept_longer(cast: Cast, seconds: int, ttl: int) -> None:
    thread = last_comment_was(seconds).removesuffix("/events?after=0")
    assert said_to_the_edge(thread)[0] == ttl


def test_a_thread_without_comments_is_quiet(cast: Cast, settings: Any) -> None:
    settings.EDGE_NODES = NODES
    tail = "/api/v1/threads/nobodywrotehereyet00/events?after=0"
    assert said_to_the_edge(tail)[:2] == (30 * DAY, "e:nobodywrotehereyet00")


def test_counts_are_keyed_unless_somebody_comments_at_this_moment(cast: Cast) -> None:
    last_comment_was(30)
    assert said_to_the_edge(COUNTS)[:2] == (60, "")
    last_comment_was(90)
    assert said_to_the_edge(COUNTS)[:2] == (DAY, "f:magazine")


def test_another_forums_talk_does_not_matter_to_counts(cast: Cast) -> None:
    Cast("other").comment()
    Thread.objects.filter(forum=cast.forum).update(
        last_commented=timezone.now() - timedelta(seconds=90)
    )
    assert said_to_the_edge(COUNTS)[1] == "f:magazine"


@pytest.mark.parametrize(
    ("seconds", "alone", "behind"),
    [
        (0, "live", "live"),
        (LIVE_WITHIN_BEHIND_AN_EDGE + 10, "live", "poll"),
        (40 * DAY, "poll", "poll"),
        (POLL_WITHIN + 10, "none", "none"),
    ],
)
def test_behind_an_edge_readers_are_held_while_people_talk(
    cast: Cast, settings: Any, seconds: int, alone: str, behind: str
) -> None:
    tail = last_comment_was(seconds)
    assert said_to_the_edge(tail)[2].json()["mode"] == alone
    settings.EDGE_NODES = NODES
    assert said_to_the_edge(tail)[2].json()["mode"] == behind


def test_where_nobody_ever_commented_the_edge_is_polled(cast: Cast, settings: Any) -> None:
    tail = "/api/v1/threads/nobodywrotehereyet00/events?after=0"
    assert said_to_the_edge(tail)[2].json()["mode"] == "live"
    settings.EDGE_NODES = NODES
    assert said_to_the_edge(tail)[2].json()["mode"] == "poll"


def test_what_says_live_is_kept_no_longer_than_it_is_true(cast: Cast, settings: Any) -> None:
    settings.EDGE_NODES = NODES
    ttl, _, answer = said_to_the_edge(last_comment_was(100))
    assert answer.json()["mode"] == "live"
    assert 0 < ttl <= LIVE_WITHIN_BEHIND_AN_EDGE - 100
