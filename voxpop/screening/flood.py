"""The burst breaker: a forum that is flooded reads before it publishes (SAFETY T26)."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from voxpop.forums.models import Forum

# Published comments of strangers within one minute that no lively discussion reaches.
MOST_A_MINUTE = 30
LASTS = timedelta(minutes=15)


def is_flooded(forum: Forum) -> bool:
    """Whether strangers' comments wait at this moment."""
    return forum.flooded_until is not None and forum.flooded_until > timezone.now()


def trip_breaker(forum: Forum, published: int) -> bool:
    """Flood the forum when strangers published too many comments within the last minute.

    True for the one caller who tripped it, so that the owner is told once.
    """
    if published < MOST_A_MINUTE or is_flooded(forum):
        return False
    now = timezone.now()
    is_dry = Q(flooded_until=None) | Q(flooded_until__lte=now)
    forum.flooded_until = now + LASTS
    tripped = Forum.objects.filter(is_dry, pk=forum.pk).update(flooded_until=forum.flooded_until)
    return tripped == 1
