"""What moderators decided: who, when, why, and what it was before, so that it can be undone."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from voxpop import ids


class Verb(models.TextChoices):
    """What can be decided; the label completes "Ada …: this comment"."""

    APPROVE = "approve", "approved"
    REJECT = "reject", "rejected"
    SPAM = "spam", "marked as spam"
    DELETE = "delete", "deleted"
    RESTORE = "restore", "restored"
    APPROVE_EDIT = "approve_edit", "approved an edit"
    REJECT_EDIT = "reject_edit", "rejected an edit"
    LOCK = "lock", "locked"
    UNLOCK = "unlock", "unlocked"
    PIN = "pin", "pinned"
    UNPIN = "unpin", "took the pin out"
    PREMODERATE = "premoderate", "holds new comments"
    TRUST = "trust", "lets new comments through"
    SENSITIVE = "sensitive", "marked as sensitive"
    HARMLESS = "harmless", "marked as not sensitive"
    BAN = "ban", "banned"
    LIFT_BAN = "lift_ban", "lifted a ban"
    WIPE = "wipe", "wiped what somebody had here"
    WIPE_FORUM = "wipe_forum", "wiped the whole forum"


class Decision(models.Model):
    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="decisions")
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=20)
    comment = models.ForeignKey(
        "threads.Comment", models.CASCADE, null=True, related_name="decisions"
    )
    thread = models.ForeignKey(
        "threads.Thread", models.CASCADE, null=True, related_name="decisions"
    )
    ban = models.ForeignKey("screening.Ban", models.CASCADE, null=True, related_name="decisions")
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    undone = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["forum", "-id"], name="decision_by_forum"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.by_id}"

    @property
    def public_id(self) -> str:
        return ids.public(self.id)

    @property
    def can_be_undone(self) -> bool:
        """What was wiped is gone for good."""
        return self.verb not in {Verb.WIPE, Verb.WIPE_FORUM}

    @property
    def said(self) -> str:
        """The verb in a sentence."""
        return str(Verb(self.verb).label)
