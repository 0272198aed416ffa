"""What is purged hard, and that every event that readers can see purges something."""

import pytest

from voxpop import consequences
from voxpop.consequences import TABLE
from voxpop.edge.fence import MOST_KEYS
from voxpop.forums.events import ForumChanged, ForumRestricted
from voxpop.threads import keys
from voxpop.threads.events import AuthorRenamed, CommentRemoved, ThreadMoved, VotesFolded

MOVES = [kind for kind in TABLE if issubclass(kind, ThreadMoved)]


def purge_of(kind):
    names = kind.__dataclass_fields__
    example = {"forum": "magazine", "thread": "0123456789abcdefghij", "seq": 7, "comment_id": 3}
    event = kind(**{name: example[name] for name in names})
    return TABLE[kind].purges(event)


@pytest.mark.parametrize("kind", MOVES)
def test_whatever_moves_a_thread_purges_its_pages_and_its_tail(kind):
    purge = purge_of(kind)
    thread = "0123456789abcdefghij"
    assert {keys.thread_key(thread), keys.tail_key(thread)} <= set(purge.keys)
    assert (keys.forum_key("magazine") in purge.keys) is (kind is not VotesFolded)
    assert len(purge.keys) <= MOST_KEYS


def test_only_what_takes_away_is_hard():
    purging = [kind for kind in TABLE if TABLE[kind].purges is not None]
    hard = {kind for kind in purging if purge_of(kind).is_hard}
    assert hard == {CommentRemoved, AuthorRenamed, ForumRestricted}
    assert set(purging) == {*MOVES, ForumChanged, ForumRestricted}


def test_announcing_comes_with_every_move():
    assert all(list(TABLE[kind].at_once) == [consequences.announce_thread] for kind in MOVES)
