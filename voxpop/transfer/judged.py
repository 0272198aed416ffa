"""The bans and decisions of a file, still in the spool: what each is about, and which are here.

A decision about a comment comes with its comment or not at all, as votes do; so no file can say of
a comment that is here who took it away. One about a thread or a ban comes once.
"""

from voxpop.forums.models import Forum
from voxpop.moderation.models import Decision
from voxpop.screening.models import Ban
from voxpop.transfer.arrange import NO_SUCH_AUTHOR, NO_SUCH_COMMENT, NO_SUCH_THREAD, in_chunks
from voxpop.transfer.keys import author_key
from voxpop.transfer.records import microseconds
from voxpop.transfer.spool import Spool

NO_SUCH_BAN = "its ban is not in the file"


def place_judged(spool: Spool, forum: Forum) -> None:
    """Leave out what is about nothing, and mark what an earlier run has brought."""
    spool.db.execute("BEGIN")
    _leave_out_strays(spool, "ban", "author", "author", NO_SUCH_AUTHOR)
    _leave_out_strays(spool, "decision", "comment", "tree", NO_SUCH_COMMENT)
    _leave_out_strays(spool, "decision", "thread", "thread", NO_SUCH_THREAD)
    _leave_out_strays(spool, "decision", "ban", "ban", NO_SUCH_BAN)
    _find_bans(spool, forum)
    spool.db.execute(
        "UPDATE decision SET is_here = 1 WHERE thread = '' AND comment != ''"
        " AND comment IN (SELECT key FROM tree WHERE is_here)"
    )
    _find_decisions(spool, forum)
    spool.db.execute("COMMIT")


def _leave_out_strays(spool: Spool, kind: str, column: str, table: str, reason: str) -> None:
    strays = f"FROM {kind} WHERE {column} != '' AND {column} NOT IN (SELECT key FROM {table})"  # noqa: S608
    spool.db.execute(
        f"INSERT INTO skipped (kind, key, place, reason) SELECT ?, key, 0, ? {strays} ORDER BY n",
        [kind, reason],
    )
    spool.db.execute(f"DELETE {strays}")


def _find_bans(spool: Spool, forum: Forum) -> None:
    """The same author banned at the same moment is the same ban."""
    moments = spool.db.execute("SELECT DISTINCT created FROM ban").fetchall()
    if not moments:
        return
    for ban in Ban.objects.filter(forum=forum).select_related("author").iterator():
        author = author_key(ban.author) if ban.author else ""
        spool.db.execute(
            "UPDATE ban SET is_here = 1, ban_id = ? WHERE created = ? AND author = ?"
            " AND (author != '' OR network = ?)",
            [ban.id, microseconds(ban.created), author, ban.address],
        )


def _find_decisions(spool: Spool, forum: Forum) -> None:
    """By its id, or where that is another forum's, by what was decided when about what."""
    about_known = spool.db.execute(
        "SELECT d.n, d.number, d.verb, d.created, p.thread_id, b.ban_id FROM decision d"
        " LEFT JOIN thread t ON t.key = d.thread LEFT JOIN page p ON p.n = t.page"
        " LEFT JOIN ban b ON b.key = d.ban WHERE p.thread_id IS NOT NULL OR b.ban_id IS NOT NULL"
    ).fetchall()
    here = Decision.objects.filter(forum=forum)
    for chunk in in_chunks(about_known):
        numbers = {row[1] for row in chunk if row[1] is not None}
        ours = set(here.filter(id__in=numbers).values_list("id", flat=True))
        threads, bans = {row[4] for row in chunk}, {row[5] for row in chunk}
        same = {
            (verb, microseconds(created), thread, ban)
            for found in (here.filter(thread__in=threads), here.filter(ban__in=bans))
            for verb, created, thread, ban in found.values_list(
                "verb", "created", "thread_id", "ban_id"
            )
        }
        spool.db.executemany(
            "UPDATE decision SET is_here = 1 WHERE n = ?",
            [(row[0],) for row in chunk if row[1] in ours or row[2:] in same],
        )
