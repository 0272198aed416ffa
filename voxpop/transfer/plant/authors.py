"""Whoever wrote in the file becomes an author of the forum, once."""

from voxpop.accounts.models import Author, AuthorKind
from voxpop.accounts.names import clean_name, skeleton
from voxpop.forums.models import Forum
from voxpop.transfer.arrange import in_chunks
from voxpop.transfer.spool import Spool


def plant_authors(spool: Spool, forum: Forum) -> None:
    rows = spool.db.execute(
        "SELECT key, name, email, is_guest FROM author WHERE key IN"
        " (SELECT c.author FROM comment c JOIN tree t ON t.n = c.n WHERE NOT t.is_here)"
    ).fetchall()
    for chunk in in_chunks(rows):
        keys = [key for key, *_ in chunk]
        found = Author.objects.filter(forum=forum, imported_key__in=keys)
        known = {author.imported_key: author for author in found}
        new = {row[0]: _new_author(forum, *row) for row in chunk if row[0] not in known}
        Author.objects.bulk_create(new.values())
        spool.db.executemany(
            "UPDATE author SET author_id = ?, name = ? WHERE key = ?",
            [(author.id, author.name, key) for key, author in [*known.items(), *new.items()]],
        )


def _new_author(forum: Forum, key: str, name: str, email: str, is_guest: bool) -> Author:
    shown = clean_name(name)[:60].strip() or "Guest"
    return Author(
        kind=AuthorKind.GUEST if is_guest else AuthorKind.IMPORTED,
        name=shown,
        name_skeleton=skeleton(shown),
        forum=forum,
        email=email if "@" in email and len(email) <= 254 else "",
        imported_key=key,
    )
