"""R26 (CVE-2021-24379), T27: a vote replayed is one vote.

A hundred at the same moment: tests/server/test_at_once.py, on the real server and its database.
"""

import pytest
from django.db import IntegrityError

from voxpop.threads import actions
from voxpop.threads.models import Comment, Vote
from voxpop.threads.tests.cast import Cast


@pytest.mark.django_db
def test_t27_the_database_itself_refuses_a_second_vote() -> None:
    cast = Cast()
    comment = cast.comment()
    Vote.objects.create(comment=comment, author=cast.bob.author, value=1)
    with pytest.raises(IntegrityError):
        Vote.objects.create(comment=comment, author=cast.bob.author, value=1)


@pytest.mark.django_db
def test_r26_replayed_a_hundred_times_is_one() -> None:
    cast = Cast()
    comment = cast.comment()
    for _ in range(100):
        actions.vote(comment=comment, author=cast.bob.author, value=1)
    actions.fold_votes()
    assert Comment.objects.get(id=comment.id).up == 1
