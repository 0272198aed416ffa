"""An export comes back as the same forum, and carries nothing that is not its owner's."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpora import faults
from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads import addresses, markup
from voxpop.threads.actions.vote import rank
from voxpop.threads.models import (
    Comment,
    Flag,
    FlagReason,
    PendingTally,
    Revision,
    Status,
    Thread,
    ThreadAlias,
    Vote,
)
from voxpop.transfer.actions.export_forum import author_key, export_forum
from voxpop.transfer.actions.import_forum import (
    digest_of,
    import_disqus,
    import_voxpop,
    skipped_file,
)
from voxpop.transfer.arrange import NO_SUCH_AUTHOR, NO_SUCH_COMMENT, OWN_VOTE
from voxpop.transfer.plant.voices import plant_voices
from voxpop.transfer.spool import ONCE
from voxpop.transfer.tests.making import DATA, check_trees

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA = tmp_path


def exported(forum: Forum, **options: bool) -> bytes:
    return b"".join(export_forum(forum, **options))


def brought_back(forum: Forum, lines: bytes, file: Path) -> Forum:
    """The export in a forum of the same name, after the first has gone."""
    empty(forum)
    forum = Forum.objects.create(shortname=forum.shortname, name="New")
    file.write_bytes(lines)
    import_voxpop(forum=forum, file=file)
    return forum


def empty(forum: Forum) -> None:
    forum.threads.update(pinned=None)
    Comment.objects.filter(forum=forum).update(parent=None)
    Comment.objects.filter(forum=forum).delete()
    forum.threads.all().delete()
    forum.delete()


def test_an_imported_forum_is_exported_and_comes_back(tmp_path):
    forum = Forum.objects.create(shortname="demo", name="Demo", accent="#aa3300", word_list="x\ny")
    forum.sites.create(origin="https://blog.example")
    import_disqus(forum=forum, file=DATA / "damaged.xml")
    before = exported(forum)
    again = brought_back(forum, before, tmp_path / "export.jsonl")
    assert exported(again) == before
    again.refresh_from_db()
    assert (again.accent, again.name) == ("#aa3300", "Demo")
    check_trees(again)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=40)
moments = st.datetimes(datetime(2001, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 made UTC here
    lambda moment: moment.replace(tzinfo=UTC)
)


@st.composite
def forums(draw: st.DrawFn) -> list[dict]:
    """Comments to be: which they answer, what they say, how they stand."""
    return [
        {
            "parent": draw(st.none() | st.integers(0, max(0, n - 1))) if n else None,
            "source": draw(texts),
            "status": draw(st.sampled_from([Status.PUBLISHED, *Status])),
            "author": draw(st.integers(0, 3)),
            "created": draw(moments),
            "votes": draw(st.dictionaries(st.integers(0, 4), st.sampled_from([1, -1]))),
            "flags": draw(st.dictionaries(st.integers(0, 4), st.sampled_from(FlagReason.values))),
            "answered": draw(st.booleans()),
            "edited": draw(st.none() | moments),
            "thread": draw(st.integers(0, 2)),
            "alias": draw(st.booleans()),
        }
        for n in range(draw(st.integers(0, 12)))
    ]


FARMER = "Bo 👩🏽‍🌾"
_numbers = itertools.count()


def made(plan: list[dict]) -> Forum:
    """A forum as plans have it, without the verbs: every state that rows can be in."""
    forum = Forum.objects.create(shortname=f"f{next(_numbers)}", name="Made")
    user = User.objects.create_user(f"u{forum.id}@voxpop.example")
    authors = [
        Author.objects.create(kind=AuthorKind.USER, name="Ada", user=user),
        Author.objects.create(
            kind=AuthorKind.GUEST, name="Bo 👩🏽‍🌾", forum=forum, email="bo@x.example"
        ),
        Author.objects.create(kind=AuthorKind.GUEST, name="Bo 👩🏽‍🌾", forum=forum),
        Author.objects.create(
            kind=AuthorKind.IMPORTED, name="Old", forum=forum, imported_key="disqus:old"
        ),
        Author.objects.create(kind=AuthorKind.GUEST, name="Never wrote", forum=forum),
    ]
    threads = [_made_thread(forum, n) for n in range(3)]
    comments: list[Comment] = []
    for each in plan:
        comments.append(_made_comment(forum, threads, authors, comments, each))
    if comments:
        threads[0].pinned = next((c for c in comments if c.thread_id == threads[0].id), None)
        threads[0].save()
    return forum


def _made_thread(forum: Forum, n: int) -> Thread:
    kind, value = [("i", "seven: ä"), ("u", "blog.example/1"), ("i", "x")][n]
    thread = Thread.objects.create(
        public_id=addresses.thread_public_id(forum.shortname, kind, value),
        forum=forum,
        identifier=value if kind == "i" else "",
        url="https://blog.example/1" if n else "",
        title=f"Title {n}",
        is_locked=n == 1,
        is_premoderated=n == 2,
    )
    ThreadAlias.objects.create(forum=forum, thread=thread, kind=kind, value=value)
    if n == 2:
        ThreadAlias.objects.create(forum=forum, thread=thread, kind="d", value="99")
    return thread


def _made_comment(forum, threads, authors, earlier, each) -> Comment:
    parent = earlier[each["parent"]] if each["parent"] is not None else None
    # Not by chance: the same plan makes the same rows, and two rows never the same id.
    milliseconds = ids.id_at(int(each["created"].timestamp() * 1000)) >> 21
    if parent is not None:
        milliseconds = max(milliseconds, parent.id >> 21)
    number = milliseconds << 21 | len(earlier)
    try:
        html = markup.render(each["source"])
    except Problem:
        html = ""
    votes = {voter: each["votes"][voter] for voter in each["votes"] if voter != each["author"]}
    comment = Comment.objects.create(
        id=number,
        forum=forum,
        thread=parent.thread if parent else threads[each["thread"]],
        author=authors[each["author"]],
        parent=parent,
        root_id=parent.root_id if parent else number,
        depth=parent.depth + 1 if parent else 0,
        path=(bytes(parent.path) if parent else b"") + number.to_bytes(8, "big"),
        status=each["status"] if html else Status.DELETED,
        source=each["source"],
        html=html,
        created=each["created"],
        edited=each["edited"],
        up=sum(value > 0 for value in votes.values()),
        down=sum(value < 0 for value in votes.values()),
        flags=0 if each["answered"] else len(each["flags"]),
        revision=2 if each["edited"] else 1,
        imported_id=f"o{number}" if each["alias"] else None,
        badge="owner" if each["author"] == 0 else "",
    )
    for reader, reason in each["flags"].items():
        Flag.objects.create(
            comment=comment, author=authors[reader], reason=reason, created=each["created"]
        )
    for voter, value in votes.items():
        Vote.objects.create(
            comment=comment, author=authors[voter], value=value, changed=each["created"]
        )
    if each["edited"]:
        for revision in (1, 2):
            Revision.objects.create(
                comment=comment,
                number=revision,
                source=each["source"],
                html=html,
                created=each["edited"] + timedelta(microseconds=revision),
                status=Status.PUBLISHED,
            )
    return comment


@pytest.mark.broad
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(forums())
def test_whatever_is_in_a_forum_comes_back_the_same(tmp_path, plan):
    with transaction.atomic():
        forum = made(plan)
        before = exported(forum, with_private=True)
        again = brought_back(forum, before, tmp_path / "export.jsonl")
        assert exported(again, with_private=True) == before
        check_trees(again)
        check_tallies(again)
        transaction.set_rollback(True)


def check_tallies(forum: Forum) -> None:
    """What each comment says of its votes is what they are."""
    for comment in Comment.objects.filter(forum=forum):
        values = list(comment.votes.values_list("value", flat=True))
        assert (comment.up, comment.down) == (values.count(1), values.count(-1))
        assert comment.rank == rank(comment.up, comment.down)


def test_a_copy_beside_the_original_leaves_the_original_alone(tmp_path):
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    before = exported(forum)
    (tmp_path / "export.jsonl").write_bytes(before)
    copy = Forum.objects.create(shortname="copy", name="Copy")
    for _ in range(2):
        import_voxpop(forum=copy, file=tmp_path / "export.jsonl")
    assert exported(forum) == before
    assert Comment.objects.filter(forum=copy).count() == 2
    assert Comment.objects.get(forum=copy, imported_id="5002").parent.imported_id == "5001"
    check_trees(copy)


def test_an_export_that_was_changed_or_cut_off_is_refused_whole(tmp_path):
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    lines = exported(forum)
    other = Forum.objects.create(shortname="other", name="Other")
    for damaged in (
        lines.replace(b"Hello", b"Hullo"),
        lines[: lines.rindex(b"\n", 0, -1) + 1],
        lines[:-40],
        lines.replace(b'"voxpop_export":1', b'"voxpop_export":2'),
        b"[]\n",
        b"\n",
        b"{" * 5000 + b"\n",
    ):
        file = tmp_path / "damaged.jsonl"
        file.write_bytes(damaged)
        with pytest.raises(Problem, match="invalid"):
            import_voxpop(forum=other, file=file)
    assert not Comment.objects.filter(forum=other).exists()
    assert not other.threads.exists()


VICTIM = addresses.thread_public_id("victim", "u", "blog.example/p/1")


def test_what_an_export_says_of_itself_is_not_believed(tmp_path):
    """Whoever can edit a file can also make its checksum."""
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    first = Comment.objects.earliest("id").thread.public_id

    def lie(row: dict) -> None:
        if row["type"] == "comment":
            row["html"] = '<p>hi<img src=x onerror=alert(1)><a href="javascript:1">x</a></p>'
            row["badge"] = "<b>operator"
            row["thread"] = VICTIM
        if row["type"] == "thread":
            row["url"] = "javascript:alert(1)"
            row["id"] = VICTIM if row["id"] == first else row["id"]

    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=_forged(forum, tmp_path, lie))
    comments = Comment.objects.filter(forum=other)
    assert len(comments) == 2
    for comment in comments:
        assert not faults(comment.html)
        assert (comment.html[:7], comment.badge) == ("<p>hi<a", "")
    assert set(other.threads.values_list("url", flat=True)) == {""}
    assert not other.threads.filter(public_id=VICTIM).exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accent", "red;}body{display:none"),
        ("accent", "red"),
        ("sort", "loudest"),
        ("edit_minutes", -1),
        ("edit_minutes", "soon"),
        ("name", None),
    ],
)
def test_settings_that_no_owner_could_set_refuse_the_file(tmp_path, name, value):
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")

    def lie(row: dict) -> None:
        if row["type"] == "forum":
            row[name] = value

    other = Forum.objects.create(shortname="other", name="Other")
    with pytest.raises(Problem, match="settings"):
        import_voxpop(forum=other, file=_forged(forum, tmp_path, lie))
    other.refresh_from_db()
    assert (other.accent, other.name) == ("", "Other")
    assert not other.threads.exists()


def _forged(
    forum: Forum, folder: Path, lie: Callable[[dict], None], *more: dict, **options: bool
) -> Path:
    """The forum's export with lies in it, and `more` rows, and a checksum that is right."""
    lines, counts = b"", Counter()
    rows = [orjson.loads(line) for line in exported(forum, **options).splitlines()[:-1]]
    for row in [*rows, *more]:
        lie(row)
        counts[row["type"]] += 1
        lines += orjson.dumps(row) + b"\n"
    end = {"type": "end", "counts": counts, "sha256": hashlib.sha256(lines).hexdigest()}
    file = folder / "forged.jsonl"
    file.write_bytes(lines + orjson.dumps(end) + b"\n")
    return file


