"""T42 on a whole stack: who was erased is in no engine, at no edge, in no log and in no mail that
waited; and comes back with no backup."""

import hashlib
import io
import json
import socket
import subprocess
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis

from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import passable_folder
from tests.mail_server import running_mail_server
from tests.server.test_stack import Stack
from tests.upkeep.test_t42_who_was_erased_is_in_no_file import CANARY
from voxpop.cache.memcached import PACKED, SEAL
from voxpop.stack.engines.postgres import binary
from voxpop.stack.ports import free_port

pytestmark = [pytest.mark.server, pytest.mark.long]

HERS, GUESTS = f"{CANARY}@zoe.test", f"guest.{CANARY}@zoe.test"
# As bytes are written in a dump.
IN_HEX = CANARY.encode().hex()

LIVE = f"""
import io, json
from PIL import Image
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from voxpop.accounts.models import User
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Verb
from voxpop.notices.wishes import ask_for_mail
from voxpop.people import actions as people
from voxpop.privacy.takeouts import ask_for_takeout
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.profiles.avatars import upload_avatar
from voxpop.threads import actions
from voxpop.threads.tests.cast import Cast
from voxpop.accounts.actions import become_guest

cast = Cast()
zoe, ann, bob = cast.user("Zoe {CANARY}", "{HERS}").author, cast.ann.author, cast.bob.author
change_profile(zoe, Wanted(handle="{CANARY}", is_public=True, about="about {CANARY}"))
picture = io.BytesIO()
Image.new("RGB", (200, 200), "teal").save(picture, "PNG")
upload_avatar(zoe, picture.getvalue())
first = cast.comment("It is {CANARY}, " + "as I said before. " * 300, author=zoe)
answer = cast.comment("An answer that stays.", parent=first, author=bob)
edited = cast.comment("{CANARY} number one", author=zoe, parent=answer)
actions.edit_comment(comment=edited, author=zoe, source="{CANARY} changed", revision=1)
actions.delete_comment(comment=cast.comment("{CANARY} deleted", author=zoe), author=zoe)
rude = cast.comment("{CANARY} is rude", author=zoe)
moderation.decide(comment=rude, verb=Verb.REJECT, by=cast.owner.author.user, reason="{CANARY}")
actions.vote(comment=answer, author=zoe, value=1)
actions.flag_comment(comment=answer, author=zoe, reason="abuse")
people.follow(author=ann, person=zoe)
people.follow(author=zoe, person=bob)
people.watch(author=zoe, thread=first.thread)
guest, _ = become_guest(forum=cast.forum, name="Guest {CANARY}", email="{GUESTS}")
ask_for_mail(guest)
ask_for_takeout(zoe)

# By the doors: what a frame posts is kept as an answer; a sign-in that was begun is a session.
there = {{"secure": True, "headers": {{"host": settings.HOST_NAME, "origin": settings.HOST}}}}
from voxpop.accounts.models import TokenKind
from voxpop.accounts.tokens import issue_token
said = Client().post(
    f"/api/v1/forums/{{cast.forum.shortname}}/comments",
    json.dumps({{"thread": {{"url": cast.comment().thread.url}}, "source": "{CANARY} by frame"}}),
    content_type="application/json",
    secure=True,
    headers={{
        "host": settings.HOST_NAME, "idempotency-key": "zoes-key-zoes-key",
        "authorization": f"Bearer {{issue_token(zoe, TokenKind.EMBED)}}",
    }},
)
assert said.status_code == 201, said.content
signing_in = Client()
asked = signing_in.post("/accounts/login/code/", {{"email": "{HERS}"}}, **there)
assert asked.status_code == 302, asked.content
wrong = Client().post("/accounts/login/", {{"login": "{HERS}", "password": "not it"}}, **there)
assert wrong.status_code == 200, wrong.content
# Two who sign up with one address in one moment: the second is refused by the database.
try:
    with transaction.atomic():
        User.objects.create(email="{HERS}")
except IntegrityError:
    pass
zoe.refresh_from_db()
print(json.dumps({{
    "author": zoe.public_id, "guest": guest.public_id, "avatar": zoe.avatar,
    "thread": first.thread.public_id, "comment": first.public_id, "answer": answer.public_id,
}}))
"""
# While the mail server is away.
MEANWHILE = f"""
from django.conf import settings
from django.test import Client
from voxpop.mails.models import Mail
from voxpop.notices.models import Letter
from voxpop.accounts.models import Author
from voxpop.threads.models import Comment
from voxpop.threads import actions
from voxpop import ids
from voxpop.people import actions as people
zoe = Author.objects.get(handle="{CANARY}")
bob = Author.objects.get(name__startswith="Bob")
for comment in Comment.objects.filter(author=zoe, status="published"):
    actions.post_comment(
        forum=comment.forum, thread=actions.ThreadRef(url="https://magazine.test/story"),
        author=bob, source="Bob answers once more.", parent=comment,
    )
there = {{"secure": True, "headers": {{"host": settings.HOST_NAME, "origin": settings.HOST}}}}
Client().post("/accounts/login/code/", {{"email": "{HERS}"}}, **there)
"""
WAITING = """
from voxpop.mails.models import Mail
from voxpop.notices.models import Letter
from voxpop.accounts.models import Author
from voxpop import ids
due = Letter.objects.filter(to=ids.private("{author}"), due__isnull=False)
print(due.count(), Mail.objects.count())
"""
# What only the server's key opens.
UNDER_SEAL = """
from django.contrib.sessions.models import Session
from voxpop.mails.models import Mail
from voxpop.mails.posting import unseal
print([each.get_decoded() for each in Session.objects.all()])
print([str(unseal(bytes(each.sealed)).message()) for each in Mail.objects.all()])
"""
IN_CASSANDRA = f"""
from voxpop import cassandra
session = cassandra.client().session(20)
tables = session.execute(
    "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s",
    [cassandra.client().keyspace],
)
count = 0
for (table,) in list(tables):
    for row in session.execute(f"SELECT * FROM {{table}}"):
        count += 1
        if any(word in str(row).lower() for word in ("{CANARY}", "AUTHOR", "GUEST")):
            print(table, row)
print("rows", count)
"""
ERASE = """
from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.privacy.asking import ask_for_erasure
for each in ("{author}", "{guest}"):
    ask_for_erasure(Author.objects.get(id=ids.private(each)), keeps_text=False)
"""
IS_DONE = """
from voxpop.accounts.models import Author
from voxpop.events.models import OutboxEvent
from voxpop.privacy.models import Erasure
print(Erasure.objects.count() + OutboxEvent.objects.filter(is_given_up=False).count())
"""
TO_BOB = """
from voxpop.threads import actions
from voxpop.threads.models import Comment
from voxpop.accounts.models import Author
from voxpop import ids
stays = Comment.objects.get(id=ids.private("{answer}"))
actions.post_comment(
    forum=stays.forum, thread=actions.ThreadRef(url="https://magazine.test/story"),
    author=Author.objects.get(name__startswith="Ann"), source="To Bob alone.", parent=stays,
)
"""


