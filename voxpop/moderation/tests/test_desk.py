"""The desk without JavaScript: every act is a form, and nothing is lost on the way."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from voxpop import ids
from voxpop.moderation.models import Decision
from voxpop.moderation.tests.test_decisions import held, held_edit
from voxpop.screening.models import Ban
from voxpop.threads.actions import flag_comment
from voxpop.threads.models import Comment

pytestmark = pytest.mark.usefixtures("plain_names_of_static_files")
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def text(answer):
    return answer.content.decode()


def test_a_held_comment_is_approved_and_the_page_offers_to_undo(cast, desk):
    comment = held(cast, source="Please look.")
    assert "Please look." in text(desk(""))
    answer = desk("decide/?kind=held", {"one": f"approve:{comment.public_id}"})
    assert answer.redirect_chain[0][0].startswith("/moderate/?kind=held&did=")
    assert "Please look." not in text(answer)
    (number,) = re.findall(r'name="decision" value="(\w+)"', text(answer))
    comment.refresh_from_db()
    assert comment.status == "published"
    desk("undo/", {"decision": number})
    comment.refresh_from_db()
    assert comment.status == "held"


def test_several_are_decided_at_once_with_one_reason(cast, desk):
    comments = [held(cast, source=word) for word in ("One.", "Two.", "Three.")]
    ticked = [comment.public_id for comment in comments[:2]]
    answer = desk("decide/", {"bulk": "spam", "comment": ticked, "reason": "ads"})
    assert "2 comments: marked as spam" in text(answer)
    statuses = Comment.objects.order_by("id").values_list("status", flat=True)
    assert list(statuses) == ["spam", "spam", "held"]
    assert set(Decision.objects.values_list("reason", flat=True)) == {"ads"}
    desk("undo/", {"decision": re.findall(r'name="decision" value="(\w+)"', text(answer))})
    assert set(Comment.objects.values_list("status", flat=True)) == {"held"}


def test_its_author_is_told_of_a_removal_what_was_chosen_and_of_spam_nothing(cast, desk):
    rude, spam = cast.comment("Rude."), cast.comment("Hats.")
    desk("decide/", {"one": f"delete:{rude.public_id}", "told": "abusive"})
    desk("decide/", {"one": f"spam:{spam.public_id}", "told": "abusive"})
    assert list(Decision.objects.order_by("id").values_list("told", flat=True)) == ["abusive", ""]
    assert "Its author is told: attacks somebody" in text(desk("history/"))


def test_a_page_that_is_no_longer_true_overrules_nobody(cast, desk):
    comment = held(cast)
    cast.owner.send(
        "POST", f"/moderation/comments/{comment.public_id}/decisions", {"decision": "reject"}
    )
    number = comment.public_id
    answer = desk("decide/", {"one": f"approve:{number}", f"seen-{number}": "held"})
    assert "Somebody else decided first" in text(answer)
    comment.refresh_from_db()
    assert comment.status == "rejected"


def test_a_held_edit_shows_what_it_changes_and_is_approved(cast, desk):
    edit = held_edit(cast)
    comment = Comment.objects.get()
    page = text(desk("?kind=edits"))
    assert "<del>As it was.</del><ins>Changed.</ins>" in page
    target = f"{comment.public_id}:{edit.number}"
    assert f'value="approve:{target}"' in page
    desk("decide/", {"one": f"approve:{target}"})
    comment.refresh_from_db()
    assert comment.source == "Changed."


@pytest.mark.broad
def test_what_people_wrote_cannot_write_the_page(cast, desk):
    """R01 for the desk: names, texts, reasons and titles are printed, never obeyed."""
    hostile = "<img src=x onerror=alert(1)>"
    comment = cast.comment(hostile)
    cast.ann.author.name = hostile
    cast.ann.author.save()
    Comment.objects.filter(id=comment.id).update(verdict=hostile)
    type(comment.thread).objects.update(title=hostile)
    reply = cast.comment("Below.", parent=comment, author=cast.bob.author)
    flag_comment(comment=comment, author=cast.bob.author, reason="spam")
    flag_comment(comment=reply, author=cast.ann.author, reason="spam")
    number = comment.public_id
    desk("decide/", {"one": f"spam:{number}", "reason": hostile})
    author = cast.ann.author.public_id
    for path in (
        "",
        "?kind=every",
        f"?q={hostile}",
        "history/",
        "threads/",
        f"comments/{number}/",
        f"bans/new/?forum=magazine&author={author}",
    ):
        page = text(desk(path))
        assert "onerror=alert" in page or path == "", path
        assert "<img" not in page, path


def test_an_author_is_banned_with_an_end_a_network_and_a_cleaning(cast, desk):
    comment = cast.comment("Buy.", address="192.0.2.0/24")
    author = cast.ann.author.public_id
    page = f"bans/new/?forum=magazine&author={author}"
    assert "Ann Reader" in text(desk(page))
    body = {"days": "7", "remove_hours": "24", "covers_network": "on", "reason": "ads"}
    answer = desk(page, body)
    assert "192.0.2" not in text(answer)
    ban = Ban.objects.get()
    assert (ban.address, ban.reason) == ("192.0.2.0/24", "ads")
    assert round((ban.ends - ban.created) / timedelta(days=1)) == 7
    comment.refresh_from_db()
    assert comment.status == "spam"
    desk(f"bans/{ids.public(ban.id)}/lift/", {})
    ban.refresh_from_db()
    assert ban.lifted


def test_a_ban_that_can_cover_no_network_says_so(cast, desk):
    cast.comment()
    body = {"days": "0", "remove_hours": "0", "covers_network": "on"}
    answer = desk(f"bans/new/?forum=magazine&author={cast.ann.author.public_id}", body)
    assert "No network is known" in text(answer)
    assert Ban.objects.get().ends is None


def test_a_thread_is_locked_pinned_and_watched(cast, desk):
    comment = cast.comment()
    thread = comment.thread
    for body in (
        {"decision": "lock"},
        {"decision": "premoderate"},
        {"decision": "pin", "comment": comment.public_id},
    ):
        desk(f"threads/{thread.public_id}/decide/", body)
    thread.refresh_from_db()
    assert (thread.is_locked, thread.is_premoderated) == (True, True)
    assert thread.pinned_id == comment.id
    page = text(desk("threads/"))
    assert "Unlock" in page
    assert "Unpin" in page


@pytest.mark.broad
def test_the_history_says_who_did_what_and_takes_it_back(cast, desk):
    comment = cast.comment()
    desk("decide/", {"one": f"delete:{comment.public_id}", "reason": "rude"})
    page = text(desk("history/"))
    assert "Mona Moderator" in page
    assert "rude" in page
    number = Decision.objects.get().public_id
    answer = desk("undo/", {"decision": number, "from": "history"})
    assert "taken back by" in text(answer)
    again = desk("undo/", {"decision": number, "from": "history"})
    assert "already undone" in text(again)


@pytest.mark.parametrize(
    "body", [{}, {"bulk": "spam"}, {"one": "explode:x"}, {"one": "approve:x:²"}, {"one": "lock:0"}]
)
def test_a_form_that_makes_no_sense_changes_nothing(cast, desk, body):
    cast.comment()
    assert desk("decide/", body).status_code in {200, 404}
    assert not Decision.objects.exists()


def test_an_act_needs_the_token_of_the_form(cast):
    comment = cast.comment()
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mona.author.user, backend=BACKEND)
    body = {"one": f"spam:{comment.public_id}"}
    answer = client.post("/moderate/decide/", body, headers={"Origin": "http://testserver"})
    assert answer.status_code == 403
    assert not Decision.objects.exists()


def test_acts_are_limited(cast, desk, settings, monkeypatch):
    from voxpop.errors import Problem

    def too_much(action, subject):
        assert action == "moderate"
        raise Problem("rate_limited", retry_after=1)

    monkeypatch.setattr("voxpop.moderation.rules.limit", too_much)
    comment = cast.comment()
    answer = desk("decide/", {"one": f"spam:{comment.public_id}"})
    assert "Too much at once" in text(answer)
    assert not Decision.objects.exists()


def test_somebody_without_a_forum_is_told_so(cast):
    client = Client()
    client.force_login(cast.bob.author.user, backend=BACKEND)
    assert "You do not moderate a forum yet" in text(client.get("/moderate/"))
