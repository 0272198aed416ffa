"""Changes of a schema in use: on PostgreSQL without keeping anybody waiting, elsewhere as ever.

A migration with one of these has `atomic = False`. What an interrupted one has left is made anew.
"""

from typing import Any

from django.db import migrations

# Of PostgreSQL, or of whichever database there is: their editors have no type in common.
Editor = Any
State = Any


class AddIndexQuietly(migrations.AddIndex):
    """Make an index while others write."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Editor,
        from_state: State,
        to_state: State,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        with _patient(schema_editor):
            name = schema_editor.quote_name(self.index.name)
            # One that was interrupted is there, and invalid.
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.add_index(model, self.index, concurrently=True)


class AddUniqueQuietly(migrations.AddConstraint):
    """Hold something to be unique from now on, where a condition makes it an index, while others
    write."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: Editor,
        from_state: State,
        to_state: State,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        with _patient(schema_editor):
            name = schema_editor.quote_name(self.constraint.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            made = str(self.constraint.create_sql(model, schema_editor))
            begins = "CREATE UNIQUE INDEX "
            if not made.startswith(begins):
                raise ValueError(f"{name} has no condition, so it is not an index alone")
            schema_editor.execute(f"{begins}CONCURRENTLY {made.removeprefix(begins)}", params=None)


def drop_index_of_field(schema_editor: Editor, model: Any, field: str) -> None:
    """Drop the index that `db_index` had made, without touching the table."""
    column = model._meta.get_field(field).column
    quietly = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
    for name in schema_editor._constraint_names(model, [column], index=True):
        with _patient(schema_editor):
            schema_editor.execute(f"DROP INDEX {quietly}IF EXISTS {schema_editor.quote_name(name)}")


class _patient:
    """Making an index concurrently waits for everybody, and nobody for it: it may take its time."""

    def __init__(self, schema_editor: Any) -> None:
        self._editor = schema_editor
        self._is_needed = schema_editor.connection.vendor == "postgresql"

    def __enter__(self) -> None:
        if self._is_needed:
            with self._editor.connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                self._before = cursor.fetchone()[0]
            self._editor.execute("SET lock_timeout = 0")

    def __exit__(self, *_: object) -> None:
        if self._is_needed:
            self._editor.execute(f"SET lock_timeout = '{self._before}'")
