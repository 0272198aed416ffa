"""A profile, and every name that a profile ever had."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Profile(models.Model):
    """What an author shows of himself. What others need at once stands with the author: his
    `handle` while the profile is public."""

    author = models.OneToOneField("accounts.Author", models.CASCADE, primary_key=True)
    handle = models.CharField(max_length=30, null=True, unique=True)
    is_public = models.BooleanField(default=False)
    about = models.TextField(blank=True)  # as typed; rendered when it is shown
    shows_people = models.BooleanField(default=False)  # whom he follows, who follows him

    def __str__(self) -> str:
        return self.handle or str(self.author_id)


class Avatar(models.Model):
    """What somebody uploaded as his picture, made anew by us in two sizes (reencode.py). Its name
    is chance: it tells nothing of him, and another picture has another one."""

    name = models.CharField(max_length=26, primary_key=True)
    author = models.OneToOneField("accounts.Author", models.CASCADE, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    small = models.BinaryField()
    large = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Handle(models.Model):
    """A name that is taken for good: the present one, and earlier ones, which lead to it. Nobody
    else is ever called so, nor anything that looks like it, not even when its wearer is gone."""

    name = models.CharField(max_length=30, primary_key=True)
    skeleton = models.CharField(max_length=120, unique=True)
    author = models.ForeignKey("accounts.Author", models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class Closing(models.Model):
    """That an operator closed an account: when and why, and when it was opened again. None of the
    two persons: by the command line."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="closings")
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    closed = models.DateTimeField(default=timezone.now)
    reopened = models.DateTimeField(null=True)
    reopened_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(reopened__isnull=True), name="closed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} closed {self.closed:%Y-%m-%d}"
