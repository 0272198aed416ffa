from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forums", "0002_listed")]

    operations = [
        migrations.AddField(
            model_name="forum",
            name="requires_second_factor",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
