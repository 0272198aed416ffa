"""Rows by SQL written by hand, and one row as its model.

A queryset builds its SQL anew each time, which costs more than most of our statements take. Where
every page or every post passes, the statement is written out and only the conversion is Django's.
The names in a statement's text are of tables and columns of ours (S608); values are parameters.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


class _Read(threading.local):
    alias = DEFAULT_DB_ALIAS


_read = _Read()
Row = tuple[Any, ...]
Prepare = Callable[[Any], Any]

# Numbers, texts and bytes go to every driver as they are; a key to another row is a number too.
_TAKEN_AS_THEY_ARE = (
    models.IntegerField,
    models.BooleanField,
    models.CharField,
    models.TextField,
    models.BinaryField,
    models.ForeignKey,
)


def select(sql: str, parameters: Sequence[Any]) -> list[Row]:
    """All rows of a statement (a writing one with RETURNING, too), as the driver gives them."""
    return select_until(sql, parameters)


def look_up(sql: str, parameters: Sequence[Any]) -> list[Row]:
    """The rows of a statement whose best plan is the same whatever its parameters are: by a unique
    key, or over a range of the one index that has it. PostgreSQL plans it once for each connection,
    where the plan of `select` is made for the parameters, each time: that of a thread of thousands
    is not that of the average one, and a plan takes longer than most statements (decision 0223).
    """
    return select_until(sql, parameters, has_one_plan=True)


def select_until(
    sql: str,
    parameters: Sequence[Any],
    is_enough: Callable[[list[Row]], bool] | None = None,
    chunk: int = 0,
    *,
    has_one_plan: bool = False,
) -> list[Row]:
    """The rows of a statement, `chunk` at a time, until they are enough; all of them without it.

    The database is asked without Django's cursor, whose wrapping of a statement takes as long as
    the statement: but for those who want to see every query, such as the tests that count them.
    """
    database: Any = connections[_read.alias]
    if database.queries_logged or database.execute_wrappers:
        with database.cursor() as cursor:
            cursor.execute(sql, parameters)
            return _fetched(cursor, is_enough, chunk)
    if database.connection is None:
        database.ensure_connection()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            ask = database.connection.execute
            rows = on_driver(ask, _with_question_marks(sql), parameters)
        else:
            rows = on_driver(database.look_up if has_one_plan else database.ask, sql, parameters)
        return _fetched(rows, is_enough, chunk)


@contextmanager
def reading_from(alias: str) -> Iterator[None]:
    """Whatever this thread selects inside comes from that database."""
    _read.alias = alias
    try:
        yield
    finally:
        _read.alias = DEFAULT_DB_ALIAS


def on_driver(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call the database's driver; by itself so that a benchmark can tell its time from ours."""
    return call(*arguments)


def _fetched(cursor: Any, is_enough: Callable[[list[Row]], bool] | None, chunk: int) -> list[Row]:
    if is_enough is None:
        everything: list[Row] = on_driver(cursor.fetchall)
        return everything
    rows: list[Row] = on_driver(cursor.fetchmany, chunk)
    while len(rows) % chunk == 0 and not is_enough(rows):
        some = on_driver(cursor.fetchmany, chunk)
        rows += some
        if not some:
            break
    return rows


@lru_cache(maxsize=1024)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def read_one(model: type[M], tail: str, parameters: Sequence[Any]) -> M | None:
    """The first row of `model` (its table is `t`), looked up by what follows in `tail`."""
    found = read_one_with(model, "", tail, parameters)
    return None if found is None else found[0]


def read_one_with(
    model: type[M], extra: str, tail: str, parameters: Sequence[Any]
) -> tuple[M, Row] | None:
    """The same, with further columns (`extra` begins with a comma) as they come."""
    table = model._meta.db_table
    names, listed = _columns(model)
    rows = look_up(f"SELECT {listed}{extra} FROM {table} t {tail} LIMIT 1", parameters)  # noqa: S608
    if not rows:
        return None
    row = rows[0]
    return _made(model, names, row[: len(names)]), row[len(names) :]


