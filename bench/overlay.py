"""The overlay: what one more signed-in reader of a thread costs, on SQLite and on PostgreSQL.

Asked is `GET /api/v1/me/threads/THREAD` as the product's WSGI application answers it, middleware
and all, by readers who differ in what is theirs in the thread; once in a thread with few comments
and once in one with many. Counted are the queries, the bytes, and the processor's time of the
thread that answers: what a server takes before it, and the database beside it, is not in it.
"""

import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import Report, arguments, percentile

SIZES = {"small": {"comments": 1_000, "asked": 200}, "full": {"comments": 20_000, "asked": 2_000}}
FEW = 50  # comments in the small thread
GOAL_MS = 2.0
MUTES = 500  # the most there may be


@dataclass(frozen=True)
class Theirs:
    """What is a reader's own in a thread, and elsewhere."""

    kind: str = "user"
    comments: int = 0
    votes: int = 0
    flags: int = 0
    mutes: int = 0
    unread: int = 0
    moderates: bool = False


READERS = {
    "newcomer": Theirs(),
    "guest": Theirs(kind="guest", comments=2, votes=5),
    "reader": Theirs(comments=5, votes=20, flags=1, mutes=10, unread=3),
    "moderator": Theirs(comments=5, votes=20, flags=1, mutes=10, unread=3, moderates=True),
    "busiest": Theirs(comments=200, votes=500, flags=20, mutes=MUTES, unread=50),
}


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(**SIZES[sys.argv[2]])
        return
    options = arguments(__doc__ or "")
    report = Report("overlay", options.size)
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        found["SQLite"] = measured(options.size, {"VOXPOP_DATA": str(folder / "embedded")})
        os.environ["VOXPOP_DATA"] = name
        with postgres(folder) as dsn:
            told = {"VOXPOP_DATA": str(folder / "data"), "VOXPOP_DATABASE": dsn}
            found["PostgreSQL"] = measured(options.size, told)
    conclude(report, found)
    report.finish(as_json=options.json)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    from voxpop.stack.engines.postgres import Postgres
    from voxpop.stack.ports import free_ports

    engine = Postgres(folder / "pg", next(free_ports()))
    try:
        engine.start()
        yield engine.dsn
    finally:
        engine.stop()


