"""What a test that really commits leaves behind is taken away, and nothing else is touched.

Django's own way empties all of some hundred and fifty tables and then makes every content type and
permission anew: half a second a test, which was a third of the whole suite.
"""

from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

# Rows that migrations and `migrate` itself make. No test changes them.
STAYS = {"django_content_type", "auth_permission", "django_site"}


def empty_quickly() -> None:
    """From here on, every test that commits is cleaned up after in this way."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]


def _empty(case: TransactionTestCase) -> None:
    for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        connection = connections[name]
        tables = set(connection.introspection.django_table_names(include_views=False)) - STAYS
        written = _written(name, sorted(tables))
        if written:
            # PostgreSQL truncates no table that another refers to, be it empty, unless told to.
            statements = connection.ops.sql_flush(no_style(), written, allow_cascade=True)
            connection.ops.execute_sql_flush(statements)


def _written(name: str, tables: list[str]) -> list[str]:
    """Those that have a row, asked for in one statement (SQLite joins no more than 500)."""
    quoted = connections[name].ops.quote_name
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quoted(table)})" for table in tables
    )
    with connections[name].cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]
