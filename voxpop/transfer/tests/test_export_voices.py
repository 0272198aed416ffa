"""Votes and flags come back with those who cast them, and believed no more than any file."""

from datetime import UTC, datetime

import pytest

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads.actions.vote import rank
from voxpop.threads.models import (
    Comment,
    Flag,
    PendingTally,
    Vote,
)
from voxpop.transfer.actions.import_forum import (
    digest_of,
    import_disqus,
    import_voxpop,
    skipped_file,
)
from voxpop.transfer.arrange import NO_SUCH_AUTHOR, NO_SUCH_COMMENT, OWN_VOTE
from voxpop.transfer.keys import author_key
from voxpop.transfer.plant.voices import plant_voices
from voxpop.transfer.spool import ONCE
from voxpop.transfer.tests.making import DATA, check_tallies, exported, forged

pytestmark = [pytest.mark.django_db, pytest.mark.broad]


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA = tmp_path


MOMENT = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
AT = "2024-05-06T07:08:09.123456Z"


def as_it_is(row: dict) -> None:
    """No lie."""


def _talked(shortname: str = "demo") -> tuple[Forum, list[Comment], list[Author]]:
    """A forum with two comments of an old import, and three guests who have said nothing yet."""
    forum = Forum.objects.create(shortname=shortname, name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    readers = [
        Author.objects.create(
            kind=AuthorKind.GUEST, name=f"Reader {n}", forum=forum, email=f"r{n}@x.example"
        )
        for n in range(3)
    ]
    return forum, list(Comment.objects.filter(forum=forum).order_by("id")), readers


def _voted(forum: Forum) -> list[tuple]:
    votes = Vote.objects.filter(comment__forum=forum).order_by("comment", "author__name")
    return list(
        votes.values_list("comment__imported_id", "author__name", "value", "changed", "comment__up")
    )


def test_every_vote_comes_back_with_its_voter_and_is_counted_once(tmp_path):
    forum, (first, second), readers = _talked()
    for reader, value in zip(readers, (1, 1, -1), strict=True):
        Vote.objects.create(comment=first, author=reader, value=value, changed=MOMENT)
    Vote.objects.create(comment=second, author=readers[0], value=-1, changed=MOMENT)
    before = exported(forum)
    assert before.count(b'"type":"vote"') == 4
    assert b"r0@x.example" not in before
    file = tmp_path / "export.jsonl"
    file.write_bytes(before)
    other = Forum.objects.create(shortname="other", name="Other")
    for _ in range(2):
        report = import_voxpop(forum=other, file=file)
        assert (report.votes, report.skipped) == (4, 0)
        assert _voted(other) == [
            ("5001", "Reader 0", 1, MOMENT, 2),
            ("5001", "Reader 1", 1, MOMENT, 2),
            ("5001", "Reader 2", -1, MOMENT, 2),
            ("5002", "Reader 0", -1, MOMENT, 0),
        ]
        check_tallies(other)
    assert not PendingTally.objects.exists()


def test_an_export_of_a_forum_brought_into_that_forum_changes_nothing(tmp_path):
    """No file casts a vote in the name of somebody who is here."""
    forum, (first, _), readers = _talked()
    Vote.objects.create(comment=first, author=readers[0], value=1, changed=MOMENT)
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(forum))
    Vote.objects.all().delete()
    authors = Author.objects.count()
    import_voxpop(forum=forum, file=file)
    assert not Vote.objects.exists()
    assert Author.objects.count() == authors


