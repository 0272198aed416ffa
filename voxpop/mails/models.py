"""Mail that is to go, as long as it has not gone."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Mail(models.Model):
    """Text and address are sealed with the server's key: a backup holds no code that signs in."""

    sealed = models.BinaryField()
    created = models.DateTimeField(default=timezone.now)
    # When it may be tried (again), and until when: what it says does not hold any longer.
    due = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # Its reader's server asked for patience, which says nothing of our own.
    is_held_off = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["until"], name="mail_by_end"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"

    def claim(self, lease: timedelta) -> bool:
        """True for one of several senders: nobody else tries it before the lease is over."""
        until: datetime = timezone.now() + lease
        mine = Mail.objects.filter(pk=self.pk, due=self.due)
        return bool(mine.update(due=until, attempts=self.attempts + 1))
