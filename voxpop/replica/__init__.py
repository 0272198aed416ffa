"""A PostgreSQL that follows the primary, asked for pages only (threads/replica.py)."""

from django.db import DatabaseError, connections

ALIAS = "replica"


def trouble() -> str:
    """What is wrong with it now; nothing when it follows."""
    database = connections[ALIAS]
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            ((follows,),) = cursor.fetchall()
    except DatabaseError as error:
        return str(error).strip()
    finally:
        database.close()
    return "" if follows else "it takes writes: it is no replica, or was promoted"
