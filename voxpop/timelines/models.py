"""Timelines as rows, where there is no Cassandra."""

from typing import ClassVar

from django.db import models


class TimelineEntry(models.Model):
    """That something happened, in one owner's timeline."""

    owner = models.CharField(max_length=24)
    entry_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    written = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "entry_id"], name="timeline_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entry_id} of {self.owner}"


class Watermark(models.Model):
    """How far an owner has read."""

    owner = models.CharField(max_length=24, primary_key=True)
    entry_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.owner} read {self.entry_id}"