def test_votes_that_nobody_could_have_cast_are_left_out_and_told(tmp_path):
    forum, (first, _), readers = _talked()
    Vote.objects.create(comment=first, author=readers[0], value=1, changed=MOMENT)

    def lie(row: dict) -> None:
        if row["type"] == "comment":
            row["up"], row["down"] = 9999, 77

    key = f"guest:{readers[0].public_id}"
    said = {"type": "vote", "comment": first.public_id, "author": key, "value": -1, "changed": AT}
    own = author_key(first.author)
    file = forged(
        forum,
        tmp_path,
        lie,
        said,
        {**said, "comment": "0" * 13},
        {**said, "comment": "x" * 3000},
        {**said, "author": "user:nobody"},
        {**said, "author": own},
    )
    other = Forum.objects.create(shortname="other", name="Other")
    report = import_voxpop(forum=other, file=file)
    assert report.skipped_why == {
        NO_SUCH_COMMENT: 2,
        NO_SUCH_AUTHOR: 1,
        ONCE: 1,
        OWN_VOTE: 1,
    }
    assert [row[:3] for row in _voted(other)] == [("5001", "Reader 0", 1)]
    check_tallies(other)
    skipped = skipped_file(other, digest_of(file)).read_text()
    assert "x" * 61 not in skipped


@pytest.mark.parametrize("lie", [{"value": 2}, {"value": True}, {"value": 0}, {"changed": None}])
def test_a_vote_that_is_none_refuses_the_file(tmp_path, lie):
    forum, (first, _), readers = _talked()
    key = f"guest:{readers[0].public_id}"
    said = {"type": "vote", "comment": first.public_id, "author": key, "value": 1, "changed": AT}
    other = Forum.objects.create(shortname="other", name="Other")
    with pytest.raises(Problem, match="no proper"):
        import_voxpop(forum=other, file=forged(forum, tmp_path, as_it_is, {**said, **lie}))
    assert not Comment.objects.filter(forum=other).exists()


def test_an_export_from_before_votes_keeps_its_tallies(tmp_path):
    forum, _, _ = _talked()

    def lie(row: dict) -> None:
        row.pop("votes", None)
        if row["type"] == "comment":
            row["up"], row["down"] = 5, 2

    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=forged(forum, tmp_path, lie))
    tallies = Comment.objects.filter(forum=other).values_list("up", "down", "rank")
    assert set(tallies) == {(5, 2, rank(5, 2))}


def test_votes_without_names_stay_votes_when_they_are_exported_again(tmp_path):
    """An old file brought a tally and no voters; every export after it carries the tally on."""
    forum, (first, second), readers = _talked()
    Comment.objects.filter(id=first.id).update(up=5, down=2, rank=rank(5, 2))
    Vote.objects.create(comment=second, author=readers[0], value=1, changed=MOMENT)
    lines = exported(forum)
    for name in ("other", "third"):
        (tmp_path / f"{name}.jsonl").write_bytes(lines)
        other = Forum.objects.create(shortname=name, name=name)
        import_voxpop(forum=other, file=tmp_path / f"{name}.jsonl")
        tallies = Comment.objects.filter(forum=other).order_by("id").values_list("up", "down")
        assert list(tallies) == [(5, 2), (1, 0)]
        lines = exported(other)


def test_votes_with_names_are_counted_whatever_else_the_file_says(tmp_path):
    forum, (first, _), readers = _talked()
    Vote.objects.create(comment=first, author=readers[0], value=1, changed=MOMENT)

    def lie(row: dict) -> None:
        if row["type"] == "comment" and row["id"] == first.public_id:
            row["up"], row["unnamed_votes"] = 9999, True

    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=forged(forum, tmp_path, lie))
    check_tallies(other)


def test_a_vote_taken_back_a_moment_ago_is_no_unnamed_one():
    forum, (first, _), _ = _talked()
    Comment.objects.filter(id=first.id).update(up=1)
    assert exported(forum).count(b'"unnamed_votes":true') == 1
    PendingTally.objects.create(comment=first, thread_id=first.thread_id)
    assert b'"unnamed_votes":true' not in exported(forum)