def measured(size: str, told: dict[str, str]) -> dict[str, Any]:
    """What another process of this program measures on the database that it is told."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", size],
        env={**os.environ, **told}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(comments: int, asked: int) -> None:
    """Fill the database and ask; prints one JSON object."""
    from voxpop.cli import load_django

    load_django([])
    from voxpop.server.prepare import make_schema
    from voxpop.wsgi import freeze

    make_schema()
    stage = Stage(comments)
    tokens = {name: stage.token(name, theirs) for name, theirs in READERS.items()}
    stage.analyse()
    freeze()
    found: dict[str, Any] = {"few": {}, "many": {}}
    for name, token in tokens.items():
        for thread in ("few", "many"):
            found[thread][name] = overlay(stage.path(thread), token, asked)
    print(json.dumps(found))


def overlay(path: str, token: str, asked: int) -> dict[str, float]:
    """What one of them costs."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from voxpop.edge.front import find

    if find(path) is not None:
        raise SystemExit(f"{path} is a shared address")
    with CaptureQueriesContext(connection) as queries:
        head, body = ask(path, token)
    count = len(queries)
    if head["Cache-Control"] != "private, no-store":
        raise SystemExit(f"the overlay may be kept: {head}")
    for _ in range(asked // 10):
        ask(path, token)
    took, waited = [], []
    for _ in range(asked):
        began, clock = time.thread_time(), time.perf_counter()
        ask(path, token)
        took.append(time.thread_time() - began)
        waited.append(time.perf_counter() - clock)
    return {
        "CPU ms": round(sum(took) / asked * 1000, 2),
        "ms p50": round(percentile(waited, 0.5) * 1000, 2),
        "ms p99": round(percentile(waited, 0.99) * 1000, 2),
        "queries": count,
        "bytes": len(body),
        "bytes gzip": len(gzip.compress(body)),
    }


def ask(path: str, token: str) -> tuple[dict[str, str], bytes]:
    """One request to the application, from its environment to its last byte."""
    from voxpop.wsgi import application

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http",
        "HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "application/json",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    told: list[Any] = []
    answer = application(environ, lambda status, head, *more: told.extend((status, head)))
    body = b"".join(answer)
    answer.close()
    if told[0] != "200 OK":
        raise SystemExit(f"the overlay was refused: {told} {body!r}")
    return dict(told[1]), body


class Stage:
    """A forum with two threads, and people who wrote in them."""

    def __init__(self, comments: int) -> None:
        from voxpop.accounts.models import Author
        from voxpop.forums.models import Forum, Site
        from voxpop.threads.models import Thread

        self.forum = Forum.objects.create(shortname="bench", name="Bench")
        Site.objects.create(forum=self.forum, origin="https://magazine.test")
        self.threads = {
            name: Thread.objects.create(
                public_id=letter * 20,
                forum=self.forum,
                title=name,
                url=f"https://magazine.test/{name}",
            )
            for name, letter in (("few", "a"), ("many", "b"))
        }
        self.people = [self.author("user", f"Person {number}") for number in range(MUTES)]
        assert isinstance(self.people[0], Author)
        self.comments = {
            name: self.write(thread, self.people, FEW if name == "few" else comments)
            for name, thread in self.threads.items()
        }

    def path(self, thread: str) -> str:
        return f"/api/v1/me/threads/{self.threads[thread].public_id}"

    def author(self, kind: str, name: str) -> Any:
        from voxpop.accounts.models import Author, User

        if kind == "guest":
            return Author.objects.create(kind=kind, name=name, forum=self.forum, email="g@a.test")
        user = User.objects.create(email=f"{name.replace(' ', '')}@bench.test", password="!")
        return Author.objects.create(kind=kind, name=name, user=user)

    def write(self, thread: Any, people: list[Any], count: int) -> list[Any]:
        """So many comments, in turns by these people, over the last month."""
        from voxpop import ids
        from voxpop.threads.models import Comment

        now, month = int(time.time() * 1000), 30 * 86_400_000
        rows = []
        for number in range(count):
            id = ids.first_id_at(now - month + month * number // count) + len(rows) % 1000
            rows.append(
                Comment(
                    id=id, forum=self.forum, thread=thread, author=people[number % len(people)],
                    root_id=id, path=id.to_bytes(8, "big"), status="published", is_shown=True,
                    source="A comment.", html="<p>A comment.</p>",
                )
            )  # fmt: skip
        return Comment.objects.bulk_create(rows, batch_size=500)

    def token(self, name: str, theirs: Theirs) -> str:
        """The reader comes to be, with all that is his; half of it in each thread."""
        from voxpop.accounts.models import TokenKind
        from voxpop.accounts.tokens import issue_token
        from voxpop.forums.models import Membership, Role
        from voxpop.notices.telling import inbox_of
        from voxpop.people.models import Mute, Watch
        from voxpop.threads.models import Flag, Vote
        from voxpop.timelines.chosen import timelines
        from voxpop.timelines.contract import Entry

        me = self.author(theirs.kind, name.title())
        for which, thread in self.threads.items():
            others = self.comments[which]
            self.write(thread, [me], theirs.comments)
            Vote.objects.bulk_create(
                [Vote(comment=each, author=me, value=1) for each in others[: theirs.votes]]
            )
            Flag.objects.bulk_create(
                [Flag(comment=each, author=me, reason="spam") for each in others[: theirs.flags]]
            )
            if theirs.kind == "user":
                Watch.objects.create(by=me, thread=thread)
        Mute.objects.bulk_create([Mute(by=me, of=each) for each in self.people[: theirs.mutes]])
        store, inbox = timelines(), inbox_of(me.id)
        told = [Entry(each.id, "reply") for each in self.comments["few"][: 2 * theirs.unread]]
        store.append((inbox, entry) for entry in told)
        if told:
            store.mark_read(inbox, told[len(told) // 2].id)
        if theirs.moderates:
            Membership.objects.create(forum=self.forum, user=me.user, role=Role.MODERATOR)
        kind = TokenKind.GUEST if theirs.kind == "guest" else TokenKind.EMBED
        return issue_token(me, kind)

    def analyse(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def conclude(report: Report, found: dict[str, Any]) -> None:
    report.raw_results.append(found)
    for database, threads in found.items():
        report.figures[f"{database}, a thread of many comments"] = threads["many"]
        for name in ("reader", "busiest"):
            got = max(threads[thread][name]["CPU ms"] for thread in threads)
            report.goal(
                f"Django's CPU for the overlay of the {name}, {database}",
                goal=f"<= {GOAL_MS:g} ms", got=f"{got} ms", met=got <= GOAL_MS,
            )  # fmt: skip
    counts = {
        name: {threads[thread][name]["queries"] for threads in found.values() for thread in threads}
        for name in READERS
    }
    users = set().union(*(count for name, count in counts.items() if READERS[name].kind == "user"))
    most = max(set().union(*counts.values()))
    report.figures["queries"] = most
    report.goal(
        "a fixed number of queries: of every account, thread and database",
        goal="one number", got=", ".join(map(str, sorted(users))), met=len(users) == 1,
    )  # fmt: skip
    grows = {
        database: round(threads["many"]["reader"]["CPU ms"] / threads["few"]["reader"]["CPU ms"], 2)
        for database, threads in found.items()
    }
    report.ratios |= {f"CPU, many comments / few, {name}": grow for name, grow in grows.items()}


if __name__ == "__main__":
    main()
