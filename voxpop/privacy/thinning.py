"""Networks are let go after so many days: what screening needs them for is over by then."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from voxpop import ids
from voxpop.rows import select
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment

AT_ONCE = 1000  # a writer who waits, waits for no more than these
# In the very words of the partial index `comment_with_network`: SQLite looks there for no others.
OLD = "SELECT id FROM threads_comment WHERE NOT (address = '') AND id < %s ORDER BY id LIMIT %s"


def forget_networks() -> int:
    """Empty the networks of comments, and of bans that are over, that are older than
    VOXPOP_ADDRESS_DAYS; how many."""
    oldest = timezone.now() - timedelta(days=settings.ADDRESS_DAYS)
    first = ids.first_id_at(int(oldest.timestamp() * 1000))
    gone = 0
    while some := [id for (id,) in select(OLD, [first, AT_ONCE])]:
        gone += Comment.objects.filter(id__in=some).update(address="")
    over = Q(ends__lt=oldest) | Q(lifted__lt=oldest)
    return gone + Ban.objects.filter(over).exclude(address="").update(address="")
