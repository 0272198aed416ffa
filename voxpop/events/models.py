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
    # While a worker has claimed it: when its lease ends. Which is how it knows its claim again.
    due = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)
    is_given_up = models.BooleanField(default=False)
    # Its purge is still to be repeated; until then the rest of it waits (see repeats.py).
    is_purge_due = models.BooleanField(default=False)
    # Events of one line are followed one after the other. The database has the default too: an
    # older release, which knows no lines, may still be writing while this one starts.
    line = models.CharField(max_length=40, default="", db_default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["is_given_up", "due"], name="outbox_due"),
            models.Index(
                fields=["id"], name="outbox_purge_due", condition=models.Q(is_purge_due=True)
            ),
            models.Index(
                fields=["line", "id"],
                name="outbox_line",
                condition=models.Q(is_given_up=False) & ~models.Q(line=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.payload}"


class Lease(models.Model):
    """Who of several workers has an office that only one may have, and until when (lease.py)."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=40)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class EdgeNode(models.Model):
    """A node of the edge that has been purged; one that is away has missed purges since then.

    A node without a row is new here: whatever it has stored, nobody purged it.
    """

    address = models.CharField(max_length=200, unique=True)
    away_since = models.DateTimeField(null=True)
    # Among what it missed was a removal: its stale copies must not wait for the bad day.
    has_missed_removal = models.BooleanField(default=True)
    # What the pages were made of that it has stored (edge/static.py).
    release = models.CharField(max_length=80, default="")

    def __str__(self) -> str:
        return self.address
