from django.db import migrations, models


class Migration(migrations.Migration):
    """Why, as the author of what was removed may be told it."""

    dependencies = [("moderation", "0002_claims")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="told",
            field=models.CharField(
                blank=True,
                choices=[
                    ("advertising", "advertising"),
                    ("off_topic", "off topic"),
                    ("abusive", "attacks somebody"),
                    ("rules", "against the rules of this site"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
    ]
