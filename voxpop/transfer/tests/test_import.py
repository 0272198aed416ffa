"""Importing: every comment in its place, once, with counts that are right."""

import random

import pytest

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.events.models import OutboxEvent
from voxpop.forums.models import Forum
from voxpop.threads.actions.post import ThreadRef, post_comment
from voxpop.threads.models import Comment, Status, Thread, ThreadAlias, ThreadEvent
from voxpop.threads.reading import find_thread, read_thread
from voxpop.threads.tail import read_tail
from voxpop.transfer import plant
from voxpop.transfer.actions.import_forum import _alone_in, import_disqus, run_import
from voxpop.transfer.models import Import
from voxpop.transfer.tests.making import DATA, bring, check_trees, export, old, post, thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def forum(settings, tmp_path) -> Forum:
    settings.DATA = tmp_path
    forum = Forum.objects.create(shortname="demo", name="Demo")
    forum.sites.create(origin="https://blog.example")
    return forum


def test_the_sample_of_the_contract(forum):
    report = import_disqus(forum=forum, file=DATA / "sample.xml")
    assert (report.comments_new, report.pages_new, report.skipped) == (2, 2, 1)
    assert old(forum, 5002).parent == old(forum, 5001)
    assert old(forum, 5002).html == "<p>@ada_l yes</p>"
    assert old(forum, 5001).author.imported_key == "disqus:ada_l"
    assert old(forum, 5002).author.kind == AuthorKind.GUEST
    by_identifier = find_thread(forum, identifier="post-1")
    assert by_identifier == find_thread(forum, url="http://blog.example/p/1?utm_medium=mail")
    assert find_thread(forum, url="https://blog.example/p/2/").is_locked
    check_trees(forum)


def test_damaged_records_are_left_out_and_the_others_are_there(forum):
    report = import_disqus(forum=forum, file=DATA / "damaged.xml")
    assert (report.comments_new, report.skipped) == (6, 4)
    assert sum(report.skipped_why.values()) == 4
    check_trees(forum)


def test_what_was_imported_is_read_like_any_thread(forum):
    bring(forum, thread(1), post(1, 1), post(2, 1, parent=1))
    page = read_thread(find_thread(forum, url="https://blog.example/1"), sort="oldest")
    assert [row.depth for row in page.rows] == [0, 1]
    assert b"Text 2" in page.joined()


def test_replies_may_come_before_what_they_answer(forum):
    bring(
        forum,
        post(3, 1, parent=2),
        post(2, 1, parent=1),
        post(1, 1),
        thread(1),
    )
    assert old(forum, 3).depth == 2
    check_trees(forum)


def test_a_reply_stands_after_what_it_answers_whatever_the_clocks_said(forum):
    bring(
        forum,
        thread(1),
        post(1, 1, created="2020-05-05T00:00:00Z"),
        *(post(n, 1, parent=1, created="2019-01-01T00:00:00Z") for n in range(2, 6)),
        post(6, 1, parent=2, created="2018-01-01T00:00:00Z"),
    )
    check_trees(forum)


def test_a_reply_without_its_parent_becomes_a_comment_of_its_own(forum):
    report = bring(
        forum,
        thread(1),
        thread(2),
        post(1, 1, parent=77),
        post(2, 1, parent=3),
        post(3, 2),
        post(4, 1, parent=1),
    )
    assert report.orphans == 2
    assert [old(forum, key).parent_id is None for key in (1, 2, 3, 4)] == [True, True, True, False]
    check_trees(forum)


def test_replies_in_a_circle_are_all_there(forum):
    report = bring(
        forum,
        thread(1),
        post(1, 1, parent=3),
        post(2, 1, parent=1),
        post(3, 1, parent=2),
        post(4, 1, parent=4),
    )
    assert (report.comments_new, report.orphans) == (4, 4)
    check_trees(forum)


