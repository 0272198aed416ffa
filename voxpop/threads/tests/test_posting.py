"""Posting over HTTP: one door, judged before it is public, answered once."""

import pytest
from django.test import Client

from voxpop.forums.models import Forum
from voxpop.threads.models import Comment, Status, Thread, ThreadEvent
from voxpop.threads.tests.cast import ORIGIN, PAGE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return Cast()


def comments_of(thread: str, **query: str) -> list[dict[str, object]]:
    answer = Client().get(f"/api/v1/threads/{thread}/comments", query)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["comments"]
    return found


def test_the_first_comment_makes_the_thread_and_is_read_by_everybody(cast: Cast) -> None:
    answer = cast.ann.post(cast.forum, "Hello **world**")
    assert answer.status_code == 201
    shape = answer.json()
    assert shape["html"] == "<p>Hello <strong>world</strong></p>\n"
    assert shape["seq"] == 1
    assert f'id="c-{shape["id"]}"' in shape["fragment"]
    assert [each["id"] for each in comments_of(shape["thread"])] == [shape["id"]]
    assert answer["Cache-Control"] == "private, no-store"


def test_two_who_open_a_thread_at_once_are_in_one(cast: Cast, monkeypatch) -> None:
    """Where the database lets several write, both have looked before either had made it."""
    first = cast.ann.post(cast.forum, "The first of us.").json()
    monkeypatch.setattr("voxpop.threads.actions.post.thread_by_alias", lambda *_: None)
    second = cast.bob.post(cast.forum, "No, I am.")
    assert (second.status_code, second.json()["thread"]) == (201, first["thread"])
    assert Thread.objects.get().aliases.count() == 1


def test_a_reply_stands_below_its_parent(cast: Cast) -> None:
    parent = cast.ann.post(cast.forum, "parent").json()
    reply = cast.bob.post(cast.forum, "reply", parent=parent["id"]).json()
    assert (reply["parent"], reply["root"], reply["depth"]) == (parent["id"], parent["id"], 1)
    above, below = comments_of(parent["thread"])
    assert (above["replies"], below["id"]) == (1, reply["id"])


def test_the_same_request_twice_is_one_comment(cast: Cast) -> None:
    first = cast.ann.post(cast.forum, "once", key="key-1")
    again = cast.ann.post(cast.forum, "once", key="key-1")
    assert again.content == first.content
    assert again.status_code == 201
    assert again["Idempotent-Replay"] == "true"
    assert Comment.objects.count() == 1


def test_what_was_done_is_answered_alike_also_when_it_would_be_refused_by_now(cast: Cast) -> None:
    parent = cast.bob.post(cast.forum, "parent").json()
    first = cast.ann.post(cast.forum, "mine", parent=parent["id"], key="post")
    path = f"/comments/{first.json()['id']}"
    edit = ("PATCH", path, {"source": "changed", "revision": first.json()["revision"]}, "edit")
    edited = cast.ann.send(*edit)
    deleted = cast.ann.send("DELETE", path, key="delete")
    cast.bob.send("DELETE", f"/comments/{parent['id']}")  # so that nobody may answer it
    Thread.objects.update(is_locked=True)
    again = [
        cast.ann.post(cast.forum, "mine", parent=parent["id"], key="post"),
        cast.ann.send(*edit),
        cast.ann.send("DELETE", path, key="delete"),
    ]
    assert [answer.status_code for answer in again] == [201, 200, 200]
    assert [a.content for a in again] == [a.content for a in (first, edited, deleted)]
    assert {answer["Idempotent-Replay"] for answer in again} == {"true"}
    assert cast.ann.send("DELETE", path, key="other").status_code == 404


