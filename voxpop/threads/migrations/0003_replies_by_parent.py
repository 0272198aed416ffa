from django.db import migrations, models
from django.db.models import Q

from voxpop.postgres.operations import AddIndexQuietly, drop_index_of_field


def drop(apps, schema_editor):
    drop_index_of_field(schema_editor, apps.get_model("threads", "Comment"), "parent")


class Migration(migrations.Migration):
    """Roots out of the index of parents: by `parent IS NULL` it looked like the way to a page."""

    atomic = False
    dependencies = [("threads", "0002_vote_by_time")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name="comment",
                    name="parent",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="children",
                        to="threads.comment",
                    ),
                )
            ],
        ),
        AddIndexQuietly(
            model_name="comment",
            index=models.Index(
                fields=["parent"], name="replies_by_parent", condition=Q(parent__isnull=False)
            ),
        ),
    ]
