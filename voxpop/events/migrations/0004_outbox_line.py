from django.db import migrations, models
from django.db.models import Q

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("events", "0003_lines_and_leases")]

    operations = [
        AddIndexQuietly(
            model_name="outboxevent",
            index=models.Index(
                fields=["line", "id"],
                name="outbox_line",
                condition=Q(is_given_up=False) & ~Q(line=""),
            ),
        ),
    ]