def _made(model: type[M], names: list[str], row: Row) -> M:
    """As Model.from_db does, which asks every field in turn what it makes of its value: that takes
    as long as the look-up. Of ours no field and no model makes anything of it."""
    made = part_of(model, **dict(zip(names, row, strict=True)))
    kept = made.__dict__
    for name, convert in _converters(model):
        if kept[name] is not None:
            kept[name] = convert(kept[name])
    return made


def part_of(model: type[M], **known: Any) -> M:
    """A row of which no more than this was read; what else of it is asked for is a query."""
    made = model.__new__(model)
    made._state = ModelState()
    made._state.adding = False
    made._state.db = connection.alias
    made.__dict__.update(known)
    return made


def read_joined(
    listed: Sequence[tuple[type[models.Model], str]], tail: str, parameters: Sequence[Any]
) -> list[Any] | None:
    """The first row of several models at once, each under the name that `tail` (from its FROM on)
    gives its table; None for one that a LEFT JOIN found nothing for."""
    columns = ", ".join(_columns(model, name)[1] for model, name in listed)
    rows = look_up(f"SELECT {columns} {tail} LIMIT 1", parameters)
    if not rows:
        return None
    found: list[Any] = []
    begin = 0
    for model, name in listed:
        names, _ = _columns(model, name)
        values = rows[0][begin : begin + len(names)]
        begin += len(names)
        is_there = values[names.index(model._meta.pk.attname)] is not None
        found.append(_made(model, names, values) if is_there else None)
    return found


def moment(value: Any) -> datetime:
    """A moment as a driver gives it: SQLite has it as text, in UTC."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    found: datetime = value
    return found


def insert(row: models.Model) -> None:
    """Insert a row whose values are all set; its id is filled in where the database makes it."""
    statement, fields, made = _insertion(type(row))
    values = [
        prepare(getattr(row, name)) if prepare else getattr(row, name) for name, prepare in fields
    ]
    inserted = look_up(statement, values)
    if made:
        setattr(row, made, inserted[0][0])
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS


@cache
def _columns(model: type[models.Model], table: str = "t") -> tuple[list[str], str]:
    names = [field.attname for field in model._meta.concrete_fields]
    return names, ", ".join(f"{table}.{name}" for name in names)


@cache
def _converters(model: type[models.Model]) -> list[tuple[str, Callable[[Any], Any]]]:
    """Which columns the database does not give as Python has them, and how they become so."""
    found: list[tuple[str, Callable[[Any], Any]]] = []
    for field in model._meta.concrete_fields:
        steps = connection.ops.get_db_converters(field.get_col("t"))
        steps += field.get_db_converters(connection)
        found += [(field.attname, partial(_stepped, steps))] if steps else []
    return found


@cache
def _insertion(model: type[models.Model]) -> tuple[str, list[tuple[str, Prepare | None]], str]:
    """The statement; its columns, with what prepares a value that the driver would not take as it
    is; and the key that the database makes, if it does."""
    meta = model._meta
    written = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(field.attname for field in written)
    marks = ", ".join(["%s"] * len(written))
    made = "" if meta.pk in written else meta.pk.attname
    fields: list[tuple[str, Prepare | None]] = [
        (
            field.attname,
            None
            if isinstance(field, _TAKEN_AS_THEY_ARE)
            else partial(field.get_db_prep_save, connection=connections[DEFAULT_DB_ALIAS]),
        )
        for field in written
    ]
    into = f"INSERT INTO {meta.db_table} ({names}) VALUES ({marks})"  # noqa: S608
    return f"{into} RETURNING {meta.pk.attname}", fields, made


def _stepped(steps: Sequence[Callable[..., Any]], value: Any) -> Any:
    for step in steps:
        value = step(value, None, connection)
    return value
