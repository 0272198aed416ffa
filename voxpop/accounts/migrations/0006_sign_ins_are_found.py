from django.db import migrations, models

from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):
    """By what finds them."""

    atomic = False
    dependencies = [("accounts", "0005_sign_ins")]

    operations = [
        AddIndexQuietly(
            model_name="accesstoken",
            index=models.Index(fields=["family"], name="token_of_family"),
        ),
        AddIndexQuietly(
            model_name="signincode",
            index=models.Index(fields=["challenge"], name="code_by_challenge"),
        ),
    ]
