"""Rows that screening reads. Moderation's verbs write them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Ban(models.Model):
    """Somebody may not write in a forum, until `ends` (None: for good)."""

    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="bans")
    author = models.ForeignKey("accounts.Author", models.CASCADE, null=True, related_name="bans")
    # The ban also covers this network (IPv4 /24, IPv6 /56) where it is not empty.
    address = models.CharField(max_length=50, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    ends = models.DateTimeField(null=True)
    lifted = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["forum", "author"], name="ban_by_author"),
            models.Index(fields=["forum", "address"], name="ban_by_address"),
        ]

    def __str__(self) -> str:
        return f"ban of {self.author_id or self.address} in {self.forum_id}"
