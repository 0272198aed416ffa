"""Who may not write."""

from django.db import connection
from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.forums.models import Forum
from voxpop.rows import select


def is_banned(forum: Forum, author: Author, address: str = "") -> bool:
    """Whether a ban of this forum is in force for the author, or for the network he writes from.

    `address` is a network as `limits.address` writes it; an unknown one is nobody's.
    """
    found = select(
        "SELECT 1 FROM screening_ban WHERE forum_id = %s AND lifted IS NULL"
        " AND (ends IS NULL OR ends > %s)"
        " AND (author_id = %s OR (address <> '' AND address = %s)) LIMIT 1",
        [
            forum.id,
            connection.ops.adapt_datetimefield_value(timezone.now()),
            author.id,
            "" if address == "unknown" else address,
        ],
    )
    return bool(found)