def test_removed_comments_keep_their_place_above_live_ones_only(forum):
    bring(
        forum,
        thread(1),
        post(1, 1, deleted="true", text=""),
        post(2, 1, parent=1, deleted="true", text=""),
        post(3, 1, parent=2),
        post(4, 1, deleted="true"),
        post(5, 1, spam="true"),
        post(6, 1, parent=5, spam="true", deleted="true"),
    )
    shown = [old(forum, key).is_shown for key in range(1, 7)]
    assert shown == [True, True, True, False, False, False]
    assert b"Text" not in bytes(old(forum, 1).fragment)
    assert old(forum, 6).status == Status.SPAM
    check_trees(forum)


def test_a_deep_chain_is_cut_where_posting_cuts_it(forum):
    chain = [post(n, 1, **({"parent": n - 1} if n > 1 else {})) for n in range(1, 231)]
    bring(forum, thread(1), *chain)
    deepest = old(forum, 230)
    assert (deepest.depth, deepest.parent) == (200, old(forum, 229))
    check_trees(forum)


def test_threads_of_one_page_become_one_that_keeps_every_name(forum):
    report = bring(
        forum,
        thread(1, link="http://blog.example/a", identifier="a"),
        thread(2, link="https://blog.example/a/?utm_source=x", title="A", identifier="7 old"),
        thread(3, link="https://blog.example/a#top"),
        thread(4, link="https://blog.example/elsewhere", identifier="a"),
        thread(5, link="https://blog.example/b"),
        post(1, 1),
        post(2, 2),
        post(3, 2, parent=1),
        post(4, 4),
    )
    assert (report.threads, report.pages) == (5, 2)
    page = find_thread(forum, identifier="a")
    assert page.title == "A"
    assert page.comment_count == 4
    names = set(page.aliases.values_list("kind", "value"))
    assert names == {
        *(("d", "1"), ("d", "2"), ("d", "3"), ("d", "4"), ("i", "a"), ("i", "7 old")),
        *(("u", "blog.example/a"), ("u", "blog.example/elsewhere")),
    }
    assert page.aliases.filter(kind="i").order_by("id").first().value == "7 old"
    check_trees(forum)


def test_comments_of_a_deleted_thread_are_not_shown(forum):
    bring(forum, thread(1, deleted="true"), thread(2, deleted="true"), post(1, 1))
    assert old(forum, 1).status == Status.DELETED
    assert Thread.objects.filter(forum=forum).count() == 1
    check_trees(forum)


def test_one_username_is_one_author_and_guests_are_one_by_name(forum):
    bring(
        forum,
        thread(1),
        post(1, 1, name="Ada", username="ada"),
        post(2, 1, name="Ada L.", username="Ada"),
        post(3, 1, name="Bo"),
        post(4, 1, name="bo"),
        post(5, 1, name="&#x202e;&#x200b;"),
    )
    names = dict(Author.objects.values_list("imported_key", "name"))
    assert names == {
        "disqus:ada": "Ada",
        "disqus-guest:bo": "Bo",
        "disqus-guest:\u202e\u200b": "Guest",
    }


def test_comments_of_one_second_keep_the_order_of_their_ids(forum):
    records = [post(n, 1, created="2020-01-01T00:00:00Z") for n in range(8, 108)]
    random.Random(1).shuffle(records)
    bring(forum, thread(1), *records)
    in_order = Comment.objects.order_by("id").values_list("imported_id", flat=True)
    assert [int(key) for key in in_order] == list(range(8, 108))


def test_importing_again_brings_nothing_twice(forum):
    records = [thread(1), post(1, 1), post(2, 1, parent=1)]
    bring(forum, *records)
    report = bring(forum, *records)
    assert (report.comments_new, report.comments_here, report.pages_new) == (0, 2, 0)
    assert Comment.objects.count() == 2
    assert ThreadAlias.objects.count() == 2
    check_trees(forum)


def test_a_later_export_brings_what_is_new_even_without_its_thread(forum):
    bring(forum, thread(1), post(1, 1, deleted="true"), post(2, 1))
    assert not old(forum, 1).is_shown
    report = bring(forum, post(2, 1), post(3, 1, parent=1), post(4, 1, parent=3))
    assert (report.comments_new, report.comments_here, report.orphans) == (2, 1, 1)
    bring(
        forum,
        thread(1),
        post(1, 1),
        post(5, 1, parent=1),
        post(6, 1, parent=4),
    )
    assert old(forum, 1).is_shown
    assert old(forum, 5).parent == old(forum, 1)
    check_trees(forum)


