from django.db import migrations, models
from django.db.models import Q

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):
    """The comments whose network is still to be let go."""

    atomic = False
    dependencies = [("threads", "0004_vote_by_author")]

    operations = [
        AddIndexQuietly(
            model_name="comment",
            index=models.Index(
                fields=["id"], name="comment_with_network", condition=~Q(address="")
            ),
        ),
    ]
