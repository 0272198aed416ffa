"""The same request a hundred times at the same moment acts once (SAFETY 6.3, R26, T27)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server.running import Answer, Running

pytestmark = pytest.mark.server


@pytest.fixture
def started(server: Running) -> Running:
    server.environment["VOXPOP_LIMITS"] = "off"
    server.start()
    return server


def test_a_hundred_identical_posts_are_one_comment(started: Running) -> None:
    token = started.guest()

    def post(_: int) -> Answer:
        return started.post(token, "only once", key="the-same-key")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(100)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    replays = [a for a in answers if "idempotent-replay" in {h.lower() for h in a.headers}]
    assert len(replays) == 99
    page = started.ask("GET", f"/api/v1/threads/{started.thread()}/comments").json()
    assert len(page["comments"]) == 1


def test_t27_a_hundred_votes_of_one_voter_are_one_vote(started: Running) -> None:
    comment = started.post(started.guest("Ada"), "Vote on this").json()["id"]
    voter = started.guest("Bo")

    def vote(_: int) -> Answer:
        path = f"/api/v1/comments/{comment}/vote"
        return started.ask("PUT", path, {"value": 1}, Authorization=f"Bearer {voter}")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(vote, range(100)))
    assert {answer.status for answer in answers} == {200}
    counted = started.run_python(
        "from voxpop.threads.actions import fold_votes\n"
        "from voxpop.threads.models import Comment, Vote\n"
        "fold_votes()\n"
        "print(Vote.objects.count(), Comment.objects.get().up)"
    )
    assert counted == "1 1"
