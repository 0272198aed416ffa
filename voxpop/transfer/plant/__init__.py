"""The last step of an import: the spool's pages and trees become rows of the forum.

Each batch is one transaction, in which every count is exact when it commits: a page that is open
meanwhile, or a run that is killed, leaves a smaller forum but never a wrong one. Comments come in
path order, so what they answer is always there before them.
"""

from collections.abc import Callable

from django.db import transaction

from voxpop import ids
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment
from voxpop.transfer.plant.authors import plant_authors
from voxpop.transfer.plant.comments import UNRENDERABLE, batches, plant_comments
from voxpop.transfer.plant.judged import plant_bans, plant_decisions_on, plant_other_decisions
from voxpop.transfer.plant.moderators import plant_moderators
from voxpop.transfer.plant.pages import plant_pages
from voxpop.transfer.plant.settle import pin, settle
from voxpop.transfer.plant.voices import plant_voices
from voxpop.transfer.spool import Spool

__all__ = ["UNRENDERABLE", "Note", "plant"]

# Called inside each batch's transaction with the comments that it brought.
Note = Callable[[list[Comment]], None]


def plant(spool: Spool, forum: Forum, note: Note) -> None:
    """Write what the spool holds into the forum; what is there already is left as it is."""
    if spool.settings:
        # First, because settings that no owner could have set refuse the whole file.
        settle(forum, spool.settings)
    plant_pages(spool, forum)
    plant_authors(spool, forum)
    plant_moderators(spool)
    rising = ids.Rising()
    has_votes = bool(spool.settings.get("votes"))
    for batch in batches(spool):
        with transaction.atomic():
            comments = plant_comments(batch, forum, has_votes)
            plant_voices(spool, batch)
            plant_decisions_on(spool, forum, batch, rising)
            note(comments)
    plant_bans(spool, forum)
    plant_other_decisions(spool, forum, rising)
    pin(spool)