def test_t45_a_key_belongs_to_its_author_and_to_one_body(cast: Cast) -> None:
    cast.ann.post(cast.forum, "mine", key="key-1")
    assert cast.bob.post(cast.forum, "his", key="key-1").status_code == 201
    other = cast.ann.post(cast.forum, "something else", key="key-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_r15_a_thread_is_made_only_for_a_page_of_the_forums_sites(cast: Cast) -> None:
    for url in ("https://evil.test/story", "https://magazine.test.evil.test/", "javascript:1"):
        answer = cast.ann.post(cast.forum, "x", url=url)
        assert answer.json()["code"] in {"origin_not_allowed", "bad_request"}
    assert not Thread.objects.exists()


def test_a_locked_thread_takes_no_comment_and_says_so(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "x").json()
    Thread.objects.filter(public_id=shape["thread"]).update(is_locked=True)
    answer = cast.bob.post(cast.forum, "y")
    assert (answer.status_code, answer.json()["code"]) == (423, "thread_locked")
    assert answer["Content-Type"] == "application/problem+json"


def test_guests_write_where_they_may(cast: Cast) -> None:
    guest = cast.guest()
    assert guest.post(cast.forum, "as a guest").json()["author"]["kind"] == "guest"
    Forum.objects.update(allows_guests=False)
    assert guest.post(cast.forum, "no more").json()["code"] == "guests_not_allowed"


def test_a_guest_of_one_forum_is_nobody_in_another(cast: Cast) -> None:
    other = Cast("other")
    assert cast.guest().post(other.forum, "x").json()["code"] == "not_allowed"


def test_t38_an_unknown_property_is_refused(cast: Cast) -> None:
    body = {"thread": {"url": PAGE}, "source": "x", "status": "published"}
    answer = cast.ann.send("POST", "/forums/magazine/comments", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_what_is_held_is_seen_by_its_author_only(cast: Cast) -> None:
    Forum.objects.update(is_premoderated=True)
    answer = cast.ann.post(cast.forum, "waiting words")
    assert answer.status_code == 202
    shape = answer.json()
    assert shape["status"] == "held"
    assert shape["reason"]
    assert comments_of(shape["thread"]) == []
    assert ThreadEvent.objects.count() == 0
    overlay = cast.ann.send("GET", f"/me/threads/{shape['thread']}").json()
    assert [each["id"] for each in overlay["held"]] == [shape["id"]]
    assert cast.bob.send("GET", f"/me/threads/{shape['thread']}").json()["held"] == []
    assert Client().get(f"/api/v1/comments/{shape['id']}").status_code == 404


def test_an_edit_is_judged_and_the_approved_text_stays_while_it_waits(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "before").json()
    Forum.objects.update(word_list="forbidden")
    body = {"source": "a forbidden word", "revision": 1}
    answer = cast.ann.send("PATCH", f"/comments/{shape['id']}", body)
    assert (answer.status_code, answer.json()["status"]) == (202, "held")
    assert comments_of(shape["thread"])[0]["html"] == "<p>before</p>\n"


def test_an_edit_shows_and_is_marked_and_the_old_text_is_kept(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "before").json()
    answer = cast.ann.send("PATCH", f"/comments/{shape['id']}", {"source": "after", "revision": 1})
    assert answer.status_code == 200
    shown = comments_of(shape["thread"])[0]
    assert (shown["html"], shown["revision"]) == ("<p>after</p>\n", 2)
    assert shown["edited"]
    revisions = Comment.objects.get().revisions.order_by("number")
    assert [each.source for each in revisions] == ["before", "after"]


def test_two_edits_of_one_revision_do_not_swallow_each_other(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "before").json()
    path = f"/comments/{shape['id']}"
    cast.ann.send("PATCH", path, {"source": "one tab", "revision": 1})
    answer = cast.ann.send("PATCH", path, {"source": "other tab", "revision": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "revision_conflict")


def test_the_edit_window_closes(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "before").json()
    Forum.objects.update(edit_minutes=0)
    answer = cast.ann.send("PATCH", f"/comments/{shape['id']}", {"source": "x", "revision": 1})
    assert answer.json()["code"] == "edit_window_over"


def test_a_removed_comment_with_replies_keeps_its_place_and_nothing_else(cast: Cast) -> None:
    parent = cast.ann.post(cast.forum, "secret words").json()
    cast.bob.post(cast.forum, "a reply", parent=parent["id"])
    assert cast.ann.send("DELETE", f"/comments/{parent['id']}").status_code == 200
    place, reply = comments_of(parent["thread"])
    assert place["status"] == "deleted"
    assert "author" not in place
    assert "html" not in place
    assert reply["html"] == "<p>a reply</p>\n"
    tail = Client().get(f"/api/v1/threads/{parent['thread']}/events?after=0")
    assert b"secret words" not in tail.content


def test_somebody_elses_comment_is_out_of_reach(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "mine").json()
    path = f"/comments/{shape['id']}"
    assert cast.bob.send("DELETE", path).status_code == 404
    assert cast.bob.send("PATCH", path, {"source": "x", "revision": 1}).status_code == 404


def test_a_comment_without_a_token_is_refused(cast: Cast) -> None:
    answer = Client().post(
        "/api/v1/forums/magazine/comments",
        {"thread": {"url": PAGE}, "source": "x"},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


def test_preview_is_the_servers_own_renderer(cast: Cast) -> None:
    answer = Client().post(
        "/api/v1/preview", {"source": "<b>x</b> *y*"}, content_type="application/json"
    )
    assert answer.json() == {"html": "<p>&lt;b&gt;x&lt;/b&gt; <em>y</em></p>\n"}


def test_a_trapped_comment_looks_held_to_its_author_and_is_spam(cast: Cast) -> None:
    body = {"thread": {"url": PAGE}, "source": "buy now", "website": "http://spam.test"}
    answer = cast.guest().send("POST", "/forums/magazine/comments", body)
    assert (answer.status_code, answer.json()["status"]) == (202, "held")
    assert Comment.objects.get().status == Status.SPAM


@pytest.mark.parametrize("status", [Status.HELD, Status.SPAM])
def test_t26_editing_what_is_spam_tells_no_more_than_editing_what_is_held(
    cast: Cast, status: Status
) -> None:
    path = f"/comments/{cast.ann.post(cast.forum, 'teh text').json()['id']}"
    Comment.objects.update(status=status, is_shown=False)
    answer = cast.ann.send("PATCH", path, {"source": "the text", "revision": 1})
    assert (answer.status_code, answer.json()["status"]) == (202, "held")
    assert "the text" in answer.json()["fragment"]
    assert Comment.objects.get().status == status
    assert Comment.objects.get().source == "the text"


def test_counts_recent_and_lookup_agree_with_the_page(cast: Cast) -> None:
    shape = cast.ann.post(cast.forum, "one").json()
    cast.bob.post(cast.forum, "two")
    base = "/api/v1/forums/magazine"
    counts = Client().get(f"{base}/counts", {"urls": "https%3A%2F%2Fmagazine.test%2Fstory%2F"})
    assert counts.json()["urls"] == {f"{PAGE}/": 2}
    found = Client().get(f"{base}/threads", {"url": PAGE}).json()
    assert (found["id"], found["count"]) == (shape["thread"], 2)
    recent = Client().get(f"{base}/comments").json()["comments"]
    assert [each["html"] for each in recent] == ["<p>two</p>\n", "<p>one</p>\n"]
    assert recent[0]["page"] == {"title": "Story", "url": PAGE}


def test_an_unknown_page_has_an_id_before_it_has_a_row(cast: Cast) -> None:
    before = Client().get("/api/v1/forums/magazine/threads", {"url": PAGE}).json()
    assert (before["count"], Thread.objects.count()) == (0, 0)
    tail = Client().get(f"/api/v1/threads/{before['id']}/events?after=0").json()
    assert tail["events"] == []
    assert cast.ann.post(cast.forum, "first").json()["thread"] == before["id"]
    assert ORIGIN in PAGE
