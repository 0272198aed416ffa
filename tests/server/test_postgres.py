"""The product on PostgreSQL: what it refuses to start on, and what it survives."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import fresh_database
from tests.server.running import VOXPOP, Running
from voxpop.postgres.base import PATIENCE
from voxpop.stack.engines import ENDS_WITH_US
from voxpop.stack.engines.postgres import Postgres
from voxpop.stack.engines.standby import Standby
from voxpop.stack.ports import free_port, free_ports

pytestmark = pytest.mark.server


@dataclass
class Wrong:
    """A database on which nothing may start, and what is said of it."""

    dsn: str
    said: str


def run(
    dsn: str, folder: Path, *arguments: str, follower: str = "", before: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """`voxpop …` on this database; `before` is a command that runs it."""
    environment = {
        **os.environ,
        "VOXPOP_DATA": str(folder / "data"),
        "VOXPOP_DATABASE": dsn,
        "VOXPOP_DATABASE_REPLICA": follower,
        "VOXPOP_LIMITS": "off",
    }
    return subprocess.run(
        [*before, VOXPOP, *arguments], env=environment, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip


def sql(dsn: str, *statements: str) -> list[tuple[object, ...]]:
    """What the last statement answers."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = [connection.execute(each) for each in statements][-1]
        return cursor.fetchall() if cursor.description else []


