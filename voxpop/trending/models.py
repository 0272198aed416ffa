"""How hot each thread is; all of it can be counted again from comments and votes."""

from typing import ClassVar

from django.db import models


class Heat(models.Model):
    """A thread that somebody took part in lately. `heat` never fades in here: it is a place on a
    scale that rises with time itself (heat.py), so that the order of two threads stays as it is."""

    thread = models.OneToOneField("threads.Thread", models.CASCADE, primary_key=True)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="+", db_index=False)
    heat = models.FloatField()
    people = models.PositiveIntegerField()  # who wrote
    voters = models.PositiveIntegerField()  # who only voted
    newest = models.DateTimeField()  # the newest act of all

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["forum", "-heat"], name="heat_of_forum"),
            models.Index(fields=["-heat"], name="heat_of_all"),
            models.Index(fields=["newest"], name="heat_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id}: {self.people} people, {self.voters} voters"


class Felt(models.Model):
    """One row: until when comments and votes have been counted into heat."""

    until = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.until)
