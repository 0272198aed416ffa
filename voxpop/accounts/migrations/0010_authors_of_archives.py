from django.db import migrations, models

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):
    """Authors of archives, found by what an account may prove of itself."""

    atomic = False
    dependencies = [("accounts", "0009_claims")]

    operations = [
        AddIndexQuietly(
            model_name="author",
            index=models.Index(
                condition=models.Q(("kind", "imported")),
                fields=["imported_key"],
                name="author_by_key",
            ),
        ),
        AddIndexQuietly(
            model_name="author",
            index=models.Index(
                condition=models.Q(("kind", "imported")),
                fields=["email"],
                name="imported_by_email",
            ),
        ),
    ]
