"""The outbox: what happened and what is still due because of it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class OutboxEvent(models.Model):
    """Written in the transaction of the change; kept until every consequence has run."""

    name = models.CharField(max_length=40)
    payload = models.JSONField()
    created = models.DateTimeField(default=timezone.now)
    finished = models.JSONField(default=list)  # names of the consequences that have run
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)
    is_given_up = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["is_given_up", "due"], name="outbox_due"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.payload}"