def test_the_number_of_queries_does_not_grow_with_the_comments(django_assert_max_num_queries):
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    with django_assert_max_num_queries(14, connection=connection):
        exported(forum)


# -- what readers said without a text --------------------------------------------------------

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
    file = _forged(
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
        import_voxpop(forum=other, file=_forged(forum, tmp_path, as_it_is, {**said, **lie}))
    assert not Comment.objects.filter(forum=other).exists()


def test_an_export_from_before_votes_keeps_its_tallies(tmp_path):
    forum, _, _ = _talked()

    def lie(row: dict) -> None:
        row.pop("votes", None)
        if row["type"] == "comment":
            row["up"], row["down"] = 5, 2

    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=_forged(forum, tmp_path, lie))
    tallies = Comment.objects.filter(forum=other).values_list("up", "down", "rank")
    assert set(tallies) == {(5, 2, rank(5, 2))}


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
    file = _forged(
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
    file = _forged(forum, tmp_path, as_it_is, {**said, "created": AT, **lie})
    other = Forum.objects.create(shortname="other", name="Other")
    with pytest.raises(Problem, match="no proper"):
        import_voxpop(forum=other, file=file)
    assert not Comment.objects.filter(forum=other).exists()


def test_an_export_from_before_flags_comes_in(tmp_path):
    forum, _, _ = _talked()
    other = Forum.objects.create(shortname="other", name="Other")
    import_voxpop(forum=other, file=_forged(forum, tmp_path, lambda row: row.pop("flags", None)))
    assert Comment.objects.filter(forum=other, flags=0).count() == 2


def killed(*given: object) -> None:
    """The power fails."""
    raise KeyboardInterrupt
