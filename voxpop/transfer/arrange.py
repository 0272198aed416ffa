"""The second step of an import, still inside the spool: what was read becomes pages and trees.

Threads of one page become one; every comment finds its parent or becomes a root; ids follow the
comments' own time, so that imported and new comments sort together; paths follow from the ids.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from voxpop import ids
from voxpop.forums.models import Forum
from voxpop.threads.actions.post import DEEPEST
from voxpop.threads.models import Comment, ThreadAlias
from voxpop.transfer.spool import Spool

NO_SUCH_THREAD = "its thread is not in the file"
NO_SUCH_COMMENT = "its comment is not in the file"
NO_SUCH_AUTHOR = "its author is not in the file"
OWN_VOTE = "its voter wrote the comment himself"

_CHUNK = 400
_Item = TypeVar("_Item")


def arrange(spool: Spool, forum: Forum) -> None:
    """Give every record of the spool its place in the forum; nothing is written there."""
    spool.db.create_function("child_id", 3, _child_id, deterministic=True)
    spool.db.create_function("child_path", 2, _child_path, deterministic=True)
    spool.db.execute("BEGIN")
    _unite_threads(spool)
    _find_pages(spool, forum)
    _adopt_known_threads(spool, forum)
    _place_comments(spool, forum)
    _grow_trees(spool)
    _leave_out_strays(spool, "vote")
    _leave_out_strays(spool, "flag")
    _leave_out_own_votes(spool)
    spool.db.execute("COMMIT")


def in_chunks(items: Iterable[_Item], size: int = _CHUNK) -> Iterator[list[_Item]]:
    """The items in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _child_id(number: int, parent: int, n: int) -> int:
    """A reply comes after what it answers, whatever the clocks said."""
    return number if number > parent else parent + 1 + n % 2**21


def _child_path(parent: bytes, number: int) -> bytes:
    """The path of a reply, as `post_comment` makes it: below the deepest level it stands beside."""
    return parent[: 8 * DEEPEST] + number.to_bytes(8, "big")


