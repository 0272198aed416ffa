"""The floor's token: whoever wrote gets it, nobody else can make one, and it lasts a minute."""

import hashlib
import hmac
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from voxpop import ids
from voxpop.edge import floor
from voxpop.edge.floor import Floor
from voxpop.threads.models import Status, Thread
from voxpop.threads.tests.cast import PAGE, Cast

OWN = {"Origin": "http://localhost:8000"}


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast.standing()


def told(answer: Any) -> dict[str, int]:
    """The places that an answer says its reader must not fall behind."""
    floors = [floor.read(each) for each in answer.get("Voxpop-Floor", "").split(", ") if each]
    assert None not in floors
    return {each.thread: each.seq for each in floors if each}


def now(thread: Thread) -> dict[str, int]:
    return {thread.public_id: Thread.objects.get(id=thread.id).seq}


def test_a_token_is_what_the_edge_node_computes(settings: Any) -> None:
    settings.EDGE_SECRET = "s" * 32
    thread, seq, expires, signature = floor.token("t" * 20, 7).split(".")

    key = hmac.new(b"s" * 32, b"floor", hashlib.sha256).hexdigest()
    signed = f"{thread}.{seq}.{expires}"
    expected = hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()[:32]
    assert (thread, seq, signature) == ("t" * 20, "7", expected)
    assert 50 < int(expires) - time.time() <= 60


@pytest.mark.parametrize("secret", ["", "s" * 32])
def test_with_and_without_an_edge_it_is_signed(secret: str, settings: Any) -> None:
    settings.EDGE_SECRET = secret
    good = floor.token("t" * 20, 7)
    assert floor.read(good) == Floor("t" * 20, 7, int(good.split(".")[2]))
    settings.EDGE_SECRET = "another secret"
    assert floor.read(good) is None


def test_what_is_changed_in_it_makes_it_nothing() -> None:
    good = floor.token("t" * 20, 7)
    for place, letter in enumerate(good):
        changed = good[:place] + ("0" if letter != "0" else "1") + good[place + 1 :]
        assert floor.read(changed) is None, changed
    for bad in ("", ".", "...", good + "0", good.upper(), f" {good}", good + "\n", "x" * 5000):
        assert floor.read(bad) is None, bad


def test_it_ends_after_a_minute_and_none_from_the_future_counts(monkeypatch: Any) -> None:
    good, made = floor.token("t" * 20, 7), time.time()
    for ahead, is_good in ((58, True), (62, False), (-30, False)):
        monkeypatch.setattr(time, "time", lambda ahead=ahead: made + ahead)
        assert (floor.read(good) is not None) == is_good, ahead


def test_every_write_of_an_author_that_moves_the_log_says_how_far(cast: Cast) -> None:
    ann, thread = cast.ann, cast.thread
    posted = ann.post(cast.forum, "Mine.")
    assert told(posted) == now(thread)
    path = f"/comments/{posted.json()['id']}"

    edited = ann.send("PATCH", path, {"source": "Mine, still.", "revision": 1})
    assert told(edited) == now(thread)
    deleted = ann.send("DELETE", path)
    assert told(deleted) == now(thread)
    assert told(posted)[thread.public_id] < told(deleted)[thread.public_id]


def test_a_first_comment_says_it_of_the_thread_that_it_made(cast: Cast) -> None:
    posted = cast.ann.post(cast.forum, "First!", url=f"{PAGE}/another")
    assert told(posted) == {posted.json()["thread"]: 1}


def test_an_answer_given_again_says_it_again(cast: Cast) -> None:
    first = cast.ann.post(cast.forum, "Once.", key="same")
    again = cast.ann.post(cast.forum, "Once.", key="same")
    assert again["Idempotent-Replay"] == "true"
    assert told(again) == told(first) == now(cast.thread)


def test_what_moves_no_log_raises_no_floor(cast: Cast) -> None:
    links = "https://a.example https://b.example https://c.example"
    held = cast.guest().post(cast.forum, f"Look: {links}")
    comment = cast.comment("To be voted for.")
    voted = cast.bob.send("PUT", f"/comments/{comment.public_id}/vote", {"value": 1})
    refused = cast.bob.send("DELETE", f"/comments/{comment.public_id}")
    again = cast.guest().post(cast.forum, "")

    assert [each.status_code for each in (held, voted, refused, again)] == [202, 200, 404, 422]
    assert [told(each) for each in (held, voted, refused, again)] == [{}] * 4


def test_a_moderators_decisions_say_it(cast: Cast) -> None:
    comment, thread = cast.comment("Rude."), cast.thread
    path = f"/moderation/comments/{comment.public_id}/decisions"
    removed = cast.owner.send("POST", path, {"decision": "delete"})
    assert told(removed) == now(thread)
    undo = f"/moderation/decisions/{removed.json()['decision']['id']}/undo"
    assert told(cast.owner.send("POST", undo)) == now(thread)

    path = f"/moderation/threads/{thread.public_id}/decisions"
    locked = cast.owner.send("POST", path, {"decision": "lock"})
    assert told(locked) == now(thread)
    undo = f"/moderation/decisions/{locked.json()['decision']['id']}/undo"
    assert told(cast.owner.send("POST", undo)) == now(thread)


def test_a_ban_that_removes_says_it_of_every_thread(cast: Cast) -> None:
    guest = cast.guest()
    guest.post(cast.forum, "Here.")
    elsewhere = guest.post(cast.forum, "And there.", url=f"{PAGE}/another").json()["thread"]
    path = f"/moderation/forums/{cast.forum.shortname}/bans"
    body = {"author": ids.public(guest.author.id), "remove_hours": 1}
    banned = cast.owner.send("POST", path, body)

    other = Thread.objects.get(public_id=elsewhere)
    assert told(banned) == now(cast.thread) | now(other)
    assert told(banned)[elsewhere] == 2


def test_writing_without_script_leads_back_with_the_floor_in_the_address(cast: Cast) -> None:
    path = f"/t/{cast.thread.public_id}/write"
    form = Client().get(path).content.decode()
    key = re.findall(r'name="key" value="([^"]+)"', form)[0]
    typed = {"key": key, "name": "Gil", "source": "Without a script."}
    sent = Client().post(path, typed, headers=OWN)

    assert sent.status_code == 303
    asked = parse_qs(urlsplit(sent["Location"]).query)
    found = floor.read(asked["floor"][0])
    assert found is not None
    assert {found.thread: found.seq} == now(cast.thread)
    again = Client().post(path, typed, headers=OWN)
    assert "floor=" in again["Location"]


def test_the_page_behind_that_address_carries_it_no_further(cast: Cast) -> None:
    token = floor.token(cast.thread.public_id, 1)
    plain = Client().get(f"/t/{cast.thread.public_id}/?sort=oldest")
    floored = Client().get(f"/t/{cast.thread.public_id}/?sort=oldest&floor={token}&floor=twice")

    assert floored.status_code == 200
    assert floored.content == plain.content
    assert floored["ETag"] == plain["ETag"]


def test_a_comment_that_waits_leads_back_without_one(cast: Cast) -> None:
    path = f"/t/{cast.thread.public_id}/write"
    form = Client().get(path).content.decode()
    key = re.findall(r'name="key" value="([^"]+)"', form)[0]
    links = "https://a.example https://b.example https://c.example"
    sent = Client().post(path, {"key": key, "name": "Gil", "source": links}, headers=OWN)

    assert cast.thread.comments.latest("id").status == Status.HELD
    assert "floor" not in sent["Location"]
