"""The burst breaker trips once, holds for its time and trips again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from voxpop.forums.models import Forum
from voxpop.screening.flood import LASTS, MOST_A_MINUTE, is_flooded, trip_breaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def forum() -> Forum:
    return Forum.objects.create(shortname="forum", name="Forum")


def test_a_lively_forum_is_not_flooded(forum):
    assert not trip_breaker(forum, MOST_A_MINUTE - 1)
    assert not is_flooded(Forum.objects.get())


def test_a_burst_trips_it_for_its_time(forum):
    assert trip_breaker(forum, MOST_A_MINUTE)
    stored = Forum.objects.get()
    assert is_flooded(forum)
    assert is_flooded(stored)
    assert stored.flooded_until <= timezone.now() + LASTS


def test_it_trips_for_one_of_many_at_once(forum):
    another_reader = Forum.objects.get()
    assert trip_breaker(forum, MOST_A_MINUTE)
    assert not trip_breaker(forum, MOST_A_MINUTE * 2)
    assert not trip_breaker(another_reader, MOST_A_MINUTE * 2)


def test_it_opens_and_trips_again(forum):
    forum.flooded_until = timezone.now() - timedelta(seconds=1)
    forum.save()
    assert not is_flooded(forum)
    assert trip_breaker(forum, MOST_A_MINUTE)
