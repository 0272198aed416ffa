from django.db import migrations, models

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("threads", "0001_initial")]

    operations = [
        AddIndexQuietly(
            model_name="vote",
            index=models.Index(fields=["changed"], name="vote_by_time"),
        ),
    ]