def tables(dsn: str) -> int:
    ((found,),) = sql(dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert isinstance(found, int)
    return found


def moved(dsn: str, **parts: str) -> str:
    """The address with another password, port or database."""
    old = urlsplit(dsn)
    password, port, name = (
        parts.get("password", old.password),
        parts.get("port", old.port),
        parts.get("name", old.path[1:]),
    )
    return f"postgres://{old.username}:{password}@{old.hostname}:{port}/{name}"


def no_address(postgres: Postgres) -> Wrong:
    return Wrong("postgres://localhost", "VOXPOP_DATABASE is not of the form")


def wrong_password(postgres: Postgres) -> Wrong:
    return Wrong(moved(postgres.dsn, password="guess"), "correct the user or the password")


def no_server(postgres: Postgres) -> Wrong:
    return Wrong(moved(postgres.dsn, port=str(free_port())), "start the server, or correct host")


def no_database(postgres: Postgres) -> Wrong:
    return Wrong(moved(postgres.dsn, name="nowhere"), "make it \\(createdb")


def not_utf8(postgres: Postgres) -> Wrong:
    sql(postgres.admin_dsn, "CREATE DATABASE latin OWNER voxpop ENCODING 'LATIN1' LOCALE 'C'"
        " TEMPLATE template0")  # fmt: skip
    return Wrong(moved(postgres.dsn, name="latin"), "is encoded in LATIN1: make one in UTF-8")


def not_ours(postgres: Postgres) -> Wrong:
    sql(postgres.admin_dsn, "CREATE DATABASE theirs")
    return Wrong(moved(postgres.dsn, name="theirs"), 'ALTER DATABASE "theirs" OWNER TO "voxpop"')


def of_a_newer_version(postgres: Postgres) -> Wrong:
    dsn = fresh_database(postgres)
    sql(dsn, "CREATE TABLE django_migrations (id bigserial, app text, name text, applied"
        " timestamptz)",
        "INSERT INTO django_migrations (app, name) VALUES ('threads', '9999_tomorrow')",
    )  # fmt: skip
    return Wrong(dsn, "threads.9999_tomorrow is not known here\\): start that version")


@pytest.mark.parametrize(
    "make",
    [no_address, wrong_password, no_server, no_database, not_utf8, not_ours, of_a_newer_version],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    postgres: Postgres, tmp_path: Path, make: Callable[[Postgres], Wrong]
) -> None:
    wrong = make(postgres)
    done = run(wrong.dsn, tmp_path, "serve", "--port", str(free_port()))
    assert done.returncode == 1
    said = done.stderr.strip()
    assert re.search(wrong.said, said), said
    assert "Traceback" not in said
    assert postgres.password not in said
    assert len(said.splitlines()) == 1, said
    if make is wrong_password:
        told = found("database", wrong.dsn, tmp_path)
        assert not told["is_well"]
        assert said.startswith(f"{told['told']}: please correct the user or the password")
        assert told["advice"] == "Please correct the user or the password in VOXPOP_DATABASE."


@pytest.mark.parametrize("ours", ["+1h", "-1h"])
def test_f14_clocks_that_are_apart_stop_the_start(
    postgres: Postgres, tmp_path: Path, ours: str
) -> None:
    dsn = fresh_database(postgres)
    serve = ("serve", "--port", str(free_port()))
    done = run(dsn, tmp_path, *serve, before=("faketime", "-f", ours, *ENDS_WITH_US))
    assert done.returncode == 1
    place = f"PostgreSQL at 127.0.0.1:{postgres.port}"
    assert re.fullmatch(
        rf"The clock of {place} and ours are (3599|3600|3601) s apart: "
        r"let both machines take their time from one server \(NTP\)\.",
        done.stderr.strip(),
    ), done.stderr
    assert tables(dsn) == 0
    clock = found("clock", dsn, tmp_path, before=("faketime", "-f", ours, *ENDS_WITH_US))
    assert not clock["is_well"]
    assert clock["advice"] == "Let both machines take their time from one server (NTP)."


def test_what_could_not_be_used_was_not_touched(postgres: Postgres, tmp_path: Path) -> None:
    wrong = of_a_newer_version(postgres)
    assert run(wrong.dsn, tmp_path, "serve", "--port", str(free_port())).returncode == 1
    assert tables(wrong.dsn) == 1


def test_a_replica_is_no_primary(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path,
                                 replica: Postgres) -> None:  # fmt: skip
    done = run(replica.dsn, tmp_path, "serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert "is a replica, which takes no writes: write the primary's address" in done.stderr


@pytest.mark.long
def test_a_replica_that_is_none_is_refused_and_one_that_is_away_is_not(
    own_postgres: Postgres, replica: Postgres, tmp_path: Path
) -> None:
    dsn = own_postgres.dsn
    no_replica = {
        moved(dsn, name="postgres"): "it takes writes (it is no replica, or was promoted)",
        replica.dsn: "it follows another primary than VOXPOP_DATABASE",
    }
    for follower, said in no_replica.items():
        done = run(dsn, tmp_path, "serve", "--port", str(free_port()), follower=follower)
        assert done.returncode == 1
        assert done.stderr.strip() == (
            f"VOXPOP_DATABASE_REPLICA cannot be read from, since {said}: write the address of one "
            "that follows VOXPOP_DATABASE, or leave it empty."
        )
        # It is asked there as readers ask it, and a busy machine may be too slow for them.
        wait_until(partial(doctor_says, said, dsn, tmp_path, follower), "the doctor", 30)
    standby = Standby(
        own_postgres.folder.parent / "standby",
        next(free_ports()),
        is_durable=False,
        primary=own_postgres,
    )
    server = Running(tmp_path / "data", free_port())
    standby.prepare()
    server.environment |= {"VOXPOP_DATABASE": dsn, "VOXPOP_DATABASE_REPLICA": standby.dsn}
    try:
        server.start()  # and nobody answers there
        assert server.stop() == 0
        standby.start()
        server.start()
        assert server.stop() == 0
    finally:
        standby.stop()
        server.kill()


def doctor_says(said: str, dsn: str, folder: Path, follower: str) -> bool:
    replica = found("replica", dsn, folder, follower=follower)
    assert not replica["is_well"]
    assert "copy it anew" in replica["advice"]
    return replica["told"] == said


def found(part: str, dsn: str, folder: Path, **how: Any) -> dict[str, Any]:
    """What the doctor finds of this part."""
    findings = json.loads(run(dsn, folder, "doctor", "--json", **how).stdout)
    told: dict[str, Any] = next(each for each in findings if each["what"] == part)
    return told


@pytest.mark.long
def test_commands_leave_an_older_schema_to_the_server(postgres: Postgres, tmp_path: Path) -> None:
    dsn = fresh_database(postgres)
    site = ("--origin", "https://magazine.test")
    create = ("forum", "create", "magazine", *site, "--owner", "owner@magazine.test")
    assert run(dsn, tmp_path, *create).returncode == 0
    sql(dsn, "DELETE FROM django_migrations WHERE app = 'limits'")
    done = run(dsn, tmp_path, *create)
    assert done.returncode == 1
    assert "migrations are due. `voxpop serve` runs them." in done.stderr


@pytest.mark.long
def test_processes_of_two_machines_migrate_one_after_the_other(
    postgres: Postgres, tmp_path: Path
) -> None:
    dsn = fresh_database(postgres)
    machines = [Running(tmp_path / name, free_port()) for name in ("one", "other")]
    for machine in machines:
        machine.data.mkdir()
        machine.environment["VOXPOP_DATABASE"] = dsn
    started = [
        subprocess.Popen(
            [VOXPOP, "serve", "--port", str(machine.port), "--no-worker"],
            env=machine._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for machine in machines
    ]  # fmt: skip
    try:
        for machine, process in zip(machines, started, strict=True):
            machine.process = process
            wait_until(lambda machine=machine: ready(machine), "both", 60)
    finally:
        for process in started:
            process.terminate()
            assert process.communicate(timeout=30)[1].count(b"Traceback") == 0
    ((twice,),) = sql(dsn, "SELECT count(*) - count(DISTINCT (app, name)) FROM django_migrations")
    assert twice == 0


def ready(machine: Running) -> bool:
    assert machine.process is not None
    assert machine.process.poll() is None, machine.process.communicate()[1]
    try:
        return machine.ask("GET", "/readyz").status == 200
    except OSError:
        return False


@pytest.mark.long
def test_f4_what_was_acknowledged_survives_a_killed_database(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    postgres = own_postgres
    server = founded(postgres, tmp_path)
    server.start()
    try:
        token = server.guest()
        kept = []
        for number in range(3):
            kept += [server.post(token, f"{number}a").json()["id"]]
            postgres.kill()
            refused = server.post(token, f"{number}b")
            assert (refused.status, refused.json()["code"]) == (503, "unavailable")
            postgres.start()
            wait_until(lambda: server.ask("GET", "/readyz").status == 200, "the pool", 20)
            kept += [server.post(token, f"{number}c").json()["id"]]
        assert [each["id"] for each in server.comments()] == kept
    finally:
        server.kill()


@pytest.mark.long
def test_f4_a_database_that_hangs_is_waited_for_so_long_and_no_longer(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    server = founded(own_postgres, tmp_path)
    server.options = ("--no-worker",)  # which would take what the test leaves in the pool
    server.start()
    try:
        token = server.guest()
        wait_until(lambda: connections_after_a_crowd(server, token, own_postgres) > 3, "a pool", 60)
        kept = [each["id"] for each in server.comments()]
        page = f"/api/v1/threads/{server.thread()}/comments?sort=oldest&limit="
        own_postgres.pause()
        began = time.monotonic()
        with ThreadPoolExecutor() as people:
            asked = [
                people.submit(server.ask, "GET", f"{page}11"),
                people.submit(server.post, token, "hung", "hung"),
            ]
            refused = [each.result() for each in asked]
        assert PATIENCE - 1 < time.monotonic() - began < PATIENCE + 4
        # Nobody after them gets a connection that lay in the pool, to wait as long for it.
        began = time.monotonic()
        refused += [server.ask("GET", f"{page}12"), server.post(token, "hung", "hung")]
        assert time.monotonic() - began < 6
        assert {(each.status, each.json()["code"]) for each in refused} == {(503, "unavailable")}
        own_postgres.resume()
        wait_until(lambda: server.ask("GET", "/readyz").status == 200, "the pool", 20)
        kept += [server.post(token, "hung", "hung").json()["id"]]
        assert server.post(token, "hung", "hung").json()["id"] == kept[-1]
        assert [each["id"] for each in server.comments()] == kept
    finally:
        own_postgres.resume()
        server.kill()


def connections_after_a_crowd(server: Running, token: str, postgres: Postgres) -> int:
    """How many there are when some have written and read at once."""
    with ThreadPoolExecutor(8) as crowd:
        for number in range(8):
            crowd.submit(server.post, token, f"before {number}")
            crowd.submit(server.comments)
    ((found,),) = sql(
        postgres.admin_dsn,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'voxpop'",
    )
    assert isinstance(found, int)
    return found


# The server that keeps an answer under this key hangs before the commit that is said next.
CUT = """
import os, signal
from voxpop.postgres import base
base.PATIENCE = base.Bounded.patience = 2.0
keep = base.DatabaseWrapper.look_up
def keep_and_hang(self, sql, parameters):
    kept = keep(self, sql, parameters)
    if sql.startswith("INSERT INTO limits_answered") and "cut" in parameters:
        os.kill(self.connection.info.backend_pid, signal.SIGSTOP)
    return kept
base.DatabaseWrapper.look_up = keep_and_hang
"""


@pytest.mark.long
def test_f4_a_commit_that_was_cut_is_asked_for_again_by_its_key(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    server = founded(own_postgres, tmp_path)
    server.start(CUT)
    try:
        token = server.guest()
        kept = [server.post(token, "before").json()["id"]]
        for _ in range(2):  # the second finds the first's rows locked
            unsure = server.post(token, "cut", "cut")
            assert (unsure.status, unsure.json()["code"]) == (503, "unavailable")
        assert [each["id"] for each in server.comments()] == kept
        own_postgres.resume()
        wait_until(lambda: len(server.comments()) == 2, "the commit", 20)
        again = server.post(token, "cut", "cut")
        assert (again.status, again.headers["idempotent-replay"]) == (201, "true")
        assert [each["id"] for each in server.comments()] == [*kept, again.json()["id"]]
    finally:
        own_postgres.resume()
        server.kill()


def founded(postgres: Postgres, folder: Path) -> Running:
    """A server on that database, with a forum; not started yet."""
    server = Running(folder / "data", free_port())
    server.data.mkdir()
    server.environment["VOXPOP_DATABASE"] = postgres.dsn
    site = ("--origin", "https://magazine.test")
    server.command("forum", "create", "magazine", *site, "--owner", "owner@magazine.test")
    return server


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One to kill; what it has acknowledged is on the disk."""
    from tests.engines.postgres import running_postgres

    with running_postgres(is_durable=True) as started:
        yield started


@pytest.fixture
def replica(postgres: Postgres) -> Iterator[Postgres]:
    """A server that only replays: it waits for a primary."""
    waiting = replace(postgres, folder=postgres.folder.parent / "replica", port=next(free_ports()))
    waiting.prepare()
    (waiting.data / "standby.signal").touch()
    waiting.start()
    yield waiting
    waiting.stop()
