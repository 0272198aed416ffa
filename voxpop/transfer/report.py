"""What an import would do, or has done: numbers an owner can check against what he knows."""

from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from voxpop.forums.models import Forum
from voxpop.transfer.records import moment
from voxpop.transfer.spool import Spool

HOSTS_SHOWN = 20
BUSIEST_SHOWN = 5


@dataclass
class Report:
    """Counted in the spool before anything is written."""

    threads: int = 0  # in the file
    pages: int = 0  # what they become: threads of one page are one
    pages_new: int = 0
    comments: int = 0
    comments_here: int = 0  # brought by an earlier import
    comments_new: int = 0
    by_status: dict[str, int] = field(default_factory=dict)  # of the new ones
    replies: int = 0
    orphans: int = 0  # replies whose parent is not there: they become comments of their own
    authors: int = 0
    guests: int = 0
    first: str = ""
    last: str = ""
    hosts: dict[str, int] = field(default_factory=dict)  # host -> pages
    strange_hosts: list[str] = field(default_factory=list)  # on no site of the forum
    busiest: list[dict[str, Any]] = field(default_factory=list)
    votes: int = 0
    flags: int = 0
    bans: int = 0
    decisions: int = 0
    skipped: int = 0
    skipped_why: dict[str, int] = field(default_factory=dict)
    unrenderable: int = 0  # known only when the text has been rendered

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def survey(spool: Spool, forum: Forum) -> Report:
    """Count what is in an arranged spool."""
    report = Report()
    report.threads = spool.count("thread WHERE created IS NOT NULL")
    report.pages = spool.count("page")
    report.pages_new = spool.count("page WHERE thread_id IS NULL")
    report.comments = spool.count("tree")
    report.comments_here = spool.count("tree WHERE is_here")
    report.comments_new = report.comments - report.comments_here
    report.orphans = spool.count("tree WHERE is_orphan")
    report.replies = spool.count("tree WHERE parent_id IS NOT NULL")
    report.authors = spool.count("author")
    report.guests = spool.count("author WHERE is_guest")
    report.votes = spool.count("vote")
    report.flags = spool.count("flag")
    report.bans = spool.count("ban")
    report.decisions = spool.count("decision")
    report.by_status = dict(
        spool.db.execute(
            "SELECT c.status, count(*) FROM tree t JOIN comment c ON c.n = t.n"
            " WHERE NOT t.is_here GROUP BY c.status"
        )
    )
    report.skipped = spool.count("skipped")
    report.skipped_why = dict(
        spool.db.execute("SELECT reason, count(*) FROM skipped GROUP BY reason ORDER BY 2 DESC")
    )
    _span(spool, report)
    _places(spool, forum, report)
    return report


def _span(spool: Spool, report: Report) -> None:
    first, last = spool.db.execute(
        "SELECT min(c.created), max(c.created) FROM tree t JOIN comment c ON c.n = t.n"
    ).fetchone()
    if first is not None:
        report.first, report.last = (f"{moment(at):%Y-%m-%d}" for at in (first, last))


def _places(spool: Spool, forum: Forum, report: Report) -> None:
    """Where the pages are, whether the forum knows these sites, and which are the busiest."""
    known = {urlsplit(origin).hostname for origin in forum.sites.values_list("origin", flat=True)}
    hosts: dict[str, int] = {}
    for (url,) in spool.db.execute("SELECT url FROM thread WHERE n = page AND url != ''"):
        host = urlsplit(url).hostname or ""
        hosts[host] = hosts.get(host, 0) + 1
    most = sorted(hosts.items(), key=lambda pair: -pair[1])[:HOSTS_SHOWN]
    report.hosts = dict(most)
    report.strange_hosts = [host for host, _ in most if host not in known]
    report.busiest = [
        {"title": title, "url": url, "comments": comments}
        for title, url, comments in spool.db.execute(
            "SELECT h.title, h.url, count(*) FROM tree t JOIN thread h ON h.n = t.page"
            " GROUP BY t.page ORDER BY 3 DESC LIMIT ?",
            [BUSIEST_SHOWN],
        )
    ]
