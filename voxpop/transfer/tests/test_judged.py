"""Bans and what moderators decided come back, and give nobody a way in or a say."""

import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.contrib.auth import authenticate

from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.cli import ROOT
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Membership, Role
from voxpop.moderation.actions import (
    ban_author,
    decide,
    decide_thread,
    lift_ban,
    undo,
)
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Flag, Revision, Status, Vote
from voxpop.transfer.actions.import_forum import import_disqus, import_voxpop
from voxpop.transfer.arrange import NO_SUCH_AUTHOR, NO_SUCH_COMMENT, NO_SUCH_THREAD
from voxpop.transfer.judged import NO_SUCH_BAN
from voxpop.transfer.tests.making import (
    DATA,
    brought_back,
    exported,
    forged,
)

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
MOMENT = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA = tmp_path


@pytest.fixture
def judged() -> Forum:
    """A forum in which a moderator has done a little of everything."""
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    mod = sign_up(name="Mo", email="mo@voxpop.example", password="a long password")
    Membership.objects.create(forum=forum, user=mod, role=Role.MODERATOR)
    first, second = Comment.objects.filter(forum=forum).order_by("id")
    reader = Author.objects.create(kind=AuthorKind.GUEST, name="Reader", forum=forum)
    Flag.objects.create(comment=second, author=reader, reason="spam", created=MOMENT)
    Comment.objects.filter(id=second.id).update(flags=1)
    decide(comment=second, verb=Verb.SPAM, by=mod, reason="sells hats")
    undo(decision=decide(comment=first, verb=Verb.REJECT, by=mod, told=Ground.RULES), by=mod)
    first.refresh_from_db()
    decide_thread(thread=first.thread, verb=Verb.PIN, comment=first, by=mod)
    decide_thread(thread=first.thread, verb=Verb.UNPIN, by=mod)
    decide_thread(thread=first.thread, verb=Verb.LOCK, by=mod, reason="enough")
    Comment.objects.filter(id=second.id).update(address="192.0.2.0/24")
    ban = ban_author(
        forum=forum,
        author=second.author,
        by=mod,
        ends=datetime.now(UTC) + timedelta(days=3),
        covers_network=True,
        reason="hats again",
    ).ban
    lift_ban(ban=ban, by=mod)
    ban_author(forum=forum, author=reader, by=mod)
    return forum


def _told(forum: Forum) -> list[tuple]:
    """Every decision as the desk says it."""
    rows = Decision.objects.filter(forum=forum).order_by("id")
    return [
        (d.verb, d.reason, d.told, d.by.author.name, d.created, d.undone, d.undone_by and "Mo")
        for d in rows.select_related("by__author")
    ]


def test_every_ban_and_decision_comes_back_once(judged, tmp_path):
    before, told = exported(judged, with_private=True), _told(judged)
    assert before.count(b'"type":"decision"') == len(told) == 8
    assert before.count(b'"type":"ban"') == 2
    again = brought_back(judged, before, tmp_path / "export.jsonl")
    assert exported(again, with_private=True) == before
    assert _told(again) == told
    hats = Ban.objects.get(forum=again, reason="hats again")
    assert (hats.address, hats.author.name) == ("192.0.2.0/24", "Guest Bo")
    users = User.objects.count()
    import_voxpop(forum=again, file=tmp_path / "export.jsonl")
    assert exported(again, with_private=True) == before
    assert User.objects.count() == users


def test_a_copy_beside_the_original_has_its_own_and_has_them_once(judged, tmp_path):
    before, told = exported(judged), _told(judged)
    (tmp_path / "export.jsonl").write_bytes(before)
    copy = Forum.objects.create(shortname="copy", name="Copy")
    for _ in range(2):
        report = import_voxpop(forum=copy, file=tmp_path / "export.jsonl")
        assert (report.bans, report.decisions, report.skipped) == (2, 8, 0)
        assert _told(copy) == told
        assert Ban.objects.filter(forum=copy).count() == 2
    assert exported(judged) == before
    ours, theirs = (set(one.decisions.values_list("id", flat=True)) for one in (judged, copy))
    assert not ours & theirs


def test_a_forum_that_has_them_is_left_as_it_is(judged, tmp_path):
    (tmp_path / "export.jsonl").write_bytes(exported(judged))
    counts = [kind.objects.count() for kind in (Ban, Decision, Author, User)]
    import_voxpop(forum=judged, file=tmp_path / "export.jsonl")
    assert [kind.objects.count() for kind in (Ban, Decision, Author, User)] == counts


def test_nobody_can_act_as_a_moderator_of_a_file(judged, tmp_path):
    again = brought_back(judged, exported(judged), tmp_path / "export.jsonl")
    ghost = Decision.objects.filter(forum=again).earliest("id").by
    assert ghost != User.objects.get(email="mo@voxpop.example")
    assert not ghost.is_active
    assert not ghost.is_operator
    assert not ghost.has_usable_password()
    assert ghost.email.endswith(".invalid")
    assert not ghost.memberships.exists()
    assert not ghost.emailaddress_set.exists()
    assert not ghost.author.tokens.exists()
    assert authenticate(email=ghost.email, password="") is None
    assert not Membership.objects.filter(forum=again).exists()


