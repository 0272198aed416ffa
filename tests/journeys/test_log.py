"""The one idea (DESIGN 1): apply(events C..N, snapshot at C) == snapshot at N, for every C.

Random histories of every verb, over the whole thread keyed by id, in JSON and as the fragments
that pages are joined of; and nothing held, removed or private in any snapshot or event.
"""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.forums.models import Forum, Site
from voxpop.threads import actions, reading, tail
from voxpop.threads.models import Comment, Revision, Status, Thread
from voxpop.threads.shapes import STORED, joined_shape

PAGE = "https://magazine.test/story"
OPS = ["post", "reply", "held", "edit", "edit_held", "approve", "remove", "restore", "delete"]
OPS += ["vote", "fold", "lock", "pin", "rename", "spam", "approve_edit"]

step = st.tuples(st.sampled_from(OPS), st.integers(0, 50), st.integers(0, 3))


class Cast:
    """A forum, four people, and one thread that things happen to."""

    def __init__(self) -> None:
        self.forum = Forum.objects.create(shortname=ids.public(ids.new_id()), name="F")
        Site.objects.create(forum=self.forum, origin="https://magazine.test")
        self.people = [
            Author.objects.create(kind=AuthorKind.USER, name=f"Person {n}", name_skeleton=f"p{n}")
            for n in range(4)
        ]
        self.secret = 0
        first = self.post(self.people[0], None)
        self.thread = Thread.objects.get(id=first.thread_id)

    def post(self, author: Author, parent: Comment | None) -> Comment:
        self.secret += 1
        return actions.post_comment(
            forum=self.forum,
            thread=actions.ThreadRef(url=PAGE, title="T"),
            author=author,
            source=f"text number {self.secret} of a comment",
            parent=parent,
        )

    def pick(self, number: int, **which: Any) -> Comment | None:
        found = list(Comment.objects.filter(thread=self.thread, **which).order_by("id"))
        return found[number % len(found)] if found else None

    def do(self, op: str, number: int, person: int) -> None:
        getattr(self, f"do_{op}")(number, self.people[person])

    def do_post(self, number: int, author: Author) -> None:
        if not self.is_locked():
            self.post(author, None)

    def do_reply(self, number: int, author: Author) -> None:
        parent = self.pick(number, status=Status.PUBLISHED)
        if parent and not self.is_locked():
            self.post(author, parent)

    def do_held(self, number: int, author: Author) -> None:
        Forum.objects.filter(id=self.forum.id).update(is_premoderated=True)
        self.forum.refresh_from_db()
        self.do_reply(number, author)
        Forum.objects.filter(id=self.forum.id).update(is_premoderated=False)
        self.forum.refresh_from_db()

    def do_edit(self, number: int, author: Author) -> None:
        self.edit(self.pick(number, status=Status.PUBLISHED))

    def do_edit_held(self, number: int, author: Author) -> None:
        Forum.objects.filter(id=self.forum.id).update(is_premoderated=True)
        self.edit(self.pick(number, status=Status.PUBLISHED))
        Forum.objects.filter(id=self.forum.id).update(is_premoderated=False)

    def edit(self, comment: Comment | None) -> None:
        if comment is None or self.is_locked():
            return
        self.secret += 1
        comment = Comment.objects.select_related("author", "thread", "forum").get(id=comment.id)
        actions.edit_comment(
            comment=comment,
            author=comment.author,
            source=f"edit number {self.secret} of a comment",
            revision=comment.revision,
        )

    def do_approve_edit(self, number: int, author: Author) -> None:
        waiting = Revision.objects.filter(
            comment__thread=self.thread, status=Status.HELD, comment__status=Status.PUBLISHED
        ).exclude(comment__status=Status.HELD)
        if waiting:
            actions.approve_revision(waiting[number % len(waiting)])

    def do_approve(self, number: int, author: Author) -> None:
        comment = self.pick(number, status__in=[Status.HELD, Status.SPAM])
        if comment:
            actions.publish_comment(comment)

    def do_remove(self, number: int, author: Author) -> None:
        comment = self.pick(number)
        if comment:
            actions.remove_comment(comment, Status.REJECTED)

    def do_spam(self, number: int, author: Author) -> None:
        comment = self.pick(number)
        if comment:
            actions.remove_comment(comment, Status.SPAM)

    def do_restore(self, number: int, author: Author) -> None:
        comment = self.pick(number, status__in=[Status.REJECTED, Status.DELETED])
        if comment:
            actions.publish_comment(comment)

    def do_delete(self, number: int, author: Author) -> None:
        comment = self.pick(number, author=author, status=Status.PUBLISHED)
        if comment:
            actions.delete_comment(comment=comment, author=author)

    def do_vote(self, number: int, author: Author) -> None:
        comment = self.pick(number, status=Status.PUBLISHED)
        if comment and comment.author_id != author.id:
            actions.vote(comment=comment, author=author, value=(-1, 0, 1)[number % 3])

    def do_fold(self, number: int, author: Author) -> None:
        actions.fold_votes()

    def do_lock(self, number: int, author: Author) -> None:
        actions.lock_thread(Thread.objects.get(id=self.thread.id), not self.is_locked())

    def do_pin(self, number: int, author: Author) -> None:
        thread = Thread.objects.get(id=self.thread.id)
        actions.pin_comment(thread, self.pick(number, status=Status.PUBLISHED))

    def do_rename(self, number: int, author: Author) -> None:
        name = f"{author.name.split('|')[0]}| {number}"
        actions.rename_author(author, name)
        actions.dress_author_anew(author.id)

    def is_locked(self) -> bool:
        return Thread.objects.get(id=self.thread.id).is_locked