class Grep:
    """Where she is on a stack, by the name of the place."""

    def __init__(self, stack: Stack, known: dict[str, str]) -> None:
        self.stack, self.known = stack, known
        self.keys_of_redis = 0

    def places(self) -> dict[str, list[str]]:
        """All of them, and where in it."""
        looks = {
            "primary": self._in_database(self._primary),
            "standby": self._in_database(self._standby),
            "under seal": self._hit(self.stack.run_python(UNDER_SEAL)),
            "redis": self._in_redis(),
            "memcached": self._in_memcached(),
            "cassandra": self._in_cassandra(),
            "edge": self._at_the_edge(),
            "files": self._in_files(),
            "takeouts": self._in_takeouts(),
        }
        return {place: where for place, where in looks.items() if where}

    def urls(self) -> list[str]:
        of = self.known
        return [
            "/embed/magazine/thread?u=https://magazine.test/story",
            f"/api/v1/threads/{of['thread']}/comments?sort=oldest",
            f"/api/v1/threads/{of['thread']}/events?after=0",
            f"/t/{of['thread']}/",
            f"/t/{of['thread']}/feed.atom",
            "/f/magazine/",
            "/f/magazine/feed.json",
            f"/c/{of['comment']}/",
            f"/c/{of['comment']}/frame",
            f"/oembed?url={self.stack.host}/c/{of['comment']}/",
            f"/u/{CANARY}/",
            f"/u/{CANARY}/feed.atom",
        ]

    def _at_the_edge(self) -> list[str]:
        found = []
        for url in self.urls():
            status, _, body = self.stack.ask(url)
            # Of a page that is not there the address is ours.
            if status == 200 and CANARY in body.decode("utf-8", "replace").lower():
                found.append(url)
        picture = f"/avatar/{self.known['avatar']}-96.webp"
        return [*found, *([picture] if self.stack.ask(picture)[0] == 200 else [])]

    @property
    def _primary(self) -> str:
        return (self.stack.data / "database").read_text().strip()

    @property
    def _standby(self) -> str:
        dsn = (self.stack.data / "run/stack/replica").read_text().strip()
        wait_until(lambda: self._has_followed(dsn), "the standby", 60)
        return dsn

    def _has_followed(self, standby: str) -> bool:
        try:
            with psycopg.connect(self._primary) as here, psycopg.connect(standby) as there:
                ((last,),) = here.execute("SELECT pg_current_wal_lsn()").fetchall()
                asked = there.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [last])
                return bool(asked.fetchall()[0][0])
        except psycopg.OperationalError:
            return False

    def _in_database(self, dsn: str) -> list[str]:
        done = subprocess.run(
            [binary("pg_dump"), "--dbname", dsn, "--data-only"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "An answer that stays." in done.stdout
        table, found = "", set()
        for line in done.stdout.splitlines():
            if line.startswith("COPY "):
                table = line.split()[1]
            elif CANARY in line.lower() or IN_HEX in line:
                found.add(table)
        return sorted(found)

    def _in_redis(self) -> list[str]:
        port = urlsplit(f"//{self.stack.state_of('redis')}").port
        with Redis(port=port, decode_responses=False) as server:
            read: dict[bytes, Any] = {
                b"string": server.get,
                b"list": lambda key: server.lrange(key, 0, -1),
                b"zset": lambda key: server.zrange(key, 0, -1),
                b"set": server.smembers,
                b"hash": server.hgetall,
                b"stream": server.xrange,
            }
            said = {key: str(read[server.type(key)](key)) for key in server.scan_iter()}
        self.keys_of_redis = len(said)
        plain = {hashlib.sha256(word.encode()).hexdigest() for word in (HERS, GUESTS)}
        words = {CANARY, *plain}
        lines = [f"{key.decode(errors='replace')} {text}".lower() for key, text in said.items()]
        return [line for line in lines if any(word in line for word in words)]

    def _in_memcached(self) -> list[str]:
        found = []
        for name in ("memcached1", "memcached2"):
            port = urlsplit(f"//{self.stack.state_of(name)}").port
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                stream = connection.makefile("rwb")
                stream.write(b"lru_crawler metadump all\r\n")
                stream.flush()
                keys = [line.split()[0][4:] for line in _until_end(stream)]
                for key in keys:
                    stream.write(b"get " + key + b"\r\n")
                    stream.flush()
                    for line in _until_end(stream):
                        body = stream.read(int(line.split()[3]) + 2)[SEAL:-2]
                        text = zlib.decompress(body[1:]) if body[:1] == PACKED else body[1:]
                        found += self._hit(text.decode("utf-8", "replace"), key.decode())
        return found

    def _in_cassandra(self) -> list[str]:
        code = IN_CASSANDRA.replace("AUTHOR", self.known["author"])
        *rows, last = self.stack.run_python(code.replace("GUEST", self.known["guest"])).splitlines()
        assert int(last.removeprefix("rows ")) > 3
        return rows

    def _in_files(self) -> list[str]:
        """Everything but the clusters' own files, which are written over in time: what they say
        is in the dumps."""
        own = {self.stack.data / "postgres", self.stack.data / "standby"}
        return [
            str(file.relative_to(self.stack.data))
            for file in sorted(self.stack.data.rglob("*"))
            if file.is_file() and not own.intersection(file.parents) and _holds(file)
        ]

    def _in_takeouts(self) -> list[str]:
        folder = self.stack.data / "takeouts"
        return [file.name for file in folder.iterdir()] if folder.exists() else []

    def _hit(self, text: str, name: str = "here") -> list[str]:
        return [name] if CANARY in text.lower() else []


def _holds(file: Path) -> bool:
    try:
        return CANARY in file.read_bytes().decode("latin-1").lower()
    except FileNotFoundError:  # its server has let go of it meanwhile
        return False


def _until_end(stream: Any) -> Iterator[bytes]:
    while (line := stream.readline().rstrip()) != b"END":
        assert line, "memcached has hung up"
        yield line


class Erased(Stack):
    """A stack with mail, and erasures that are due at once."""

    @property
    def host(self) -> str:
        return f"https://localhost:{self.port}"

    def state_of(self, part: str) -> str:
        address: str = self.status()[part]["address"]
        return address

    def settle(self) -> None:
        """Until what follows has followed."""
        wait_until(lambda: self.run_python(IS_DONE) == "0", "the end of what follows", 90)


@pytest.fixture
def mail_port() -> int:
    return free_port()


@pytest.fixture
def stack(mail_port: int) -> Iterator[Erased]:
    with passable_folder() as folder:
        told = {
            "VOXPOP_EMAIL_URL": f"smtp://127.0.0.1:{mail_port}", "VOXPOP_ERASURE_DAYS": "0",
        }  # fmt: skip
        ours = Erased(folder / "data", free_port(), told)
        ours.up("--workers", "1")
        try:
            yield ours
        finally:
            ours.voxpop("stack", "down")


def test_no_engine_no_log_no_mail_and_no_backup_has_her(stack: Erased, mail_port: int) -> None:
    backups = stack.data.parent / "backups"
    backups.mkdir(mode=0o755)
    with ExitStack() as open_for_now:
        taken, _ = open_for_now.enter_context(running_mail_server(mail_port))
        known = json.loads(stack.run_python(LIVE).splitlines()[-1])
        stack.settle()
        wait_until(lambda: HERS in {m["To"] for m in taken.mails}, "a mail to her", 60)
        wait_until(lambda: GUESTS in {m["To"] for m in taken.mails}, "the guest's question", 60)
    stack.run_python(MEANWHILE)
    stack.settle()
    letters, mails = map(int, stack.run_python(WAITING.format(**known)).split())
    assert letters, "no letter to her waits"
    assert mails, "no code to her waits"
    (packed,) = (stack.data / "takeouts").glob("*.zip")
    with zipfile.ZipFile(io.BytesIO(packed.read_bytes())) as file:
        assert CANARY in file.read("json/comments.json").decode()

    grep = Grep(stack, known)
    for url in grep.urls() * 2:
        stack.ask(url)
    found = grep.places()
    assert (found.get("redis", []), found.get("files", [])) == ([], [])
    assert set(found) == {
        "primary", "standby", "under seal", "memcached", "cassandra", "edge", "takeouts",
    }  # fmt: skip
    assert grep.keys_of_redis >= 2  # of rates and attempts

    stack.voxpop("backup", str(backups), "--json")
    time.sleep(0.2)
    was = datetime.now(UTC)
    time.sleep(0.2)
    stack.run_python(ERASE.format(**known))
    stack.settle()
    assert grep.places() == {}

    with running_mail_server(mail_port) as (taken, _):
        stack.run_python(TO_BOB.format(**known))
        wait_until(lambda: taken.mails, "the mail to Bob", 90)
        assert [m["To"] for m in taken.mails if "zoe.test" in m["To"]] == []
        assert [m["To"] for m in taken.mails if CANARY in m.as_string().lower()] == []

        stack.voxpop("stack", "down")
        stack.voxpop("restore", str(backups), "--to", was.isoformat(), "--replace")
        taken.clear()
        stack.up("--workers", "1")
        stack.settle()
        assert grep.places() == {}
        stack.run_python(TO_BOB.format(**known))
        wait_until(lambda: taken.mails, "the mail to Bob", 90)
        assert [m["To"] for m in taken.mails if "zoe.test" in m["To"]] == []
    status, _, page = stack.ask(f"/t/{known['thread']}/")
    assert (status, b"An answer that stays." in page) == (200, True)
