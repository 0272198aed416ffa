"""What is purged hard, and that every event that readers can see purges something."""

import pytest

from voxpop import consequences
from voxpop.consequences import TABLE
from voxpop.edge.fence import MOST_KEYS
from voxpop.forums.events import ForumChanged, ForumRestricted
from voxpop.privacy.events import ThreadWiped
from voxpop.profiles.events import ProfileChanged
from voxpop.threads import keys
from voxpop.threads.events import (
    AuthorRenamed,
    CommentEdited,
    CommentPublished,
    CommentRemoved,
    CommentsHandedOver,
    ThreadMoved,
    ThreadWithdrawn,
    VotesFolded,
)

MOVES = [kind for kind in TABLE if issubclass(kind, ThreadMoved)]


EXAMPLE = {
    "forum": "magazine", "thread": "0123456789abcdefghij", "seq": 7, "comment_id": 3,
    "profile": "ann", "handles": ["ann"], "avatars": ["0123456789abcdef"],
    "of": 1, "to": 2, "comments": [3],
}  # fmt: skip


def purge_of(kind, **instead):
    given = EXAMPLE | instead
    return TABLE[kind].purges(kind(**{name: given[name] for name in kind.__dataclass_fields__}))


@pytest.mark.parametrize("kind", MOVES)
def test_whatever_moves_a_thread_purges_its_pages_and_its_tail(kind):
    purge = purge_of(kind)
    thread = "0123456789abcdefghij"
    assert {keys.thread_key(thread), keys.tail_key(thread)} <= set(purge.keys)
    assert (keys.forum_key("magazine") in purge.keys) is (kind is not VotesFolded)
    # One request to a node, but where a public profile shows it too.
    assert len(purge_of(kind, profile="").keys) <= MOST_KEYS


def test_only_what_takes_away_is_hard():
    purging = [kind for kind in TABLE if TABLE[kind].purges is not None]
    hard = {kind for kind in purging if purge_of(kind).is_hard}
    assert hard == {
        CommentRemoved, CommentsHandedOver, AuthorRenamed, ThreadWithdrawn, ThreadWiped,
        ForumRestricted, ProfileChanged,
    }  # fmt: skip
    assert set(purging) == {*MOVES, ForumChanged, ForumRestricted, ProfileChanged}


def test_a_public_profile_is_told_of_its_authors_comments():
    shows = {kind for kind in MOVES if "u:ann" in purge_of(kind).keys}
    assert shows == {CommentPublished, CommentEdited, CommentRemoved}


def test_announcing_comes_with_every_move():
    assert all(list(TABLE[kind].at_once) == [consequences.announce_thread] for kind in MOVES)
