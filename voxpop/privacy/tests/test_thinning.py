"""A comment's network is kept for the stated days and no longer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from voxpop import ids
from voxpop.privacy.thinning import OLD, forget_networks
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db
NETWORK = "198.51.100.0/24"


def aged(comment: Comment, days: float) -> int:
    """The comment as one that was written so long ago: its id says when."""
    then = timezone.now() - timedelta(days=days)
    id = ids.id_at(int(then.timestamp() * 1000))
    comment.revisions.all().delete()
    Comment.objects.filter(id=comment.id).update(id=id, root_id=id)
    return id


def test_after_the_stated_days_it_is_gone(settings, monkeypatch):
    monkeypatch.setattr("voxpop.privacy.thinning.AT_ONCE", 2)
    settings.ADDRESS_DAYS = 10
    cast = Cast()
    old = [aged(cast.comment(address=NETWORK), 10.1) for _ in range(5)]
    young = aged(cast.comment(address=NETWORK), 9.9)
    assert forget_networks() == 5
    kept = dict(Comment.objects.values_list("id", "address"))
    assert {kept[id] for id in old} == {""}
    assert kept[young] == NETWORK
    assert forget_networks() == 0


def test_a_ban_keeps_its_network_until_it_is_over(settings):
    settings.ADDRESS_DAYS = 10
    forum, now = Cast().forum, timezone.now()
    long_ago = now - timedelta(days=11)
    for_good, over, lifted, recent = [
        Ban.objects.create(forum=forum, address=NETWORK, **until)
        for until in (
            {}, {"ends": long_ago}, {"lifted": long_ago}, {"ends": now - timedelta(days=9)}
        )
    ]  # fmt: skip
    assert forget_networks() == 2
    kept = dict(Ban.objects.values_list("id", "address"))
    assert (kept[for_good.id], kept[recent.id]) == (NETWORK, NETWORK)
    assert (kept[over.id], kept[lifted.id]) == ("", "")


@pytest.mark.sqlite
def test_only_those_that_have_one_are_looked_at():
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {OLD}", [1, 1])
        assert "comment_with_network" in str(cursor.fetchall())
