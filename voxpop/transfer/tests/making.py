"""Exports for tests, with lies in them too, and what must always be true of a forum's trees."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from voxpop.forums.models import Forum
from voxpop.threads.actions.vote import rank
from voxpop.threads.models import Comment, Status, Thread
from voxpop.transfer.actions.export_forum import export_forum
from voxpop.transfer.actions.import_forum import import_disqus, import_voxpop
from voxpop.transfer.report import Report

DATA = Path(__file__).parent / "data"
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<disqus xmlns="http://disqus.com"'
    ' xmlns:dsq="http://disqus.com/disqus-internals">'
)


def thread(key: int | str, **given: Any) -> str:
    """One thread record."""
    link = given.get("link", f"https://blog.example/{key}/")
    return (
        f'<thread dsq:id="{key}"><id>{escape(given.get("identifier", ""))}</id>'
        f"<forum>demo</forum><link>{escape(link)}</link>"
        f"<title>{escape(given.get('title', ''))}</title><message/>"
        f"<createdAt>2020-01-01T00:00:00Z</createdAt>"
        f"<isClosed>{given.get('closed', 'false')}</isClosed>"
        f"<isDeleted>{given.get('deleted', 'false')}</isDeleted></thread>"
    )


def post(key: int | str, on: int | str, **given: Any) -> str:
    """One post record, by a guest unless a username is given."""
    parent = f'<parent dsq:id="{given["parent"]}"/>' if "parent" in given else ""
    user = f"<username>{given['username']}</username>" if "username" in given else ""
    return (
        f'<post dsq:id="{key}"><id/><message><![CDATA[{given.get("text", f"<p>Text {key}</p>")}]]>'
        f"</message><createdAt>{given.get('created', '2020-02-02T02:02:02Z')}</createdAt>"
        f"<isDeleted>{given.get('deleted', 'false')}</isDeleted>"
        f"<isSpam>{given.get('spam', 'false')}</isSpam><author><name>{given.get('name', 'Bo')}"
        f"</name><isAnonymous>true</isAnonymous>{user}</author>"
        f'<thread dsq:id="{on}"/>{parent}</post>'
    )


def export(*records: str) -> Path:
    """A file with these records, in the data folder of the test."""
    file: Path = settings.DATA / "export.xml"
    file.write_text(f"{HEAD}{''.join(records)}</disqus>", encoding="utf-8")
    return file


def bring(forum: Forum, *records: str) -> Report:
    """Import these records; the report."""
    return import_disqus(forum=forum, file=export(*records))


def old(forum: Forum, key: int | str) -> Comment:
    """The comment that had this id in the file."""
    return Comment.objects.get(forum=forum, imported_id=str(key))


def check_trees(forum: Forum) -> None:
    """Paths, roots, depths, who is shown and every count, worked out anew from parents alone."""
    comments = {comment.id: comment for comment in Comment.objects.filter(forum=forum)}
    children: dict[int | None, list[Comment]] = {}
    for comment in comments.values():
        children.setdefault(comment.parent_id, []).append(comment)

    def is_shown(comment: Comment) -> bool:
        return comment.status == Status.PUBLISHED or any(
            is_shown(reply) for reply in children.get(comment.id, [])
        )

    def below(comment: Comment) -> int:
        return sum(is_shown(r) + below(r) for r in children.get(comment.id, []))

    for comment in comments.values():
        above = comments[comment.parent_id] if comment.parent_id else None
        path = (bytes(above.path)[: 8 * 200] if above else b"") + comment.id.to_bytes(8, "big")
        assert bytes(comment.path) == path
        assert comment.depth == len(path) // 8 - 1
        assert comment.root_id == int.from_bytes(path[:8], "big")
        assert above is None or (above.thread_id == comment.thread_id and above.id < comment.id)
        assert comment.is_shown == is_shown(comment), comment.imported_id
        assert comment.replies == sum(is_shown(r) for r in children.get(comment.id, []))
        assert comment.branch == (below(comment) if above is None else 0)
        assert comment.fragment
    for each in Thread.objects.filter(forum=forum):
        published = [
            comment
            for comment in comments.values()
            if comment.thread_id == each.id and comment.status == Status.PUBLISHED
        ]
        assert each.comment_count == len(published)
        if published:
            newest = max(comment.created for comment in published)
            assert newest <= each.last_commented < newest + timedelta(seconds=1)
        assert list(each.events.order_by("seq").values_list("seq", flat=True)) == list(
            range(1, each.seq + 1)
        )
        assert all(c.seq <= each.seq for c in published)


def exported(forum: Forum, **options: bool) -> bytes:
    return b"".join(export_forum(forum, **options))


def brought_back(forum: Forum, lines: bytes, file: Path) -> Forum:
    """The export in a forum of the same name, after the first has gone."""
    empty(forum)
    forum = Forum.objects.create(shortname=forum.shortname, name="New")
    file.write_bytes(lines)
    import_voxpop(forum=forum, file=file)
    return forum


def empty(forum: Forum) -> None:
    forum.threads.update(pinned=None)
    Comment.objects.filter(forum=forum).update(parent=None)
    Comment.objects.filter(forum=forum).delete()
    forum.threads.all().delete()
    forum.delete()


def forged(
    forum: Forum, folder: Path, lie: Callable[[dict], None], *more: dict, **options: bool
) -> Path:
    """The forum's export with lies in it, and `more` rows, and a checksum that is right."""
    lines, counts = b"", Counter()
    rows = [orjson.loads(line) for line in exported(forum, **options).splitlines()[:-1]]
    for row in [*rows, *more]:
        lie(row)
        counts[row["type"]] += 1
        lines += orjson.dumps(row) + b"\n"
    end = {"type": "end", "counts": counts, "sha256": hashlib.sha256(lines).hexdigest()}
    file = folder / "forged.jsonl"
    file.write_bytes(lines + orjson.dumps(end) + b"\n")
    return file


def check_tallies(forum: Forum) -> None:
    """What each comment says of its votes is what they are."""
    for comment in Comment.objects.filter(forum=forum):
        values = list(comment.votes.values_list("value", flat=True))
        assert (comment.up, comment.down) == (values.count(1), values.count(-1))
        assert comment.rank == rank(comment.up, comment.down)
