"""That somebody asked for all that is his, or that it goes."""

from django.db import models
from django.utils import timezone

from voxpop import ids


class Erasure(models.Model):
    """Somebody asked to be erased. It goes with what it erases; signing in calls it off."""

    author = models.OneToOneField(
        "accounts.Author", models.CASCADE, primary_key=True, related_name="+"
    )
    asked = models.DateTimeField(default=timezone.now)
    due = models.DateTimeField(db_index=True)
    # Whether what he has published stays, under "deleted user".
    keeps_text = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.author_id} goes on {self.due:%Y-%m-%d}"


class Takeout(models.Model):
    """A file with all that is somebody's: to be packed, being packed, packed, or it failed."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    author = models.OneToOneField("accounts.Author", models.CASCADE, related_name="+")
    asked = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, default="waiting")
    # How many rows are packed, of how many.
    done = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    # When the file goes; None before it is packed.
    expires = models.DateTimeField(null=True, db_index=True)

    @property
    def public_id(self) -> str:
        return ids.public(self.id)

    def __str__(self) -> str:
        return f"takeout of {self.author_id}: {self.state}"
