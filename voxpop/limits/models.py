"""Answers already given, so that the same request sent twice acts once (SAFETY 6.3)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Answered(models.Model):
    """Kept 24 hours. `actor` scopes the key: another person's key never collides (T45)."""

    actor = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    body_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["actor", "key"], name="answered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"
