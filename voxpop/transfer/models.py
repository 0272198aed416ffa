"""Imports in progress and done: what was read, what was skipped and why."""

from django.db import models
from django.utils import timezone

from voxpop import ids


class Import(models.Model):
    """One run over one file. `position` lets a killed run go on where it was."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="imports")
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=20)
    file = models.CharField(max_length=500)
    name = models.CharField(max_length=200, blank=True)  # what its owner calls the file
    file_digest = models.CharField(max_length=64)
    is_dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="waiting")
    position = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    report = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    ended = models.DateTimeField(null=True)

    @property
    def public_id(self) -> str:
        return ids.public(self.id)

    def __str__(self) -> str:
        return f"{self.source} into {self.forum_id}: {self.state}"
