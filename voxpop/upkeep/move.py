"""From SQLite to PostgreSQL: everything is copied, compared, and only then the source closed.

A batch and the note of how far it came are one transaction of the target, so that a move that was
killed goes on after the last row that arrived. Both databases say of themselves that they are in a
move, and no server opens either until it has ended.
"""

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DataError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.fields import Field

from voxpop.server.database import due_migrations, unfit
from voxpop.server.prepare import make_schema
from voxpop.settings.databases import postgres
from voxpop.tenure import REASONS, State, set_state, state_of
from voxpop.upkeep.backup import UpkeepError
from voxpop.upkeep.compare import Said, compare
from voxpop.upkeep.databases import in_place_of_ours, opened
from voxpop.upkeep.facts import schema_of, tables

SOURCE, TARGET = DEFAULT_DB_ALIAS, "target"
BATCH = 5000  # rows of one COPY
# The schema's first rows are made with it, and are the same in the source.
OF_THE_SCHEMA = {"django_content_type", "auth_permission"}

# In the target as long as it lasts: voxpop_move says how far it came (table → key of the last row),
# voxpop_move_constraint which constraints are off.


@dataclass(frozen=True)
class Moved:
    rows: int
    tables: int
    threads: int


def move(dsn: str, on_step: Said) -> Moved:
    """Move everything of this data folder's SQLite to the PostgreSQL that `dsn` names.

    The caller has the data folder alone. Raises SettingsError, a sentence each, for what stands in
    the way; the source is as it was then.
    """
    if connections[SOURCE].vendor != "sqlite":
        raise UpkeepError(
            "VOXPOP_DATABASE names the database to move from, and it is no SQLite: leave it empty."
        )
    entry = postgres("--to", dsn)
    with in_place_of_ours(entry) as place:
        if wrong := unfit():
            raise UpkeepError(str(wrong).replace("VOXPOP_DATABASE", "--to"))
        state = state_of(place)
        if state is State.OPEN:
            make_schema()
    with ExitStack() as standing:
        target = standing.enter_context(opened(TARGET, _patient(entry)))
        source = connections[SOURCE]
        if _begin(source, target, state) is State.MOVED:
            set_state(target, State.OPEN)  # killed before its last word
            return Moved(0, 0, 0)
        rows = sum(_copy(source, target, model, on_step) for model in tables())
        on_step("putting the constraints back")
        _put_constraints_back(target)
        _set_sequences(target)
        threads = compare(SOURCE, TARGET, on_step)
        with target.cursor() as cursor:
            cursor.execute("ANALYZE")
        _end(source, target)
    return Moved(rows, len(tables()), threads)


