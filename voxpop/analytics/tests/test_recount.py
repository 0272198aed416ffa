"""Comments, votes and decisions, counted from their own tables."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from voxpop import ids
from voxpop.analytics import recount
from voxpop.analytics.models import Figure
from voxpop.analytics.rollups import Metric, Step
from voxpop.analytics.stored import rollups
from voxpop.events import worker
from voxpop.moderation.actions import decide
from voxpop.moderation.models import Decision, Verb
from voxpop.threads.models import Comment, Vote
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return Cast()


def total(forum, metric: Metric) -> int:
    span = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
    return sum(rollups().read(forum.shortname, metric, *span, Step.MONTH).values())


def test_what_happened_is_counted_once_however_often_it_is_counted(cast):
    first = cast.comment("One.")
    cast.comment("Two.")
    Vote.objects.create(comment=first, author=cast.ann.author, value=1)
    for _ in range(3):
        recount.recount_last_minutes()
    assert total(cast.forum, Metric.COMMENTS) == 2
    assert total(cast.forum, Metric.COMMENTS_BY_THREAD) == 2
    assert total(cast.forum, Metric.VOTES) == 1
    assert total(cast.forum, Metric.DECISIONS) == 0
    cast.comment("Three.")
    recount.recount_last_minutes()
    assert total(cast.forum, Metric.COMMENTS) == 3


def test_what_is_removed_or_approved_later_is_counted_anew(cast):
    comment = cast.comment("One.")
    recount.recount_last_minutes()
    decide(comment=comment, verb=Verb.SPAM, by=cast.owner.author.user)
    worker.drain_outbox()
    assert total(cast.forum, Metric.COMMENTS) == 0
    assert total(cast.forum, Metric.COMMENTS_BY_THREAD) == 0
    decide(comment=comment, verb=Verb.APPROVE, by=cast.owner.author.user)
    worker.drain_outbox()
    assert total(cast.forum, Metric.COMMENTS) == 1


def test_how_long_the_held_have_waited(cast):
    cast.forum.is_premoderated = True
    cast.forum.save()
    comment = cast.comment("Held.")
    earlier = timezone.now() - timedelta(minutes=10)
    Comment.objects.filter(id=comment.id).update(created=earlier)
    decide(comment=comment, verb=Verb.APPROVE, by=cast.owner.author.user)
    decide(comment=comment, verb=Verb.SPAM, by=cast.owner.author.user)  # it was not held any more
    recount.recount_last_minutes()
    assert total(cast.forum, Metric.DECISIONS) == 2
    assert total(cast.forum, Metric.ANSWERS) == 1
    assert 600 <= total(cast.forum, Metric.ANSWER_SECONDS) < 660


def test_minutes_that_are_no_longer_kept_are_left_alone(cast):
    comment = cast.comment("Old.")
    recount.recount_comment(comment.id)
    assert total(cast.forum, Metric.COMMENTS) == 1
    old = timezone.now() - recount.FURTHEST - timedelta(minutes=1)
    Comment.objects.filter(id=comment.id).update(created=old)
    recount.recount_comment(comment.id)
    assert not Figure.objects.filter(minute__lte=old).exists()


def test_a_span_is_a_range_of_ids(cast):
    """Imported comments have ids of their own time, and are no news."""
    comment = cast.comment("New.")
    ms = round((timezone.now() - timedelta(days=400)).timestamp() * 1000)
    Comment.objects.filter(id=comment.id).update(
        id=ids.id_at(ms), root_id=ids.id_at(ms), created=timezone.now() - timedelta(days=400)
    )
    recount.recount_last_minutes()
    assert total(cast.forum, Metric.COMMENTS) == 0
    assert Decision.objects.count() == 0
