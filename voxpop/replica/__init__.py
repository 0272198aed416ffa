"""A PostgreSQL that follows the primary, asked for pages only (threads/replica.py)."""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections

from voxpop.settings.environment import SettingsError

logger = logging.getLogger(__name__)

ALIAS = "replica"

# Whose copy it is: a cluster is given its number when it is made, and whoever follows has the same.
FOLLOWS = "SELECT pg_is_in_recovery()"
CLUSTER = "SELECT system_identifier FROM pg_control_system()"


def refuse_stranger() -> None:
    """Before a start. Raises SettingsError when what answers as the replica does not follow our
    primary; one that is away stops no start: pages come from the primary."""
    if ALIAS not in settings.DATABASES:
        return
    database: Any = connections[ALIAS]
    try:
        # Beside the pool, which waits for nobody who is slow: a busy machine's replica is none yet.
        with (
            database.wrap_database_errors,
            database.connect_alone() as ours,
            ours.cursor() as asked,
        ):
            wrong = _stranger(asked)
    except DatabaseError as error:
        logger.warning("the replica is away (%s): pages come from the primary", error)
        return
    if wrong:
        raise SettingsError(
            f"VOXPOP_DATABASE_REPLICA cannot be read from, since {wrong}: write the address of one "
            "that follows VOXPOP_DATABASE, or leave it empty."
        )


def trouble() -> str:
    """What is wrong with it now; nothing when it follows."""
    database = connections[ALIAS]
    try:
        with database.cursor() as cursor:
            return _stranger(cursor)
    except DatabaseError as error:
        return str(error).strip()
    finally:
        database.close()


def _stranger(replica: Any) -> str:
    """Why it is not one of our primary's; empty when it is. `replica` is a cursor."""
    if not _told(replica, FOLLOWS):
        return "it takes writes (it is no replica, or was promoted)"
    with connection.cursor() as primary:
        if _told(replica, CLUSTER) != _told(primary, CLUSTER):
            return "it follows another primary than VOXPOP_DATABASE"
    return ""


def _told(cursor: Any, question: str) -> Any:
    cursor.execute(question)
    ((told,),) = cursor.fetchall()
    return told