def _patient(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One connection instead of a pool, and no statement is too long."""
    options = {name: value for name, value in entry["OPTIONS"].items() if name != "pool"}
    return {**entry, "CONN_MAX_AGE": None, "OPTIONS": options | {"options": ""}}


def _begin(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, state: State) -> State:
    """Close both databases for the move, or find one under way; what the source said before."""
    said = state_of(source)
    if said is State.MOVED and state is State.MOVING:
        return said
    if said not in {State.OPEN, State.MOVING}:
        raise UpkeepError(REASONS[said])
    if due := due_migrations():
        raise UpkeepError(
            f"The database here is of an older version ({due[-1]} is due). "
            "Start `voxpop serve` once, stop it, and move then."
        )
    if schema_of(SOURCE) != schema_of(TARGET):
        odd = sorted(set(schema_of(SOURCE)) ^ set(schema_of(TARGET)))
        raise UpkeepError(f"The schemas differ ({', '.join(odd[:4])}): use one version for both.")
    if state is State.OPEN:
        _refuse_unless_empty(target)
        _begin_anew(source, target)
    elif said is State.OPEN or _name_of_move(source) != _noted(target, ""):
        raise UpkeepError(
            "The target holds a part of another move: give this one an empty database."
        )
    return said


def _refuse_unless_empty(target: BaseDatabaseWrapper) -> None:
    for model in tables():
        table = model._meta.db_table
        if table not in OF_THE_SCHEMA and model._base_manager.using(TARGET).exists():
            name = target.settings_dict["NAME"]
            raise UpkeepError(
                f"The database {name} is not empty ({table} has rows): name one that is."
            )


def _begin_anew(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    """Name the move in both; take the constraints off, since threads and comments name each other
    and a batch may name rows of a later one."""
    name = secrets.randbelow(2**31)
    with source.cursor() as cursor:
        cursor.execute(f"PRAGMA application_id = {name}")
    set_state(source, State.MOVING)
    with transaction.atomic(TARGET), target.cursor() as cursor:
        cursor.execute("CREATE TABLE voxpop_move (name text PRIMARY KEY, key text)")
        cursor.execute("INSERT INTO voxpop_move VALUES ('', %s)", [orjson.dumps(name).decode()])
        listed = ", ".join(target.ops.quote_name(model._meta.db_table) for model in tables())
        cursor.execute(
            "CREATE TABLE voxpop_move_constraint AS SELECT conrelid::regclass::text AS owner,"
            " quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition"
            " FROM pg_constraint WHERE contype = 'f' "
            " AND connamespace = current_schema::regnamespace"
        )
        cursor.execute("SELECT owner, name FROM voxpop_move_constraint")
        for owner, constraint in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {owner} DROP CONSTRAINT {constraint}")
        cursor.execute(f"TRUNCATE {listed}")
        set_state(target, State.MOVING)


def _name_of_move(source: BaseDatabaseWrapper) -> int:
    with source.cursor() as cursor:
        cursor.execute("PRAGMA application_id")
        return int(cursor.fetchone()[0])


def _copy(
    source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, model: type[Model], on_step: Said
) -> int:
    """Copy one table from where it stands, in the order of its keys; how many rows came now.

    Values go over as SQLite has them: PostgreSQL reads its times (in UTC), truths and JSON.
    """
    table = source.ops.quote_name(model._meta.db_table)
    fields: list[Field[Any, Any]] = list(model._meta.concrete_fields)
    columns = [str(field.column) for field in fields]
    key = columns.index(str(model._meta.pk.column))
    listed = ", ".join(source.ops.quote_name(column) for column in columns)
    by = source.ops.quote_name(columns[key])
    last = _noted(target, model._meta.db_table)
    count = 0
    while True:
        after, parameters = ("", []) if last is None else (f"WHERE {by} > %s", [last])
        with source.cursor() as cursor:
            cursor.execute(
                f"SELECT {listed} FROM {table} {after} ORDER BY {by} LIMIT {BATCH}",  # noqa: S608
                parameters,
            )
            rows = cursor.fetchall()
        if not rows:
            return count
        last = rows[-1][key]
        try:
            with transaction.atomic(TARGET), target.cursor() as cursor:
                with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copying:
                    for row in rows:
                        copying.write_row(row)
                _note(target, model._meta.db_table, last)
        except DataError as error:
            raise UpkeepError(
                f"PostgreSQL does not take a row of {model._meta.db_table}: {error}. "
                "Mend it here and run the same command again."
            ) from error
        count += len(rows)
        on_step(f"{model._meta.db_table}: {count} rows")


def _noted(target: BaseDatabaseWrapper, name: str) -> Any:
    with target.cursor() as cursor:
        cursor.execute("SELECT key FROM voxpop_move WHERE name = %s", [name])
        found = cursor.fetchone()
    return None if found is None else orjson.loads(found[0])


def _note(target: BaseDatabaseWrapper, name: str, key: Any) -> None:
    with target.cursor() as cursor:
        cursor.execute(
            "INSERT INTO voxpop_move VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET key = EXCLUDED.key",
            [name, orjson.dumps(key).decode()],
        )


def _put_constraints_back(target: BaseDatabaseWrapper) -> None:
    """Each is proven over all rows as it comes back; those that are back already stay."""
    with transaction.atomic(TARGET), target.cursor() as cursor:
        cursor.execute("DELETE FROM voxpop_move_constraint RETURNING owner, name, definition")
        for owner, name, definition in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}")


def _set_sequences(target: BaseDatabaseWrapper) -> None:
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)


def _end(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    """The source first: never are both of them open."""
    set_state(source, State.MOVED)
    with transaction.atomic(TARGET), target.cursor() as cursor:
        cursor.execute("DROP TABLE voxpop_move, voxpop_move_constraint")
        set_state(target, State.OPEN)