def test_a_run_that_dies_within_a_batch_brings_its_votes_with_its_comments(tmp_path, monkeypatch):
    forum, (first, second), readers = _talked()
    for comment in (first, second):
        Vote.objects.create(comment=comment, author=readers[0], value=1, changed=MOMENT)
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(forum))
    other = Forum.objects.create(shortname="other", name="Other")
    monkeypatch.setattr("voxpop.transfer.plant.comments.BATCH", 1)
    batches = iter([plant_voices, killed])
    with monkeypatch.context() as patch:
        patch.setattr("voxpop.transfer.plant.plant_voices", lambda *given: next(batches)(*given))
        with pytest.raises(KeyboardInterrupt):
            import_voxpop(forum=other, file=file)
    assert len(_voted(other)) == Comment.objects.filter(forum=other).count() == 1
    import_voxpop(forum=other, file=file)
    assert len(_voted(other)) == Comment.objects.filter(forum=other).count() == 2
    check_tallies(other)


def _flagged(forum: Forum) -> list[tuple]:
    flags = Flag.objects.filter(comment__forum=forum).order_by("comment", "author__name")
    return list(flags.values_list("comment__imported_id", "author__name", "reason", "created"))


def test_every_flag_comes_back_and_those_that_wait_still_wait(tmp_path):
    forum, (first, second), readers = _talked()
    for comment in (first, second):
        for reader in readers[:2]:
            Flag.objects.create(comment=comment, author=reader, reason="abuse", created=MOMENT)
    Comment.objects.filter(id=first.id).update(flags=2)  # the other's were answered
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported(forum))
    before = _flagged(forum)
    other = Forum.objects.create(shortname="other", name="Other")
    for _ in range(2):
        report = import_voxpop(forum=other, file=file)
        assert (report.flags, report.skipped) == (4, 0)
        assert _flagged(other) == before
        waiting = Comment.objects.filter(forum=other).order_by("id").values_list("flags", flat=True)
        assert list(waiting) == [2, 0]


def test_flags_that_nobody_could_have_raised_are_left_out_and_told(tmp_path):
    forum, (first, _), readers = _talked()
    Flag.objects.create(comment=first, author=readers[0], reason="spam", created=MOMENT)

    def lie(row: dict) -> None:
        if row["type"] == "comment":
            row["flags"] = 5000

    key = f"guest:{readers[0].public_id}"
    said = {
        "type": "flag",
        "comment": first.public_id,
        "author": key,
        "reason": "abuse",
        "created": AT,
    }
    file = forged(
        forum, tmp_path, lie, said, {**said, "comment": "0" * 13}, {**said, "author": "user:nobody"}
    )
    other = Forum.objects.create(shortname="other", name="Other")
    report = import_voxpop(forum=other, file=file)
    assert report.skipped_why == {NO_SUCH_COMMENT: 1, NO_SUCH_AUTHOR: 1, ONCE: 1}
    assert [row[2] for row in _flagged(other)] == ["spam"]
    waiting = Comment.objects.filter(forum=other).order_by("id").values_list("flags", flat=True)
    assert list(waiting) == [1, 0]


@pytest.mark.parametrize("lie", [{"reason": "x" * 900}, {"reason": None}, {"created": None}])
def test_a_flag_that_is_none_refuses_the_file(tmp_path, lie):
    forum, (first, _), readers = _talked()
    key = f"guest:{readers[0].public_id}"
    said = {"type": "flag", "comment": first.public_id, "author": key, "reason": "spam"}
    file = forged(forum, tmp_path, as_it_is, {**said, "created": AT, **lie})
    other = Forum.objects.create(shortname="other", name="Other")
    with pytest.raises(Problem, match="no proper"):
        import_voxpop(forum=other, file=file)
    assert not Comment.objects.filter(forum=other).exists()


def test_an_export_from_before_flags_comes_in(tmp_path):
    forum, _, _ = _talked()
    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=forged(forum, tmp_path, lambda row: row.pop("flags", None)))
    assert Comment.objects.filter(forum=other, flags=0).count() == 2


def killed(*given: object) -> None:
    """The power fails."""
    raise KeyboardInterrupt
