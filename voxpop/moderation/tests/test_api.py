"""Moderating over HTTP, from the thread (bearer token) and from the desk (session)."""

import json

import pytest
from django.test import Client

from voxpop import ids
from voxpop.moderation.models import Decision
from voxpop.moderation.tests.test_decisions import held, held_edit
from voxpop.threads.models import Comment

HOST = "http://localhost:8000"


def decide(person, comment, decision, **more):
    path = f"/moderation/comments/{comment.public_id}/decisions"
    return person.send("POST", path, {"decision": decision, **more})


def test_a_moderator_in_the_frame_removes_and_takes_it_back(cast):
    comment = cast.comment("Rude.")
    answer = decide(cast.mona, comment, "delete", reason="rude")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["decision"]["verb"], body["decision"]["reason"]) == ("delete", "rude")
    assert body["decision"]["by"] == cast.mona.author.name
    assert body["comment"]["status"] == "deleted"
    assert "Rude." not in body["comment"]["fragment"]
    undone = cast.owner.send("POST", f"/moderation/decisions/{body['decision']['id']}/undo")
    assert undone.status_code == 200
    assert undone.json()["comment"]["status"] == "published"
    again = cast.owner.send("POST", f"/moderation/decisions/{body['decision']['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


def test_a_moderator_chooses_from_a_list_what_the_author_is_told(cast):
    comment = cast.comment("Rude.")
    assert decide(cast.mona, comment, "reject", told="he is a troll").status_code == 400
    assert decide(cast.mona, comment, "spam", told="abusive").status_code == 400
    body = decide(cast.mona, comment, "delete", told="abusive").json()
    assert body["decision"]["told"] == "abusive"


def test_the_queue_tells_what_is_needed_to_decide(cast):
    comment = held(cast, source="Please look.")
    answer = cast.mona.send("GET", "/moderation/queue?forum=magazine")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    (item,) = answer.json()["items"]
    assert item["comment"]["id"] == comment.public_id
    assert item["comment"]["html"] == "<p>Please look.</p>\n"
    assert item["reason"]
    assert item["history"] == {"published": 0, "removed": 0, "held": 1, "banned": False}


def test_no_moderator_is_told_an_address_or_an_e_mail(cast):
    held(cast, author=cast.guest().author, address="192.0.2.0/24")
    answer = cast.mona.send("GET", "/moderation/queue?forum=magazine")
    assert b"192.0.2" not in answer.content
    assert b"@" not in answer.content


def test_a_held_edit_is_approved_by_its_number(cast):
    edit = held_edit(cast)
    comment = Comment.objects.get()
    answer = decide(cast.mona, comment, "approve", revision=edit.number)
    assert answer.status_code == 201
    assert answer.json()["comment"]["html"] == "<p>Changed.</p>\n"
    unknown = decide(cast.mona, comment, "approve", revision=99)
    assert unknown.status_code == 404
    wrong = decide(cast.mona, comment, "spam", revision=edit.number)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid")


def test_a_ban_with_cleaning_and_its_lifting(cast):
    comment = cast.comment("Buy this.")
    body = {"author": cast.ann.author.public_id, "remove_hours": 1, "reason": "ads"}
    answer = cast.mona.send("POST", "/moderation/forums/magazine/bans", body)
    assert answer.status_code == 201
    assert answer.json()["removed"] == [comment.public_id]
    number = answer.json()["ban"]["id"]
    assert ids.private(number) is not None
    lifted = cast.mona.send("DELETE", f"/moderation/forums/magazine/bans/{number}")
    assert lifted.json()["ban"]["lifted"]


def test_somebody_who_never_wrote_here_cannot_be_banned_and_is_not_confirmed_to_exist(cast):
    answers = [
        cast.mona.send("POST", "/moderation/forums/magazine/bans", {"author": author})
        for author in (cast.bob.author.public_id, ids.public(7), "nobody")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_thread_is_locked_from_inside_it(cast):
    thread = cast.comment().thread
    path = f"/moderation/threads/{thread.public_id}/decisions"
    answer = cast.mona.send("POST", path, {"decision": "lock"})
    assert answer.json()["thread"]["locked"] is True
    assert cast.bob.post(cast.forum, "Too late.").json()["code"] == "thread_locked"
    twice = cast.mona.send("POST", path, {"decision": "lock"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_decided")


@pytest.mark.parametrize(
    ("origin", "status"), [(HOST, 201), ("https://evil.test", 403), ("null", 403), (None, 403)]
)
def test_a_session_decides_only_from_our_own_pages(cast, settings, origin, status):
    settings.HOST = HOST
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mona.author.user)
    answer = client.post(
        f"/api/v1/moderation/comments/{cast.comment().public_id}/decisions",
        json.dumps({"decision": "spam"}),
        content_type="application/json",
        headers={"Origin": origin} if origin else {},
    )
    assert answer.status_code == status
    assert Decision.objects.count() == (status == 201)


def test_a_disabled_moderator_decides_nothing(cast):
    comment = cast.comment()
    user = cast.mona.author.user
    user.is_active = False
    user.save()
    assert decide(cast.mona, comment, "spam").status_code == 401


@pytest.mark.parametrize(
    "ends", ["2030-01-01T00:00:00", "tomorrow", "2001-01-01T00:00:00Z", 10**30, [], ""]
)
def test_an_end_that_is_no_moment_to_come_is_refused(cast, ends):
    cast.comment()
    body = {"author": cast.ann.author.public_id, "ends": ends}
    answer = cast.mona.send("POST", "/moderation/forums/magazine/bans", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("revision", [0, -1, 2**31, 10**40, "2; DROP TABLE", 1.5])
def test_a_revision_that_cannot_be_is_refused(cast, revision):
    answer = decide(cast.mona, cast.comment(), "approve", revision=revision)
    assert answer.status_code == 400


def test_cleaning_goes_on_where_somebody_else_decided_meanwhile(cast, monkeypatch):
    """The other moderator's spam lies between our look and our decision."""
    from voxpop.moderation.actions import ban

    comments = [cast.comment(f"Number {number}") for number in range(3)]
    real = ban.decide

    def decide_late(*, comment, **more):
        if comment == comments[0]:
            real(comment=comments[1], **more)
        return real(comment=comment, **more)

    monkeypatch.setattr(ban, "decide", decide_late)
    body = {"author": cast.ann.author.public_id, "remove_hours": 1}
    answer = cast.mona.send("POST", "/moderation/forums/magazine/bans", body)
    assert answer.json()["removed"] == [comments[0].public_id, comments[2].public_id]
    assert set(Comment.objects.values_list("status", flat=True)) == {"spam"}
