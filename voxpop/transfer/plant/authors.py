"""Whoever left a trace in the file becomes an author of the forum, once."""

from collections.abc import Iterator

from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.accounts.names import clean_name, skeleton
from voxpop.forums.models import Forum
from voxpop.transfer.spool import Spool

AT_ONCE = 400


def plant_authors(spool: Spool, forum: Forum) -> None:
    spool.db.execute(
        "UPDATE author SET is_wanted = 1 WHERE key IN"
        " (SELECT c.author FROM comment c JOIN tree t ON t.n = c.n WHERE NOT t.is_here)"
        " OR key IN"
        " (SELECT v.author FROM vote v JOIN tree t ON t.key = v.comment WHERE NOT t.is_here)"
        " OR key IN"
        " (SELECT f.author FROM flag f JOIN tree t ON t.key = f.comment WHERE NOT t.is_here)"
        " OR key IN (SELECT author FROM ban WHERE NOT is_here"
        "  UNION SELECT moderator FROM ban WHERE NOT is_here"
        "  UNION SELECT moderator FROM decision WHERE NOT is_here"
        "  UNION SELECT undone_by FROM decision WHERE NOT is_here)"
    )
    for chunk in _wanted(spool):
        keys = [key for key, *_ in chunk]
        found = Author.objects.filter(forum=forum, imported_key__in=keys)
        known = {author.imported_key: author for author in found}
        new = {row[0]: _new_author(forum, *row) for row in chunk if row[0] not in known}
        Author.objects.bulk_create(new.values())
        spool.db.executemany(
            "UPDATE author SET author_id = ?, name = ? WHERE key = ?",
            [(author.id, author.name, key) for key, author in [*known.items(), *new.items()]],
        )


def _wanted(spool: Spool) -> Iterator[list[tuple[str, str, str, bool]]]:
    """The authors who are needed, in chunks of which each is read when it is its turn."""
    last = 0
    while chunk := spool.db.execute(
        "SELECT n, key, name, email, is_guest FROM author WHERE is_wanted AND n > ?"
        " ORDER BY n LIMIT ?",
        [last, AT_ONCE],
    ).fetchall():
        last = chunk[-1][0]
        yield [row[1:] for row in chunk]


def _new_author(forum: Forum, key: str, name: str, email: str, is_guest: bool) -> Author:
    shown = clean_name(name)[:60].strip() or "Guest"
    email = User.objects.normalize_email(email)
    return Author(
        kind=AuthorKind.GUEST if is_guest else AuthorKind.IMPORTED,
        name=shown,
        name_skeleton=skeleton(shown),
        forum=forum,
        email=email if "@" in email and len(email) <= 254 else "",
        imported_key=key,
    )
