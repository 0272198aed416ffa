"""Whoever moderated in the file: known by his name, and nobody who could ever act here.

A decision is somebody's, so there has to be a user. He is inactive from the first moment, has no
password, no role and an address that cannot exist (RFC 2606), so no way in leads to him: not by
password, by mail, by another provider, nor by a link that the operator makes. Users who are here
are never meant: no line of a file may act in their name.
"""

from django.db import transaction

from voxpop.accounts.models import Author, User
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.spool import Spool

_MODERATORS = """
SELECT key, author_id FROM author WHERE author_id IS NOT NULL AND key IN (
  SELECT moderator FROM ban WHERE NOT is_here
  UNION SELECT moderator FROM decision WHERE NOT is_here
  UNION SELECT undone_by FROM decision WHERE NOT is_here
)
"""


def plant_moderators(spool: Spool) -> None:
    """Give the file's moderators their users; after its authors are planted."""
    for chunk in in_chunks(spool.db.execute(_MODERATORS).fetchall()):
        with transaction.atomic():
            authors = Author.objects.select_related("user").in_bulk([number for _, number in chunk])
            users = [(_user_of(authors[number]), key) for key, number in chunk]
        spool.db.executemany("UPDATE author SET user_id = ? WHERE key = ?", users)


def _user_of(author: Author) -> int | None:
    """Of an author who has an account by now none: it is not known to be the same person's."""
    if author.user is not None:
        return None if author.user.is_active else author.user.id
    user = User.objects.create_user(f"{author.public_id}@moderator.invalid", is_active=False)
    author.user = user
    author.save(update_fields=["user"])
    return user.id