def test_a_file_names_nobody_who_is_here(judged, tmp_path):
    """Its moderator has the key of a user of this server, and is somebody else all the same."""
    mod = User.objects.get(email="mo@voxpop.example")
    assert f'"by":"user:{mod.author.public_id}"'.encode() in exported(judged)
    again = brought_back(judged, exported(judged), tmp_path / "export.jsonl")
    assert not Decision.objects.filter(forum=again, by=mod).exists()
    assert not Ban.objects.filter(forum=again, by=mod).exists()
    assert Decision.objects.filter(forum=again, by__author__name="Mo").count() == 8


def test_what_was_decided_can_still_be_undone(judged, tmp_path):
    again = brought_back(judged, exported(judged), tmp_path / "export.jsonl")
    owner = sign_up(name="Ow", email="ow@voxpop.example", password="a long password")
    spam = Decision.objects.get(forum=again, verb=Verb.SPAM)
    undo(decision=spam, by=owner)
    spam.comment.refresh_from_db()
    assert (spam.comment.status, spam.comment.flags) == (Status.PUBLISHED, 1)
    unpin = Decision.objects.get(forum=again, verb=Verb.UNPIN)
    undo(decision=unpin, by=owner)
    unpin.thread.refresh_from_db()
    assert unpin.thread.pinned.imported_id == "5001"
    undo(decision=Decision.objects.get(forum=again, verb=Verb.LIFT_BAN), by=owner)
    assert Ban.objects.get(forum=again, reason="hats again").lifted is None


def test_networks_leave_only_with_what_is_private(judged):
    assert b"192.0.2.0" not in exported(judged)
    assert b"192.0.2.0" in exported(judged, with_private=True)
    Ban.objects.create(forum=judged, address="198.51.100.0/24")
    assert exported(judged).count(b'"type":"ban"') == 2
    assert exported(judged, with_private=True).count(b'"type":"ban"') == 3


def test_decisions_about_nothing_are_left_out_and_told(judged, tmp_path):
    def lie(row: dict) -> None:
        if row["type"] == "decision" and row["verb"] == "spam":
            row["comment"] = "0" * 13
        if row["type"] == "decision" and row["verb"] == "lock":
            row["thread"] = "nowhere"
        if row["type"] == "decision" and row["verb"] == "lift_ban":
            row["ban"] = "never"
        if row["type"] == "ban" and row["reason"] == "":
            row["author"] = "user:nobody"

    other = Forum.objects.create(shortname="other", name="Other")
    report = import_voxpop(forum=other, file=forged(judged, tmp_path, lie))
    # The ban of nobody takes with it the decision that made it.
    assert report.skipped_why == {
        NO_SUCH_BAN: 2,
        NO_SUCH_COMMENT: 1,
        NO_SUCH_THREAD: 1,
        NO_SUCH_AUTHOR: 1,
    }
    assert (report.bans, report.decisions) == (1, 4)
    assert Decision.objects.filter(forum=other).count() == 4


def test_undoing_never_adds_more_flags_than_readers_raised(judged, tmp_path):
    def lie(row: dict) -> None:
        if row["type"] == "decision" and "flags" in row["before"]:
            row["before"]["flags"] = 5000

    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=forged(judged, tmp_path, lie))
    assert Decision.objects.get(forum=other, verb=Verb.SPAM).before["flags"] == 1


def test_no_file_says_of_a_comment_that_is_here_who_took_it_away(judged, tmp_path):
    """Else a text that its author has deleted could be brought back (`rules.is_taken_back`)."""
    forum = Forum.objects.create(shortname="other", name="Other")
    file = forged(judged, tmp_path, lambda row: None)
    import_voxpop(forum=forum, file=file)
    Decision.objects.filter(forum=forum).delete()
    import_voxpop(forum=forum, file=file)
    assert not Decision.objects.filter(forum=forum, comment__isnull=False, thread=None).exists()


@pytest.mark.parametrize(
    "lie",
    [
        {"verb": "own"},
        {"comment": None},
        {"thread": "x"},
        {"before": None},
        {"before": {"status": "great", "verdict": "", "flags": 0}},
        {"created": None},
    ],
)
def test_a_decision_that_is_none_refuses_the_file(judged, tmp_path, lie):
    def told(row: dict) -> None:
        if row["type"] == "decision" and row["verb"] == "spam":
            row.update(lie)

    other = Forum.objects.create(shortname="other", name="Other")
    with pytest.raises(Problem, match="no proper"):
        import_voxpop(forum=other, file=forged(judged, tmp_path, told))
    assert not Comment.objects.filter(forum=other).exists()


def test_every_field_of_an_export_is_in_its_documentation_and_nothing_else(judged):
    """So that nothing leaves a server which nobody has decided should."""
    first = Comment.objects.filter(forum=judged).earliest("id")
    Vote.objects.create(comment=first, author=Author.objects.latest("id"), value=1)
    judged.sites.create(origin="https://blog.example")
    guest = Author.objects.get(name="Reader")
    Author.objects.filter(id=guest.id).update(email="r@x.example")
    Revision.objects.create(
        comment=first, number=1, source="a", html="<p>a</p>", created=MOMENT, status="published"
    )
    said: dict[str, set[str]] = {}
    for line in exported(judged, with_private=True).splitlines():
        row = orjson.loads(line)
        said.setdefault(row["type"], set()).update(set(row) - {"type"})
    said["comment"] |= {"number"}  # of a revision
    text = (ROOT / "docs" / "export.md").read_text()
    table = re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \| (?!fields)(.*) \|$", text, re.MULTILINE)
    written = {kind: set(re.findall(r"`([a-z_0-9]+)`", fields)) for kind, _, fields in table}
    written["flag"] -= {"spam", "abuse", "other"}
    assert written == said