def snapshot(thread: Thread) -> dict[str, Any]:
    """The whole thread keyed by id, read as readers read it: page by page, branch by branch."""
    thread = Thread.objects.get(id=thread.id)
    return {
        "seq": thread.seq,
        "facts": tail.thread_facts(thread),
        "count": thread.comment_count,
        "json": {
            row.id: orjson.loads(joined_shape(row, thread.public_id.encode()))
            for row in whole(thread, STORED)
        },
        "html": {row.id: row.content for row in whole(thread, reading.FRAGMENTS)},
    }


def whole(thread: Thread, columns: reading.Columns) -> list[reading.PageRow]:
    rows: list[reading.PageRow] = []
    after: str | None = None
    while True:
        page = reading.read_thread(thread, sort="oldest", after=after, limit=3, columns=columns)
        for row in page.rows:
            rows.append(row)
            if row.more:
                rows += rest(thread, row, columns)
        after = page.next
        if after is None:
            return rows


def rest(thread: Thread, row: reading.PageRow, columns: reading.Columns) -> list[reading.PageRow]:
    root = Comment.objects.get(id=row.root_id)
    rows: list[reading.PageRow] = []
    after: str | None = row.more_after
    while after:
        page = reading.read_branch(thread, root, after=after, limit=2, columns=columns)
        rows += page.rows
        after = page.next
    return rows


def events_after(thread: Thread, place: int) -> tuple[list[dict[str, Any]], int, int]:
    events: list[dict[str, Any]] = []
    while True:
        answer = tail.read_tail(Thread.objects.get(id=thread.id), place)
        assert not answer.is_reset
        if not answer.events:
            return events, answer.seq, answer.count
        events += orjson.loads(orjson.dumps(answer.events))
        place = answer.seq


def apply(events: list[dict[str, Any]], state: dict[str, Any]) -> dict[str, Any]:
    """What a reader's script does with the tail."""
    shapes, fragments, facts = dict(state["json"]), dict(state["html"]), state["facts"]
    for event in events:
        if event["kind"] == "thread":
            facts = event["thread"]
            continue
        for now in event["comments"]:
            number = ids.private(now["id"])
            parent = ids.private(now["parent"]) if now.get("parent") else None
            if parent in shapes and "parent_replies" in now:
                shapes[parent] = {**shapes[parent], "replies": now["parent_replies"]}
            if now["status"] == "gone":
                shapes.pop(number, None)
                fragments.pop(number, None)
                continue
            fragments[number] = now["fragment"].encode()
            shapes[number] = {
                key: value
                for key, value in now.items()
                if key not in {"fragment", "parent_replies"}
            }
    return {"json": shapes, "html": fragments, "facts": facts}


def assert_same(thread: Thread, early: dict[str, Any], late: dict[str, Any]) -> None:
    events, seq, count = events_after(thread, early["seq"])
    assert seq == late["seq"]
    assert count == late["count"]
    reached = apply(events, early)
    assert reached["json"] == late["json"]
    assert reached["html"] == late["html"]
    facts = {**reached["facts"], "count": count}
    assert facts == late["facts"]


def assert_counts_agree(thread: Thread, state: dict[str, Any]) -> None:
    published = Comment.objects.filter(thread=thread, status=Status.PUBLISHED).count()
    visible = [shape for shape in state["json"].values() if shape["status"] == "published"]
    assert state["count"] == published == len(visible)
    for number, shape in state["json"].items():
        children = [s for s in state["json"].values() if s["parent"] == shape["id"]]
        assert shape["replies"] == len(children), number


def assert_nothing_private(thread: Thread, state: dict[str, Any]) -> None:
    """No text of a comment that is not published is in a snapshot or in any event."""
    everything = orjson.dumps(state["json"], option=orjson.OPT_NON_STR_KEYS)
    everything += b"".join(state["html"].values())
    everything += orjson.dumps(events_after(thread, 0)[0])
    hidden = Comment.objects.filter(thread=thread).exclude(status=Status.PUBLISHED)
    for source in hidden.values_list("source", flat=True):
        assert source.encode() not in everything
    held = Revision.objects.filter(comment__thread=thread, status=Status.HELD)
    for revision in held.exclude(source=""):
        assert revision.source.encode() not in everything


@pytest.mark.broad
@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(step, min_size=1, max_size=25))
def test_a_snapshot_and_the_tail_are_the_later_snapshot(history: list[Any]) -> None:
    cast = Cast()
    states = [snapshot(cast.thread)]
    for op, number, person in history:
        cast.do(op, number, person)
        states.append(snapshot(cast.thread))
    latest = states[-1]
    for early in states:
        assert_same(cast.thread, early, latest)
    empty = {"seq": 0, "json": {}, "html": {}, "facts": tail.thread_facts(Thread(title="T"))}
    assert_same(cast.thread, empty, latest)
    assert_counts_agree(cast.thread, latest)
    assert_nothing_private(cast.thread, latest)