def test_imported_comments_join_those_that_were_posted_here(
    forum, django_capture_on_commit_callbacks
):
    author = Author.objects.create(kind=AuthorKind.GUEST, name="Native", forum=forum)
    here = post_comment(
        forum=forum,
        thread=ThreadRef(url="https://blog.example/1", title="Here"),
        author=author,
        source="I was first",
    )
    report = bring(forum, thread(1), post(1, 1), post(2, 1, parent=1))
    assert report.pages_new == 0
    here.thread.refresh_from_db()
    assert here.thread.comment_count == 3
    assert old(forum, 2).thread == here.thread
    check_trees(forum)


def test_open_pages_are_told_to_read_again_and_nobody_else_is_told_anything(forum):
    bring(forum, thread(1), post(1, 1))
    page = find_thread(forum, url="https://blog.example/1")
    assert read_tail(page, 0).is_reset
    assert list(ThreadEvent.objects.values_list("kind", flat=True)) == ["reset"]
    assert list(OutboxEvent.objects.values_list("name", flat=True)) == ["ForumChanged"]


@pytest.mark.broad
def test_counts_are_exact_after_every_batch(forum, monkeypatch):
    monkeypatch.setattr(plant.comments, "BATCH", 7)
    rng = random.Random(5)
    records = []
    for n in range(1, 120):
        given = {"parent": rng.randrange(max(1, n - 9), n)} if n > 3 and rng.random() < 0.8 else {}
        records.append(
            post(n, rng.choice([1, 1, 2]), deleted=str(rng.random() < 0.4).lower(), **given)
        )
    job = Import(
        forum=forum,
        source="disqus",
        file=str(export(thread(1), thread(2), *records)),
    )
    done = []

    def look(stage: str, at: int, size: int) -> None:
        if stage == "writing":
            check_trees(forum)
            done.append(at)

    run_import(job, look)
    assert done == [*range(7, 119, 7), 119]


def test_a_dry_run_says_the_same_and_writes_nothing(forum):
    file = export(thread(1), post(1, 1), post(2, 1, parent=1), post(3, 9))
    tables = (Thread, ThreadAlias, Comment, Author, ThreadEvent, Import, OutboxEvent)
    would = import_disqus(forum=forum, file=file, is_dry_run=True)
    assert [table.objects.count() for table in tables] == [0] * len(tables)
    assert would == import_disqus(forum=forum, file=file)
    assert would.skipped_why == {"its thread is not in the file": 1}


def test_text_that_cannot_be_rendered_keeps_its_place(forum):
    report = bring(
        forum,
        thread(1),
        post(1, 1, text="x" * 100_000),
        post(2, 1, parent=1),
        post(3, 1, text="<p> </p>"),
    )
    assert report.unrenderable == 1
    assert (old(forum, 1).status, old(forum, 1).is_shown) == (Status.REJECTED, True)
    assert old(forum, 3).status == Status.DELETED
    check_trees(forum)


def test_one_import_at_a_time(forum):
    file = export(thread(1), post(1, 1))
    with _alone_in(forum), pytest.raises(Problem, match="in_progress"):
        import_disqus(forum=forum, file=file)
    import_disqus(forum=forum, file=file)


def test_what_was_made_in_one_moment_gets_ids_of_its_own(forum, monkeypatch):
    """Another platform's own importer gave all it brought one second; and chance may repeat."""
    monkeypatch.setattr("voxpop.ids.secrets.randbits", lambda bits: 0)
    pages = [thread(key) for key in range(8)]
    roots = [post(100 + key, on=key, name=f"Name {key}") for key in range(8)]
    replies = [post(200 + key, on=key, parent=100 + key, name=f"Other {key}") for key in range(8)]
    report = bring(forum, *pages, *roots, *replies)
    assert (report.comments_new, report.pages_new, report.skipped) == (16, 8, 0)
    assert [old(forum, 100 + key).id for key in range(8)] == sorted(
        comment.id for comment in Comment.objects.filter(parent=None)
    )
    check_trees(forum)
