"""Figures in the database, where no other store is configured; and how far they are counted."""

from typing import ClassVar

from django.db import models


class Figure(models.Model):
    """One cell of the rollups (rollups.py says what the columns mean)."""

    forum = models.CharField(max_length=60)
    metric = models.CharField(max_length=20)
    minute = models.DateTimeField()
    label = models.CharField(max_length=20, default="")
    source = models.CharField(max_length=40, default="")
    value = models.BigIntegerField()
    coarseness = models.PositiveSmallIntegerField(default=0)  # 1: a whole hour's, 2: a day's

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["forum", "metric", "minute", "label", "source"], name="figure_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["coarseness", "minute"], name="figure_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.forum} {self.metric} {self.minute:%Y-%m-%d %H:%M}: {self.value}"


class Recounted(models.Model):
    """One row: until when comments, votes and decisions have been counted from their own tables."""

    until = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.until)
