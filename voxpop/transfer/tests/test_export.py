"""An export comes back as the same forum, and carries nothing that is not its owner's."""

import pytest
from django.db import connection

from tests.corpora import faults
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads import addresses
from voxpop.threads.models import (
    Comment,
)
from voxpop.transfer.actions.import_forum import (
    import_disqus,
    import_voxpop,
)
from voxpop.transfer.tests.making import DATA, brought_back, check_trees, exported, forged

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA = tmp_path


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
    import_voxpop(forum=other, file=forged(forum, tmp_path, lie))
    comments = Comment.objects.filter(forum=other)
    assert len(comments) == 2
    for comment in comments:
        assert not faults(comment.html)
        assert (comment.html[:7], comment.badge) == ("<p>hi<a", "")
    assert set(other.threads.values_list("url", flat=True)) == {""}
    assert not other.threads.filter(public_id=VICTIM).exists()


@pytest.mark.broad
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
        import_voxpop(forum=other, file=forged(forum, tmp_path, lie))
    other.refresh_from_db()
    assert (other.accent, other.name) == ("", "Other")
    assert not other.threads.exists()


def test_the_number_of_queries_does_not_grow_with_the_comments(django_assert_max_num_queries):
    forum = Forum.objects.create(shortname="demo", name="Demo")
    import_disqus(forum=forum, file=DATA / "sample.xml")
    with django_assert_max_num_queries(16, connection=connection):
        exported(forum)
