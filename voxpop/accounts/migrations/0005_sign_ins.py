from django.db import migrations, models


class Migration(migrations.Migration):
    """Tokens that are renewed, and sign-ins that wait for a frame on its way back."""

    dependencies = [("accounts", "0004_profiles")]

    operations = [
        migrations.AddField("accesstoken", "fresh_until", models.DateTimeField(null=True)),
        migrations.AddField("accesstoken", "family", models.BinaryField(max_length=32, null=True)),
        migrations.AddField(
            "accesstoken", "turn", models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.AddField("accesstoken", "turned", models.DateTimeField(null=True)),
        migrations.AddField(
            "signincode", "is_fetched", models.BooleanField(db_default=False, default=False)
        ),
    ]
