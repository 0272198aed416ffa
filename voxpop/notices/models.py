"""What somebody is told, the mail that is due about it, and what he wants mail about."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from voxpop import ids


class Kind(models.TextChoices):
    REPLY = "reply"
    MENTION = "mention"
    WATCH = "watch"  # a comment in a thread that he watches
    FOLLOW = "follow"  # somebody follows him
    VOTES = "votes"  # so many are for a comment of his
    DECISION = "decision"  # a moderator has decided about a comment of his


class Notice(models.Model):
    """That somebody else's comment concerns a user. Its id is its place in his inbox: the moment he
    was told.

    Not the comment's own, which is older where it was held: whoever has read up to now would never
    see it. One per person and comment, so that a worker which is killed tells nobody twice.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    to = models.ForeignKey("accounts.Author", models.CASCADE, related_name="notices")
    comment = models.ForeignKey("threads.Comment", models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["to", "comment"], name="notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.comment_id} to {self.to_id}"


class PersonalNotice(models.Model):
    """That something happened to a user, or to a comment of his own. Its id is its place in his
    inbox, beside those of notices."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    to = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Votes and decisions: his comment. Follow: who follows him.
    comment = models.ForeignKey("threads.Comment", models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey("accounts.Author", models.CASCADE, null=True, related_name="+")
    # Votes: how many there were when he was told last.
    number = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["to", "kind", "comment"], name="personal_comment_once"),
            models.UniqueConstraint(fields=["to", "kind", "person"], name="personal_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.comment_id or self.person_id} to {self.to_id}"


class Letter(models.Model):
    """A mail that is to go, or has gone; its text and address are made when it goes.

    Without a comment it asks a guest whether his address is his.
    """

    to = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")
    comment = models.ForeignKey("threads.Comment", models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True)
    created = models.DateTimeField(default=timezone.now)
    # When it may be tried (again); None once it has gone, or is not to go any more.
    due = models.DateTimeField(null=True, default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["to", "comment"], name="letter_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due"], name="letter_due", condition=models.Q(due__isnull=False)),
            models.Index(fields=["created"], name="letter_by_age"),
        ]

    def __str__(self) -> str:
        return f"letter about {self.comment_id} to {self.to_id}"


class MailWish(models.Model):
    """What somebody wants mail about. A user without one wants everything, a guest nothing.

    Followers and votes are told in the inbox alone.
    """

    author = models.OneToOneField(
        "accounts.Author", models.CASCADE, primary_key=True, related_name="mail_wish"
    )
    replies = models.BooleanField(default=True)
    mentions = models.BooleanField(default=True)
    watches = models.BooleanField(default=True, db_default=True)
    decisions = models.BooleanField(default=True, db_default=True)
    # A guest's address: when whoever reads its mail said that it is his. Until then it gets none.
    confirmed = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"mail for {self.author_id}"
