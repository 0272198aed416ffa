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
from voxpop.events.claiming import given_up
from voxpop.events.repeats import away_nodes
from voxpop.limits.address import is_loopback
from voxpop.limits.paused import paused_file
from voxpop.server.database import due_migrations, server_version, unfit
from voxpop.servers import servers

ROOM = 1024**3


@dataclass(frozen=True)
class Finding:
    what: str
    is_well: bool
    told: str


def examine() -> list[Finding]:
    """Every check in turn; the last ones need the first to be well."""
    return [*_versions(), *_settings(), *_folder(), *_mail(), *_edge(), *_servers(), *_database()]


def _versions() -> Iterator[Finding]:
    python = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("Python", sys.version_info >= (3, 11), f"{python} (3.11 or newer is needed)")
    yield Finding("Django", django.VERSION[:2] == (5, 2), f"{django.get_version()} (5.2 is needed)")
    if connection.vendor == "sqlite":
        is_new = sqlite3.sqlite_version_info >= (3, 37)
        yield Finding("SQLite", is_new, f"{sqlite3.sqlite_version} (3.37 or newer is needed)")


def _settings() -> Iterator[Finding]:
    is_public = not is_loopback(settings.HOST_NAME)
    yield Finding(
        "VOXPOP_HOST",
        settings.IS_HTTPS or not is_public,
        f"{settings.HOST}"
        + ("" if settings.IS_HTTPS or not is_public else ": browsers need https://, write that"),
    )
    yield Finding(
        "VOXPOP_DEBUG",
        not (settings.DEBUG and is_public),
        "on shows tracebacks to everybody: remove it" if settings.DEBUG else "off",
    )
    yield Finding(
        "VOXPOP_LIMITS",
        settings.LIMITS or not is_public,
        "on" if settings.LIMITS else "off, for measuring: anybody may post without end",
    )


def _folder() -> Iterator[Finding]:
    folder = settings.DATA
    if not folder.is_dir():
        yield Finding("data folder", False, f"{folder} does not exist; voxpop serve makes it")
        return
    is_ours = os.access(folder, os.W_OK)
    yield Finding("data folder", is_ours, f"{folder}" + ("" if is_ours else " cannot be written"))
    free = shutil.disk_usage(folder).free
    yield Finding("disk", free > ROOM, f"{free / ROOM:.1f} GiB free (1 GiB is the least)")
    is_paused = paused_file().exists()
    told = "paused; voxpop writes on takes them again" if is_paused else "on"
    yield Finding("writes", not is_paused, told)


def _mail() -> Iterator[Finding]:
    mail = get_connection(fail_silently=False)
    try:
        mail.open()
        mail.close()
    except OSError as error:
        yield Finding("mail", False, f"VOXPOP_EMAIL_URL cannot be reached: {error}")
    else:
        yield Finding("mail", True, settings.EMAIL_BACKEND.rsplit(".", 2)[-2])


def _database() -> Iterator[Finding]:
    try:
        wrong = unfit()
        missing = [] if wrong else due_migrations()
        lost = [] if wrong or missing else given_up()
    except Exception as error:
        yield Finding("database", False, f"cannot be read: {error}")
        return
    if wrong:
        yield Finding("database", False, wrong)
        return
    if connection.vendor == "postgresql":
        yield Finding("PostgreSQL", True, f"{server_version()} (15 or newer is needed)")
    told = f"{len(missing)} migrations are due; voxpop serve runs them" if missing else "up to date"
    yield Finding("database", not missing, told)
    yield Finding(
        "outbox",
        not lost,
        "nothing was given up"
        if not lost
        else f"{len(lost)} events were given up, the first with: {lost[0].error}; "
        "`voxpop outbox list` shows them, `voxpop outbox retry --all` tries them again",
    )
    for node in [] if missing else away_nodes():
        told = f"missed purges since {node.away_since:%d %B %H:%M}; it is told when it answers"
        yield Finding(f"edge node {node.address}", False, told)


def _servers() -> Iterator[Finding]:
    for name, trouble in servers():
        told = trouble()
        yield Finding(name, not told, told or "answers")


def _edge() -> Iterator[Finding]:
    for address in settings.EDGE_NODES:
        try:
            is_well = knows_our_secret(address)
        except OSError as error:
            yield Finding(f"edge node {address}", False, f"cannot be reached: {error}")
        else:
            told = "takes our purges" if is_well else "refuses our VOXPOP_EDGE_SECRET"
            yield Finding(f"edge node {address}", is_well, told)
