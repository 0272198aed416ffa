"""The store of this deployment."""

from functools import cache

from django.conf import settings

from voxpop.timelines.contract import Timelines
from voxpop.timelines.stored import StoredTimelines


@cache
def timelines() -> Timelines:
    """Cassandra where there is one, else SQL."""
    if not settings.CASSANDRA:
        return StoredTimelines()
    from voxpop import cassandra
    from voxpop.timelines.wide import WideTimelines

    return WideTimelines(cassandra.client())


def keeps_comments() -> bool:
    """Whether comments are put into timelines of their author and their forum.

    In SQL that would say twice what the comments' own indexes say, at the price of a second
    transaction for every post.
    """
    return bool(settings.CASSANDRA)
