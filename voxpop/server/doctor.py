"""`voxpop doctor`: is everything as it must be, and if not, what is to be done."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import django
from django.conf import settings
from django.core.mail import get_connection
from django.db import connection

from voxpop.edge.purge import knows_our_secret
from voxpop.events.claiming import given_up, standing
from voxpop.events.repeats import away_nodes
from voxpop.limits.address import is_loopback
from voxpop.limits.paused import paused_file
from voxpop.server.database import clocks_apart, due_migrations, server_version, unfit
from voxpop.servers import servers

ROOM = 1024**3
# A worker takes what is due at once; so late nobody is at work.
LATE = 60.0  # seconds

# Of the servers that may be lost, by kind: readers notice little, so the operator has to be told.
OF_A_SERVER = {
    "replica": "See whether it runs and streams from the primary (pg_stat_replication there), and "
    "copy it anew where it does not; until then pages come from the primary.",
    "redis": "Start it, or correct VOXPOP_REDIS; nothing has to be put back.",
    "memcached": "Start the node, or correct VOXPOP_MEMCACHED; it fills by itself.",
    "cassandra": "Start its nodes, or correct VOXPOP_CASSANDRA; what it missed comes from the "
    "outbox (`voxpop outbox retry --all`, or `voxpop timelines rebuild` after hours).",
}


@dataclass(frozen=True)
class Finding:
    """How one part is; where it is not well, what is to be done."""

    what: str
    is_well: bool
    told: str
    advice: str = ""


def examine() -> list[Finding]:
    """Every check in turn; the last ones need the first to be well."""
    return [*_versions(), *_settings(), *_folder(), *_mail(), *_edge(), *_servers(), *_database()]


def _found(what: str, is_well: bool, told: str, advice: str) -> Finding:
    return Finding(what, is_well, told, "" if is_well else advice)


def _versions() -> Iterator[Finding]:
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield _found(
        "Python",
        sys.version_info >= (3, 11),
        f"{python} (3.11 or newer is needed)",
        "Install a newer Python, and make the environment anew with it: make clean setup.",
    )
    yield _found(
        "Django",
        django.VERSION[:2] == (5, 2),
        f"{django.get_version()} (5.2 is needed)",
        "Run make setup: it installs the version of the lock file.",
    )
    if connection.vendor == "sqlite":
        yield _found(
            "SQLite",
            sqlite3.sqlite_version_info >= (3, 37),
            f"{sqlite3.sqlite_version} (3.37 or newer is needed)",
            "Bring the system's SQLite to a newer version, or move to PostgreSQL: voxpop move.",
        )


def _settings() -> Iterator[Finding]:
    is_public = not is_loopback(settings.HOST_NAME)
    yield _found(
        "VOXPOP_HOST",
        settings.IS_HTTPS or not is_public,
        settings.HOST
        + ("" if settings.IS_HTTPS or not is_public else ": browsers need https://, write that"),
        "Put HAProxy or another proxy with a certificate in front, and write its https:// address.",
    )
    yield _found(
        "VOXPOP_DEBUG",
        not (settings.DEBUG and is_public),
        "on shows tracebacks to everybody: remove it" if settings.DEBUG else "off",
        "Remove VOXPOP_DEBUG, and start every process anew.",
    )
    yield _found(
        "VOXPOP_LIMITS",
        settings.LIMITS or not is_public,
        "on" if settings.LIMITS else "off, for measuring: anybody may post without end",
        "Remove VOXPOP_LIMITS, and start every process anew.",
    )


def _folder() -> Iterator[Finding]:
    folder = settings.DATA
    if not folder.is_dir():
        yield Finding(
            "data folder",
            False,
            f"{folder} does not exist; voxpop serve makes it",
            "Start voxpop serve, which makes it, or correct VOXPOP_DATA.",
        )
        return
    is_ours = os.access(folder, os.W_OK)
    yield _found(
        "data folder",
        is_ours,
        f"{folder}" + ("" if is_ours else " cannot be written"),
        "Give it to the user that the servers run as (chown -R), and run this as that user.",
    )
    free = shutil.disk_usage(folder).free
    yield _found(
        "disk",
        free > ROOM,
        f"{free / ROOM:.1f} GiB free (1 GiB is the least)",
        "Throw away old backups and logs, or give it a larger disk: when it is full, posts fail.",
    )
    is_paused = paused_file().exists()
    yield _found(
        "writes",
        not is_paused,
        "paused; voxpop writes on takes them again" if is_paused else "on",
        "Run voxpop writes on, once what they were paused for is done.",
    )


def _mail() -> Iterator[Finding]:
    mail = get_connection(fail_silently=False)
    try:
        mail.open()
        mail.close()
    except OSError as error:
        yield Finding(
            "mail",
            False,
            f"VOXPOP_EMAIL_URL cannot be reached: {error}",
            "Start the mail server, or correct its host, port, user or password in "
            "VOXPOP_EMAIL_URL; meanwhile mail waits.",
        )
    else:
        yield Finding("mail", True, settings.EMAIL_BACKEND.rsplit(".", 2)[-2])


def _database() -> Iterator[Finding]:
    try:
        yield from _truth()
    except Exception as error:
        yield Finding(
            "database",
            False,
            f"cannot be read: {error}",
            "See whether its disk is whole and its file ours to read, else restore a backup.",
        )


def _truth() -> Iterator[Finding]:
    wrong = unfit()
    if wrong:
        yield Finding(
            wrong.part, False, wrong.told, f"{wrong.advice[0].upper()}{wrong.advice[1:]}."
        )
        return
    if connection.vendor == "postgresql":
        yield Finding("PostgreSQL", True, f"{server_version()} (15 or newer is needed)")
        yield Finding("clock", True, f"{clocks_apart():+.1f} s from ours to PostgreSQL's")
    missing = due_migrations()
    yield _found(
        "database",
        not missing,
        f"{len(missing)} migrations are due; voxpop serve runs them" if missing else "up to date",
        "Start the servers of this version one after the other: the first one runs them.",
    )
    if not missing:
        yield from _outbox()


def _outbox() -> Iterator[Finding]:
    now = standing()
    yield _found(
        "worker",
        now.lag < LATE,
        f"{now.due} events are due, the oldest for {now.lag:.0f} s"
        if now.due
        else "nothing is due",
        "Start voxpop-worker (systemctl status voxpop-worker, or `voxpop stack status`), or "
        "another one beside it; its log says what it fails at.",
    )
    lost = given_up()
    yield _found(
        "outbox",
        not lost,
        "nothing was given up"
        if not lost
        else f"{len(lost)} events were given up, the first with: {lost[0].error}; "
        "`voxpop outbox list` shows them, `voxpop outbox retry --all` tries them again",
        "Mend what their errors name (voxpop outbox list), then voxpop outbox retry --all.",
    )
    for node in away_nodes():
        yield Finding(
            f"edge node {node.address}",
            False,
            f"missed purges since {node.away_since:%d %B %H:%M}; it is told when it answers",
            "Start it, or, where it is gone for good, take it out of VOXPOP_EDGE_NODES and "
            "HAProxy; meanwhile it trusts nothing that is older than ten seconds.",
        )


def _servers() -> Iterator[Finding]:
    for name, trouble in servers():
        told = trouble()
        yield _found(name, not told, told or "answers", OF_A_SERVER[name.split()[0]])


def _edge() -> Iterator[Finding]:
    for address in settings.EDGE_NODES:
        try:
            is_well = knows_our_secret(address)
        except OSError as error:
            yield Finding(
                f"edge node {address}",
                False,
                f"cannot be reached: {error}",
                "Start it (systemctl start voxpop-edge on its machine), or correct "
                "VOXPOP_EDGE_NODES, or let us through to its purge listener.",
            )
        else:
            yield _found(
                f"edge node {address}",
                is_well,
                "takes our purges" if is_well else "refuses our VOXPOP_EDGE_SECRET",
                "Write the same VOXPOP_EDGE_SECRET here and into its start file (voxpop edge "
                "start-file), and start it anew.",
            )
