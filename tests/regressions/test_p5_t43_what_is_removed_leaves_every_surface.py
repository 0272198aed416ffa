"""P5, T43: a removed comment leaves every surface: at once; with purges lost; with all dead."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.harness.waiting import wait_until
from tests.edge.origin import SECRET, Read, node_before, read
from tests.edge.pretended import PretendedNode
from tests.edge.standing import PUBLIC
from tests.server.running import VOXPOP, Running
from voxpop.edge.node import Node
from voxpop.edge.policy import SURFACES

pytestmark = pytest.mark.server

# They show no comment, or say themselves for how long they may be wrong (INTERFACES 2).
SHOW_NO_COMMENT = {
    "embed_script", "count_script", "avatar", "openapi", "forum_json", "counts_json",
    "profile_people", "profile_followed", "uploaded_avatar", "reader_mark",
}  # fmt: skip
# They show threads, and nothing that is said in them.
SILENT = {
    *("thread_share", "thread_link", "comment_picture", "thread_picture", "oembed"),
    *("thread_lookup_json", "thread_json", "trending_json", "network_json", "forum_page"),
    *("forum_trending_atom", "forum_trending_json_feed"),
    *("network_page", "network_atom", "network_json_feed"),
}
# Seconds after which no reader is shown what was removed: all well; every purge lost; by the
# operator's command, Django and its database dead (issue and SAFETY P5).
HEALTHY, LEASED, BY_COMMAND = 1, 15, 5
ROOT_CANARY, REPLY_CANARY = "canary-among-the-roots", "canary-among-the-replies"


@dataclass
class Discussion:
    """A thread of more than one page, with more replies than are shown, and two canaries."""

    server: Running
    node: Node
    id: str
    surfaces: dict[str, list[str]]
    canaries: list[str]
    owner: str  # a token

    def remove(self, comment: str) -> None:
        answer = self.server.ask(
            "POST", f"/api/v1/moderation/comments/{comment}/decisions", {"decision": "delete"},
            Authorization=f"Bearer {self.owner}", Idempotency_Key=comment,
        )  # fmt: skip
        assert answer.status in {200, 201}, answer.body

    def paths(self) -> list[str]:
        return [path for paths in self.surfaces.values() for path in paths]

    def old(self) -> list[str]:
        """The paths under which readers are given something else than Django would answer now."""
        return [path for path in self.paths() if read(self.node, path).body != self.now(path)]

    def now(self, path: str) -> str:
        return self.server.ask("GET", path).body.decode(errors="replace")

    def showing(self) -> list[str]:
        """The paths under which a canary is shown to readers, or led to."""
        return [path for path in self.paths() if self._shows(read(self.node, path))]

    def _shows(self, answer: Read) -> bool:
        location = answer.headers.get("Location", "")
        return (
            ROOT_CANARY in answer.body
            or REPLY_CANARY in answer.body
            or any(canary in location for canary in self.canaries)
        )


def make(server: Running, node: Node, edge_nodes: str) -> Discussion:
    """Start both and write the discussion."""
    server.environment |= {"VOXPOP_EDGE_SECRET": SECRET, "VOXPOP_EDGE_NODES": edge_nodes}
    server.start()
    node.start()
    token = server.guest()
    root = post(server, token, "The first root")
    replies = [post(server, token, f"Reply {n}", root) for n in range(11)]
    made = server.command("token", "create", "--email", "owner@magazine.test", "--json")
    owner = json.loads(made)["token"]
    server.run_python(PUBLIC)  # his profile shows the canaries as well
    replies.append(post(server, owner, f"Said: {REPLY_CANARY}", root))
    for n in range(50):
        post(server, token, f"Root {n}")
    last = post(server, owner, f"Said: {ROOT_CANARY}")
    thread = server.thread()
    page = server.ask("GET", "/embed/magazine/thread?i=a-page&sort=oldest").body.decode()
    more = found(r'<nav class="more" data-after="([^"]+)"', page)
    branch = found(rf'data-root="{root}" data-after="([^"]+)"', page)
    api, embed = "/api/v1", "/embed/magazine/thread"
    # Counted every twenty seconds, and kept for a minute: from here on it stays as it is.
    wait_until(lambda: thread in server.ask("GET", f"{api}/forums/magazine/trending").body.decode(),
               "the thread's heat", 40)  # fmt: skip
    surfaces = {
        "thread_page": [f"{embed}?i=a-page&sort={s}" for s in ("best", "newest", "oldest")],
        "thread_more": [f"{embed}/{thread}/more?after={more}&sort=oldest"],
        "thread_branch": [f"{embed}/{thread}/branch?after={branch}&comment={root}"],
        "thread_around": [f"{embed}/{thread}/around?comment={c}" for c in (last, replies[-1])],
        "widget": [f"/embed/magazine/widget?kind={kind}" for kind in ("recent", "trending")],
        "public_page": [f"/t/{thread}/", f"/t/{thread}/?after={last}&sort=around"],
        "profile_page": ["/u/olive/"],
        "person_atom": ["/u/olive/feed.atom"],
        "person_json_feed": ["/u/olive/feed.json"],
        "forum_atom": ["/f/magazine/feed.atom"],
        "forum_json_feed": ["/f/magazine/feed.json"],
        "thread_atom": [f"/t/{thread}/feed.atom"],
        "thread_json_feed": [f"/t/{thread}/feed.json"],
        "comment_link": [f"/c/{last}", f"/c/{replies[-1]}"],
        "comment_page": [f"/c/{last}/", f"/c/{replies[-1]}/?from=mail"],
        "comment_frame": [f"/c/{last}/frame", f"/c/{replies[-1]}/frame"],
        "comment_picture": [f"/c/{last}/picture.png", f"/c/{replies[-1]}/picture.png"],
        "thread_share": [f"/t/{thread}/share"],
        "thread_frame": [f"/t/{thread}/frame"],
        "thread_picture": [f"/t/{thread}/picture.png"],
        "thread_link": [f"/t/{thread}/visit"],
        "oembed": [f"/oembed?url=http://localhost:{server.port}/c/{c}"
                   for c in (last, replies[-1])],
        "thread_lookup_json": [f"{api}/forums/magazine/threads?identifier=a-page"],
        "recent_json": [f"{api}/forums/magazine/comments"],
        "trending_json": [f"{api}/forums/magazine/trending"],
        "network_json": [f"{api}/trending"],
        "forum_page": ["/f/magazine/"],
        "forum_trending_atom": ["/f/magazine/trending.atom"],
        "forum_trending_json_feed": ["/f/magazine/trending.json"],
        "network_page": ["/trending/"],
        "network_atom": ["/trending/feed.atom"],
        "network_json_feed": ["/trending/feed.json"],
        "thread_json": [f"{api}/threads/{thread}"],
        "comments_json": [f"{api}/threads/{thread}/comments?limit=100&sort={s}" for s in
                          ("best", "newest", "oldest")],
        "comment_json": [f"{api}/comments/{last}", f"{api}/comments/{replies[-1]}"],
        "tail": [f"{api}/threads/{thread}/events?after={n}" for n in (10, 62)],
    }  # fmt: skip
    return Discussion(server, node, thread, surfaces, [last, replies[-1]], owner)


def post(server: Running, token: str, source: str, parent: str | None = None) -> str:
    body = {"thread": {"identifier": "a-page", "url": "https://magazine.test/a-page"}}
    answer = server.ask(
        "POST", "/api/v1/forums/magazine/comments",
        {**body, "source": source, **({"parent": parent} if parent else {})},
        Authorization=f"Bearer {token}", Idempotency_Key=source,
    )  # fmt: skip
    assert answer.status == 201, answer.body
    made: str = (
        answer.json()["comment"]["id"] if "comment" in answer.json() else answer.json()["id"]
    )
    return made


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1].replace("&amp;", "&")


@pytest.fixture
def node(server: Running, tmp_path: Path) -> Iterator[Node]:
    node = node_before(server.port, tmp_path)
    yield node
    node.stop()


def test_every_surface_is_either_looked_at_or_shows_no_comment(server: Running, node: Node) -> None:
    discussion = make(server, node, node.purge_url)
    assert set(discussion.surfaces) == set(SURFACES) - SHOW_NO_COMMENT
    wait_until(lambda: settled(server), "the end of the outbox")

    # Everything is in store, and shows what it will have to lose.
    shown = discussion.showing()
    for name, paths in discussion.surfaces.items():
        assert name in SILENT or set(paths) & set(shown), name
        if name != "tail":  # a tail is kept for a second
            wait_until(lambda: all(read(node, path).is_hit for path in paths), name)  # noqa: B023
    assert discussion.old() == []

    first, second = discussion.canaries
    discussion.remove(first)
    # Before any time to live, and while the lease has no doubt.
    time.sleep(HEALTHY)
    assert discussion.old() == []

    # Removed and not asked for again before Django dies: no stale copy shows it either.
    discussion.remove(second)
    wait_until(lambda: settled(server), "the purge")
    server.kill()
    assert discussion.showing() == []


@pytest.mark.sqlite  # a dead PostgreSQL is test_f4's
def test_with_server_and_database_dead_an_operator_takes_a_thread_away(
    server: Running, node: Node
) -> None:
    server.environment |= {"VOXPOP_EDGE_SECRET": SECRET, "VOXPOP_EDGE_NODES": node.purge_url}
    server.start()
    node.start()
    post(server, server.guest(), ROOT_CANARY)
    thread = server.thread()
    page, newest = f"/t/{thread}/", "/api/v1/forums/magazine/comments"
    assert ROOT_CANARY in read(node, page).body
    assert ROOT_CANARY in read(node, newest).body
    server.kill()
    for file in server.data.glob("voxpop.sqlite3*"):
        file.write_bytes(b"this is no database")
    assert read(node, page).status == read(node, newest).status == 200
    began = time.monotonic()
    done = subprocess.run(
        [VOXPOP, "edge", "forget", f"t:{thread}", "f:magazine"],
        env=server._environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert read(node, page).status == read(node, newest).status == 503
    assert time.monotonic() - began < BY_COMMAND


def settled(server: Running) -> bool:
    """Every purge has been repeated and counted."""
    code = "from voxpop.events.models import OutboxEvent as O; print(O.objects.count())"
    return server.run_python(code) == "0"


@pytest.mark.long
def test_with_every_purge_lost_the_lease_takes_it_away(server: Running, node: Node) -> None:
    swallows = PretendedNode(SECRET)
    swallows.loses = 10_000
    swallows.take_beat = lambda headers: {}  # type: ignore[method-assign]
    swallows.start()
    try:
        discussion = make(server, node, swallows.address)
        assert discussion.showing()
        left = swallows.loses
        for canary in discussion.canaries:
            discussion.remove(canary)
        assert swallows.loses < left
        assert discussion.showing()  # the purge was lost indeed
        time.sleep(LEASED)
        assert discussion.showing() == []
    finally:
        swallows.stop()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_wrong_secret_stops_the_start(server: Running, node: Node, command: str) -> None:
    node.start()
    environment = server._environment() | {
        "VOXPOP_EDGE_NODES": node.purge_url,
        "VOXPOP_EDGE_SECRET": "another-secret-of-a-good-length-987654",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from voxpop.cli import main; main()", command],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "refuses our secret" in done.stderr
