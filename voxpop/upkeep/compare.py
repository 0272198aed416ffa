"""Whether two databases hold the same: every row of every table, and every thread as a chain."""

import hashlib
from collections.abc import Callable

from django.db.models import Model

from voxpop.upkeep.backup import UpkeepError
from voxpop.upkeep.facts import AT_ONCE, chains, plain, tables

Said = Callable[[str], object]


def compare(one: str, other: str, on_step: Said) -> int:
    """Raises UpkeepError with the first table or thread that differs; how many threads agree."""
    for model in tables():
        table = model._meta.db_table
        here, there = rows_of(model, one), rows_of(model, other)
        if here != there:
            raise UpkeepError(
                f"{table} differs: {here[0]} rows there were, {there[0]} have come. Empty the "
                "target and move again; if it happens twice, tell us."
            )
        on_step(f"{table}: {here[0]} rows are the same")
    here_chains, there_chains = chains(one), chains(other)
    for thread, chain in here_chains.items():
        if there_chains.get(thread) != chain:
            raise UpkeepError(f"The thread {thread} differs, though its rows do not: tell us.")
    on_step(f"{len(here_chains)} threads are the same")
    return len(here_chains)


def rows_of(model: type[Model], alias: str) -> tuple[int, str]:
    """How many rows a table has, and a hash of all of them in the order of their keys."""
    count = 0
    digest = hashlib.blake2b(digest_size=16)
    columns = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.using(alias).order_by("pk").values_list(*columns)
    for row in rows.iterator(AT_ONCE):
        digest.update(plain(row))
        count += 1
    return count, digest.hexdigest()
