"""`voxpop catch-up`: a promoted standby shows nothing that was removed on the lost primary."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import passable_folder
from tests.server.running import Running
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.standby import Standby
from voxpop.stack.ports import free_port, free_ports

pytestmark = pytest.mark.server

FORUM = ("--origin", "https://magazine.test", "--owner", "owner@magazine.test")
PUBLISHED = "SELECT count(*) FROM threads_comment WHERE status = 'published'"


@pytest.fixture
def folder() -> Iterator[Path]:
    with passable_folder() as made:
        yield made


@pytest.mark.long
def test_what_the_standby_had_not_got_is_done_again(folder: Path) -> None:
    ports = free_ports()
    told = {"synchronous_commit": "on"}
    primary = Postgres(folder / "primary", next(ports), is_durable=False, settings=told)
    standby = Standby(folder / "standby", next(ports), is_durable=False, primary=primary)
    server = Running(folder / "data", free_port())
    server.data.mkdir()
    try:
        primary.start()
        server.environment["VOXPOP_DATABASE"] = primary.dsn
        server.command("forum", "create", "magazine", *FORUM)
        server.start()
        ada = server.guest("Ada")
        stays, removed = (server.post(ada, text).json()["id"] for text in ("stays", "goes"))
        standby.start()
        wait_until(lambda: _comments(standby) == 2, "the standby", 30)
        standby.stop()  # it has nothing of what comes, as if the line had been cut
        gone = server.ask(
            "DELETE", f"/api/v1/comments/{removed}",
            Authorization=f"Bearer {ada}", Idempotency_Key=str(uuid.uuid4()),
        )  # fmt: skip
        assert gone.status in {200, 204}, gone.body
        seen = server.ask("GET", f"/api/v1/threads/{server.thread()}").json()["seq"]
        server.kill()
        primary.kill()
        standby.start()
        with psycopg.connect(standby.admin_dsn, autocommit=True) as admin:
            assert admin.execute("SELECT pg_promote()").fetchone() == (True,)
        assert _comments(standby) == 2  # the lost server's last word did not come
        server.environment["VOXPOP_DATABASE"] = standby.dsn
        said = server.command("catch-up")
        assert "1 removals and bans were done again" in said
        server.start()
        assert [each["id"] for each in server.comments()] == [stays]
        # No place of the log that anybody has seen is reached a second time with something else.
        after = server.ask("GET", f"/api/v1/threads/{server.thread()}").json()["seq"]
        assert after > seen + 1_000_000
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
        standby.kill()
        primary.kill()


def _comments(postgres: Postgres) -> int:
    with psycopg.connect(postgres.dsn) as connection:
        ((found,),) = connection.execute(PUBLISHED).fetchall()
    return int(found)
