"""What moderators decided: who, when, why, and what it was before, so that it can be undone."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from voxpop import ids


class Verb(models.TextChoices):
    """What can be decided."""

    APPROVE = "approve"
    REJECT = "reject"
    SPAM = "spam"
    DELETE = "delete"
    RESTORE = "restore"
    APPROVE_EDIT = "approve_edit"
    REJECT_EDIT = "reject_edit"
    LOCK = "lock"
    UNLOCK = "unlock"
    PIN = "pin"
    UNPIN = "unpin"
    PREMODERATE = "premoderate"
    TRUST = "trust"
    SENSITIVE = "sensitive"
    HARMLESS = "harmless"
    BAN = "ban"
    LIFT_BAN = "lift_ban"
    GIVE = "give"
    REFUSE = "refuse"
    WIPE = "wipe"
    WIPE_FORUM = "wipe_forum"


class Ground(models.TextChoices):
    """What a comment was removed for, as its author may be told; the label completes "Removed by a
    moderator: …". A list and no free words: what is told is mailed under our name, and a moderator
    has not to word it."""

    ADVERTISING = "advertising", "advertising"
    OFF_TOPIC = "off_topic", "off topic"
    ABUSIVE = "abusive", "attacks somebody"
    RULES = "rules", "against the rules of this site"


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
    claim = models.ForeignKey(
        "moderation.Claim", models.SET_NULL, null=True, related_name="decisions", db_index=False
    )
    # For moderators only; `told` is for the author.
    reason = models.CharField(max_length=300, blank=True)
    told = models.CharField(max_length=12, choices=Ground, blank=True, default="", db_default="")
    before = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now)
    undone = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["forum", "-id"], name="decision_by_forum"),
            models.Index(
                fields=["claim"], name="decision_by_claim", condition=Q(claim__isnull=False)
            ),
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
    def ground(self) -> Ground | None:
        """What the author is told of why."""
        return Ground(self.told) if self.told in Ground.values else None


class Claim(models.Model):
    """That an account wrote what an author of the forum's archive wrote: two words of two sides.

    The account asked for it, and a moderator's decision says so. Until both are there nothing is
    anybody else's, whoever was first; while both stand, it is.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="claims")
    of = models.ForeignKey("accounts.Author", models.CASCADE, related_name="claims")
    by = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)
    # None: a moderator has named the account, which has not said yes yet.
    asked = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["by", "of"], name="claim_once"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} is {self.of_id}"

    @property
    def public_id(self) -> str:
        return ids.public(self.id)

    @property
    def decided(self) -> Decision | None:
        """What a moderator said last, where that stands."""
        last = self.decisions.order_by("-id").first()
        return last if last is not None and last.undone is None else None

    @property
    def is_given(self) -> bool:
        return self.decided is not None and self.decided.verb == Verb.GIVE


class Given(models.Model):
    """A comment that a claim has made the account's: what goes back when it is undone."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="given", db_index=False)
    comment = models.ForeignKey("threads.Comment", models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["claim", "comment"], name="given_once"),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} by {self.claim_id}"
