import django.db.models.deletion
from django.db import migrations, models

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):
    """Who somebody is since he was claimed or merged; guests by the address they have proven."""

    atomic = False
    dependencies = [("accounts", "0008_guests_prove_their_address")]

    operations = [
        migrations.AddField(
            model_name="author",
            name="became",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="was",
                to="accounts.author",
            ),
        ),
        AddIndexQuietly(
            model_name="author",
            index=models.Index(
                condition=models.Q(("became__isnull", False)),
                fields=["became"],
                name="author_by_became",
            ),
        ),
        AddIndexQuietly(
            model_name="author",
            index=models.Index(
                condition=models.Q(("proven__isnull", False)),
                fields=["email"],
                name="author_by_email",
            ),
        ),
    ]
