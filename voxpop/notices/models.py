"""What somebody is told, the mail and the push due about it, and how he wants to be told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from voxpop import ids


class Kind(models.TextChoices):
    REPLY = "reply"
    MENTION = "mention"
    WATCH = "watch"  # a comment in a thread that he watches
    FOLLOW = "follow"  # somebody follows him
    VOTES = "votes"  # so many are for a comment of his
    DECISION = "decision"  # a moderator has decided about a comment of his


class Pace(models.TextChoices):
    """How soon something is mailed."""

    NEVER = "never"
    ONCE = "once", "at once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Channel(models.TextChoices):
    """How a letter goes."""

    MAIL = "mail"
    PUSH = "push"


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
    """A mail or a push that is to go, or has gone; its text and address are made when it goes.

    About a comment, or about who follows him. About neither it asks a guest whether his address is
    his. Letters that go together, as one mail, bear its name.
    """

    to = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")
    channel = models.CharField(
        max_length=4, choices=Channel.choices, default=Channel.MAIL, db_default=Channel.MAIL
    )
    comment = models.ForeignKey("threads.Comment", models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey("accounts.Author", models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True)
    # Votes: how many there were when it became due.
    number = models.PositiveIntegerField(null=True)
    created = models.DateTimeField(default=timezone.now)
    # When it may be tried (again); None once it has gone, or is not to go any more.
    due = models.DateTimeField(null=True, default=timezone.now)
    gone = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # What it has been sent as: a second try is the same mail, with nothing added (see sending).
    sent_as = models.CharField(max_length=60, blank=True, default="", db_default="")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["to", "channel", "comment"],
                condition=Q(comment__isnull=False) & ~Q(kind=Kind.VOTES),
                name="letter_comment_once",
            ),
            models.UniqueConstraint(
                fields=["to", "channel", "comment", "number"],
                condition=Q(kind=Kind.VOTES),
                name="letter_votes_once",
            ),
            models.UniqueConstraint(
                fields=["to", "channel", "person"],
                condition=Q(person__isnull=False),
                name="letter_person_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due"], name="letter_due", condition=Q(due__isnull=False)),
            models.Index(
                fields=["to", "due"], name="letter_due_to", condition=Q(due__isnull=False)
            ),
            models.Index(fields=["to", "-gone"], name="letter_gone_to"),
            models.Index(fields=["created"], name="letter_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} about {self.comment_id or self.person_id} by {self.channel}"


class Wish(models.Model):
    """How somebody wants to be told of one kind of thing, where that is not how everybody is: at
    every forum, or at one. (What everybody gets: `wishes.py`.)"""

    author = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+", db_index=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    inbox = models.BooleanField()
    mail = models.CharField(max_length=6, choices=Pace.choices)
    push = models.BooleanField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["author", "kind"], condition=Q(forum__isnull=True), name="wish_once"
            ),
            models.UniqueConstraint(fields=["author", "forum", "kind"], name="wish_of_forum_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.author_id}"


class Reach(models.Model):
    """When somebody may be reached, and that a guest's address is his. Who has none lives by UTC
    and has no quiet hours."""

    author = models.OneToOneField(
        "accounts.Author", models.CASCADE, primary_key=True, related_name="reach"
    )
    zone = models.CharField(max_length=64, blank=True)  # IANA name, as his browser told it
    # Quiet from this time of his day to that; both or none.
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    summary_hour = models.PositiveSmallIntegerField(default=8)
    summary_weekday = models.PositiveSmallIntegerField(default=0)  # Monday
    # A guest's address: when whoever reads its mail said that it is his. Until then it gets none.
    confirmed = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"reach of {self.author_id}"


class Device(models.Model):
    """A browser in which somebody wants to see pushes: an address at its maker's push service,
    which knows him by that and by nothing else, and the keys by which only the browser reads what
    is sent there (RFC 8291)."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    author = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")
    # A browser is one person's: whoever turns pushes on in it last.
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    # Whoever has signed out everywhere since has ended this too.
    sign_outs = models.PositiveIntegerField()
    created = models.DateTimeField(default=timezone.now)
    # Since when it has failed each time, and until when it is left alone; None while it is well.
    failing = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    # Since when its push service knows it no more. The row stays to tell him so.
    gone = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"device of {self.author_id}"


class Refusal(models.Model):
    """That an address takes no mail, or that its reader has complained of ours. The address itself
    is not kept, only a keyed digest that no one else can make; whoever it belongs to, then."""

    digest = models.CharField(max_length=64, primary_key=True)
    # What the mail server answered, or "bounced" or "complained".
    why = models.CharField(max_length=20)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.why


class MailWish(models.Model):
    """What the version before kept of wishes. `Wish` and `Reach` have taken it over; while servers
    of both run side by side the older ones look here. The next version drops it."""

    author = models.OneToOneField(
        "accounts.Author", models.CASCADE, primary_key=True, related_name="mail_wish"
    )
    replies = models.BooleanField(default=True)
    mentions = models.BooleanField(default=True)
    watches = models.BooleanField(default=True, db_default=True)
    decisions = models.BooleanField(default=True, db_default=True)
    confirmed = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"mail for {self.author_id}"
