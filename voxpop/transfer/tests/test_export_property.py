"""Whatever is in a forum, its export comes back as the same forum."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.moderation.models import Decision, Verb
from voxpop.screening.models import Ban
from voxpop.threads import addresses, markup
from voxpop.threads.models import (
    Comment,
    Flag,
    FlagReason,
    Revision,
    Status,
    Thread,
    ThreadAlias,
    Vote,
)
from voxpop.transfer.tests.making import (
    brought_back,
    check_trees,
    exported,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA = tmp_path


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=40)
moments = st.datetimes(datetime(2001, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 made UTC here
    lambda moment: moment.replace(tzinfo=UTC)
)


decisions = st.fixed_dictionaries(
    {
        "verb": st.sampled_from([Verb.SPAM, Verb.APPROVE_EDIT, Verb.PIN, Verb.LOCK, Verb.BAN]),
        "by": st.none() | st.integers(0, 1),
        "reason": texts,
        "at": moments,
        "undone": st.none() | moments,
    }
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
            "unnamed": draw(st.tuples(st.integers(0, 9), st.integers(0, 9))),
            "decisions": draw(st.lists(decisions, max_size=3)),
        }
        for n in range(draw(st.integers(0, 12)))
    ]


FARMER = "Bo 👩🏽‍🌾"
_numbers = itertools.count()


def made(plan: list[dict]) -> Forum:
    """A forum as plans have it, without the verbs: every state that rows can be in."""
    forum = Forum.objects.create(shortname=f"f{next(_numbers)}", name="Made")
    users = [User.objects.create_user(f"u{n}-{forum.id}@voxpop.example") for n in range(2)]
    authors = [
        Author.objects.create(kind=AuthorKind.USER, name="Ada", user=users[0]),
        Author.objects.create(
            kind=AuthorKind.GUEST, name="Bo 👩🏽‍🌾", forum=forum, email="bo@x.example"
        ),
        Author.objects.create(kind=AuthorKind.GUEST, name="Bo 👩🏽‍🌾", forum=forum),
        Author.objects.create(
            kind=AuthorKind.IMPORTED, name="Old", forum=forum, imported_key="disqus:old"
        ),
        Author.objects.create(kind=AuthorKind.GUEST, name="Never wrote", forum=forum),
    ]
    Author.objects.create(kind=AuthorKind.USER, name="Only moderates", user=users[1])
    threads = [_made_thread(forum, n) for n in range(3)]
    comments: list[Comment] = []
    for each in plan:
        comments.append(_made_comment(forum, threads, authors, comments, each))
        for said in each["decisions"]:
            _made_decision(comments[-1], users, said)
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
        is_sensitive=n == 0,
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
        up=sum(value > 0 for value in votes.values()) if votes else each["unnamed"][0],
        down=sum(value < 0 for value in votes.values()) if votes else each["unnamed"][1],
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


def _made_decision(comment: Comment, users: list[User], said: dict) -> None:
    by = None if said["by"] is None else users[said["by"]]
    verb, undone_by = said["verb"], users[0] if said["undone"] else None
    whole = {"by": by, "reason": said["reason"], "created": said["at"]}
    about: dict = {"comment": comment}
    before: dict = {"status": Status.HELD, "verdict": "links", "flags": comment.flags}
    if verb == Verb.APPROVE_EDIT:
        before = {"revision": 2, "shown": 1}
    elif verb in {Verb.PIN, Verb.LOCK}:
        about = {"thread": comment.thread, **(about if verb == Verb.PIN else {})}
        before = {"is_locked": True, "is_premoderated": False, "is_sensitive": True}
        before["pinned"] = comment.id
    elif verb == Verb.BAN:
        # Nobody is banned twice in one microsecond.
        whole["created"] += timedelta(microseconds=Ban.objects.count())
        ban = Ban.objects.create(
            forum=comment.forum,
            author=comment.author,
            address="192.0.2.0/24" if said["undone"] else "",
            ends=said["undone"],
            lifted=said["undone"],
            **whole,
        )
        about, before = {"ban": ban}, {}
    Decision.objects.create(
        forum=comment.forum,
        verb=verb,
        before=before,
        undone=said["undone"],
        undone_by=undone_by,
        **about,
        **whole,
    )


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
        transaction.set_rollback(True)
