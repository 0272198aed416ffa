"""The mark of the day: how readers are counted without telling anybody apart."""

from voxpop.edge.cached import Asked, Snapshot, shared
from voxpop.forums.reading import find_forum
from voxpop.threads import keys


@shared("reader_mark")
def reader_mark(asked: Asked, forum: str) -> Snapshot:
    """Nothing, to be kept for a week. The frame asks for it under the day's own address, so a
    browser that keeps it asks once a day: each asking is a reader."""
    find_forum(forum)
    return Snapshot(b"", keys=[keys.settings_key(forum)], version="mark")
