"""A migration runs beside the servers of the version before it, and keeps nobody waiting.

What a new one may do to a table that has rows: make an index quietly, add a column that the older
version need not know of. What else it may need is written here first, with its reason.
"""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

from voxpop.postgres.operations import AddIndexQuietly, AddUniqueQuietly

# Of the time before there was a version that anybody ran.
BEFORE_ALL = {("events", "0002_the_edge_is_purged_again")}
# An index of a table that holds only what waits to be mailed: made in a moment.
SMALL = {("notices", "letter", "person")}
# Nobody waits for these: a table that is new, one that nobody asks any more, words of Django only.
# A constraint goes in a moment, and the version before names none (ON CONFLICT DO NOTHING).
HARMLESS = (
    migrations.CreateModel,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.RemoveConstraint,
    AddIndexQuietly,
    AddUniqueQuietly,
)
QUIET = (AddIndexQuietly, AddUniqueQuietly)


def new_migrations() -> Iterator[migrations.Migration]:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("voxpop")}
    for key, migration in MigrationLoader(None).disk_migrations.items():
        if key[0] in ours and not migration.initial and key not in BEFORE_ALL:
            yield migration


def locking(migration: migrations.Migration) -> Iterator[str]:
    """What in it would keep others from reading or writing, or from being the version before."""
    made = {each.name_lower for each in migration.operations if is_creation(each)}
    for operation in migration.operations:
        for each in database_side(operation):
            table = getattr(each, "model_name_lower", "")
            if isinstance(each, HARMLESS) or table in made:
                if isinstance(each, QUIET) and migration.atomic:
                    yield f"{each.describe()}: a concurrent index needs atomic = False"
            elif isinstance(each, migrations.AddField):
                if not (each.field.null or each.field.db_default is not NOT_PROVIDED):
                    yield f"{each.describe()}: the older version's INSERT does not know it"
                # Django makes its index in the same breath, and nobody writes meanwhile.
                is_indexed = each.field.db_index or each.field.unique
                if is_indexed and (migration.app_label, table, each.name) not in SMALL:
                    yield f"{each.describe()}: its index comes after it, by AddIndexQuietly"
            elif isinstance(each, migrations.RunPython):
                if migration.atomic:
                    yield f"{each.describe()}: rows are changed in steps, with atomic = False"
            else:
                yield each.describe()


def is_creation(operation: Operation) -> bool:
    return isinstance(operation, migrations.CreateModel)


def database_side(operation: Operation) -> list[Operation]:
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return list(operation.database_operations)
    return [operation]


def test_no_new_migration_locks_a_table_in_use() -> None:
    found = {str(each): list(locking(each)) for each in new_migrations()}
    assert found, "there are no migrations to look at"
    assert {name: what for name, what in found.items() if what} == {}


class Bad(migrations.Migration):
    """One of each kind that is refused."""

    operations = [
        migrations.AddIndex("comment", models.Index(fields=["seq"], name="locks")),
        migrations.AddField("comment", "more", models.IntegerField(default=0)),
        migrations.AddField("comment", "found", models.IntegerField(null=True, db_index=True)),
        migrations.AddField("comment", "once", models.IntegerField(null=True, unique=True)),
        migrations.AddField(
            "comment", "of", models.ForeignKey("Thread", models.PROTECT, null=True)
        ),
        migrations.AlterField("comment", "seq", models.IntegerField()),
        migrations.RemoveField("comment", "seq"),
        migrations.RenameField("comment", "seq", "place"),
        migrations.RunSQL("UPDATE threads_comment SET seq = 0"),
        migrations.RunPython(migrations.RunPython.noop),
        AddIndexQuietly("comment", models.Index(fields=["seq"], name="quiet")),
    ]


def test_what_locks_is_found() -> None:
    assert len(list(locking(Bad("bad", "threads")))) == len(Bad.operations)


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_index_that_is_there_already_is_made_anew() -> None:
    """PostgreSQL leaves the half of an interrupted one behind, under the name of the whole."""
    loader = MigrationLoader(connection)
    state = loader.project_state(("threads", "0002_vote_by_time"))
    after = loader.project_state(("threads", "0003_replies_by_parent"))
    quiet = loader.disk_migrations["threads", "0003_replies_by_parent"].operations[-1]
    with connection.schema_editor(atomic=False) as editor:
        quiet.database_forwards("threads", editor, state, after)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'replies_by_parent'::regclass"
        )
        assert cursor.fetchall() == [(True,)]
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