def _unite_threads(spool: Spool) -> None:
    """Threads that share a name are of one page; the busiest of them stands for it."""
    spool.db.execute(
        "DELETE FROM thread WHERE is_deleted AND key NOT IN (SELECT thread FROM comment)"
    )
    spool.db.execute("DELETE FROM name WHERE thread NOT IN (SELECT n FROM thread)")
    busiest_first = [
        n
        for (n,) in spool.db.execute(
            "SELECT t.n FROM thread t LEFT JOIN"
            " (SELECT thread, count(*) AS comments FROM comment GROUP BY thread) c"
            " ON c.thread = t.key ORDER BY coalesce(c.comments, 0) DESC, t.is_deleted, t.n"
        )
    ]
    place = {n: index for index, n in enumerate(busiest_first)}
    leader = {n: n for n in busiest_first}

    def lead(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    shared = spool.db.execute(
        "SELECT first, thread FROM name JOIN (SELECT kind, value, min(thread) AS first FROM name"
        " GROUP BY kind, value HAVING count(*) > 1) USING (kind, value)"
    )
    for one, other in shared:
        first, second = sorted((lead(one), lead(other)), key=place.__getitem__)
        leader[second] = first
    spool.db.executemany("UPDATE thread SET page = ? WHERE n = ?", [(lead(n), n) for n in place])
    spool.db.execute("INSERT INTO page (n) SELECT DISTINCT page FROM thread")


def _find_pages(spool: Spool, forum: Forum) -> None:
    """Pages of which the forum has a thread already: by old id, by identifier, by address."""
    aliases = ThreadAlias.objects.filter(forum=forum)
    if not aliases.exists():
        return
    for kind in "diu":
        rows = spool.db.execute(
            "SELECT name.value, t.page FROM name JOIN thread t ON t.n = name.thread"
            " WHERE name.kind = ?",
            [kind],
        )
        for chunk in in_chunks(rows.fetchall()):
            pages = dict(chunk)
            known = aliases.filter(kind=kind, value__in=list(pages))
            spool.db.executemany(
                "UPDATE page SET thread_id = ? WHERE n = ? AND thread_id IS NULL",
                [(thread, pages[value]) for value, thread in known.values_list("value", "thread")],
            )


def _adopt_known_threads(spool: Spool, forum: Forum) -> None:
    """Comments of a thread that an earlier import brought; the others are left out."""
    missing = "FROM comment WHERE thread NOT IN (SELECT key FROM thread)"
    keys = [key for (key,) in spool.db.execute(f"SELECT DISTINCT thread {missing}")]
    for chunk in in_chunks(keys):
        known = ThreadAlias.objects.filter(forum=forum, kind="d", value__in=chunk)
        for key, thread_id in known.values_list("value", "thread"):
            n = spool.db.execute(
                "INSERT INTO thread (key, identifier, url) VALUES (?, '', '')", [key]
            ).lastrowid
            spool.db.execute("UPDATE thread SET page = n WHERE n = ?", [n])
            spool.db.execute("INSERT INTO page (n, thread_id) VALUES (?, ?)", [n, thread_id])
    spool.db.execute(
        f"INSERT INTO skipped (kind, key, place, reason) SELECT 'post', key, 0, ? {missing}",
        [NO_SUCH_THREAD],
    )


def _place_comments(spool: Spool, forum: Forum) -> None:
    """A row of the tree for every comment of a page, with its old id or a new one of its time."""
    in_time = spool.db.execute(
        "SELECT c.n, t.page, c.key, c.parent, c.created, p.thread_id, c.alias, c.number"
        " FROM comment c JOIN thread t ON t.key = c.thread JOIN page p ON p.n = t.page"
        " ORDER BY c.created, length(c.key), c.key"
    )
    rising = ids.Rising()
    for chunk in in_chunks(in_time):
        here, taken = _already_here(forum, [(row[6], row[2], row[7]) for row in chunk])
        for n, page, key, parent, created, thread_id, alias, number in chunk:
            found = here.get(number) or here.get(alias or f"voxpop:{key}")
            if found:
                # Where it hangs in another thread by now, no reply of this page can follow it.
                its_page = page if found.thread_id == thread_id else None
                place: tuple[Any, ...] = (its_page, key, "", found.id, bytes(found.path), 1)
            else:
                is_free = number is not None and number not in taken
                # Exports know seconds only: within one, the rising keeps the order of old ids.
                new = number if is_free else rising.next(created // 1000)
                place = (page, key, parent, new, None, 0)
            spool.db.execute(
                "INSERT INTO tree (n, page, key, parent, id, path, is_here)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (n, *place),
            )


def _already_here(
    forum: Forum, names: list[tuple[str, str, int | None]]
) -> tuple[dict[str | int, Comment], set[int]]:
    """The forum's comments by old id and by own id; and which of the wanted ids anybody has."""
    aliases = [alias or f"voxpop:{key}" for alias, key, _ in names]
    wanted = [number for _, _, number in names if number is not None]
    columns = Comment.objects.only("id", "forum_id", "imported_id", "path", "thread_id")
    here: dict[str | int, Comment] = {
        comment.imported_id: comment
        for comment in columns.filter(forum=forum, imported_id__in=aliases)
        if comment.imported_id
    }
    theirs = list(columns.filter(id__in=wanted)) if wanted else []
    here.update({comment.id: comment for comment in theirs if comment.forum_id == forum.id})
    return here, {comment.id for comment in theirs}


def _leave_out_strays(spool: Spool, kind: str) -> None:
    """What hangs on a comment or an author that the file does not have."""
    for column, table, reason in (
        ("comment", "tree", NO_SUCH_COMMENT),
        ("author", "author", NO_SUCH_AUTHOR),
    ):
        strays = f"FROM {kind} WHERE {column} NOT IN (SELECT key FROM {table})"  # noqa: S608
        spool.db.execute(
            "INSERT INTO skipped (kind, key, place, reason)"
            f" SELECT ?, author || ' on ' || comment, 0, ? {strays} ORDER BY n",
            [kind, reason],
        )
        spool.db.execute(f"DELETE {strays}")


def _leave_out_own_votes(spool: Spool) -> None:
    """Nobody votes on what he wrote himself, as in `threads.rules`."""
    own = (
        "FROM vote WHERE EXISTS"
        " (SELECT 1 FROM comment c WHERE c.key = vote.comment AND c.author = vote.author)"
    )
    spool.db.execute(
        "INSERT INTO skipped (kind, key, place, reason)"
        f" SELECT 'vote', author || ' on ' || comment, 0, ? {own} ORDER BY n",
        [OWN_VOTE],
    )
    spool.db.execute(f"DELETE {own}")


def _grow_trees(spool: Spool) -> None:
    """Paths from the roots down, one generation a step, so that no order of the file matters."""
    run = spool.db.execute
    run("CREATE INDEX tree_parent ON tree (parent) WHERE path IS NULL")
    run("UPDATE tree SET step = 0 WHERE is_here")
    run(
        "UPDATE tree SET step = 0, path = child_path(x'', id), is_orphan = parent != ''"
        " WHERE path IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM tree p WHERE p.key = tree.parent AND p.page = tree.page)"
    )
    run("CREATE INDEX tree_step ON tree (step)")
    step = 0
    while run(
        "UPDATE tree SET step = ?1 + 1, parent_id = p.id, id = child_id(tree.id, p.id, tree.n),"
        " path = child_path(p.path, child_id(tree.id, p.id, tree.n))"
        " FROM tree p WHERE p.step = ?1 AND tree.path IS NULL"
        " AND tree.parent = p.key AND tree.page = p.page",
        [step],
    ).rowcount:
        step += 1
    # Whoever answers himself, round some corner, was reached from no root.
    run("UPDATE tree SET path = child_path(x'', id), is_orphan = 1 WHERE path IS NULL")
    run("CREATE INDEX tree_in_order ON tree (page, path) WHERE NOT is_here")
