import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import voxpop.ids
from voxpop.postgres.operations import AddIndexQuietly


class Migration(migrations.Migration):
    """That an account wrote what is in an archive, by a moderator's word."""

    atomic = False
    dependencies = [
        ("accounts", "0010_authors_of_archives"),
        ("forums", "0001_initial"),
        ("moderation", "0001_initial"),
        ("threads", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=voxpop.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("asked", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.author",
                    ),
                ),
                (
                    "forum",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="forums.forum",
                    ),
                ),
                (
                    "of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="accounts.author",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("by", "of"), name="claim_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Given",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="given",
                        to="moderation.claim",
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="threads.comment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("claim", "comment"), name="given_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="claim",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="decisions",
                to="moderation.claim",
            ),
        ),
        AddIndexQuietly(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("claim__isnull", False)),
                fields=["claim"],
                name="decision_by_claim",
            ),
        ),
    ]
