from django.db import migrations, models

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):
    """A page of my votes, however many I have cast."""

    atomic = False
    dependencies = [("threads", "0003_replies_by_parent")]

    operations = [
        AddIndexQuietly(
            model_name="vote",
            index=models.Index(fields=["author", "-id"], name="vote_by_author"),
        ),
    ]
