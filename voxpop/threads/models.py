"""A thread is a log; a comment has its place in a tree; votes and flags hang on it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from voxpop import ids
from voxpop.accounts.faces import Face, face_of
from voxpop.threads.markup import SANITIZER


class Thread(models.Model):
    """The discussion of one page. `seq` is the place of its newest event."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    # Computed from forum and identifier or address, so that it is known before the row exists.
    public_id = models.CharField(max_length=20, unique=True)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="threads")
    identifier = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    title = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(default=timezone.now)
    last_commented = models.DateTimeField(null=True)
    seq = models.BigIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    is_locked = models.BooleanField(default=False)
    is_premoderated = models.BooleanField(default=False)
    # Never offered to those who did not ask for it.
    is_sensitive = models.BooleanField(db_default=False, default=False)
    pinned = models.ForeignKey("Comment", models.SET_NULL, null=True, related_name="+")

    # Of its forum, where it was read with it (reading.py): pages need no second look-up.
    forum_shortname: str = ""
    forum_sort: str = ""

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["forum", "-last_commented"], name="thread_by_activity"),
        ]

    def __str__(self) -> str:
        return self.title or self.public_id


class ThreadAlias(models.Model):
    """Every identifier ("i"), address ("u") and imported id ("d") by which a thread is found."""

    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=1)
    value = models.CharField(max_length=2000)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="aliases")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["forum", "kind", "value"], name="alias_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


class Status(models.TextChoices):
    PUBLISHED = "published"
    HELD = "held"
    REJECTED = "rejected"
    SPAM = "spam"
    DELETED = "deleted"


# What looks held to its author: he is not told that it was taken for spam (SAFETY T26).
WAITING = frozenset({Status.HELD, Status.SPAM})


class Comment(models.Model):
    """`source` is what was typed, `html` what is shown, `fragment` the bytes a page is joined of,
    `shape` the same for a page of JSON (standing.dress makes both whenever their row changes).

    `is_shown` is the shadow of status and replies: published, or removed with replies still to
    be seen under it. Every reader's query goes over the partial indexes of shown comments.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="+", db_index=False)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        "accounts.Author", models.PROTECT, related_name="comments", db_index=False
    )
    # Its index is below: one that held the roots as well would look like the way to a page of them.
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", db_index=False
    )
    root_id = models.BigIntegerField()
    depth = models.PositiveSmallIntegerField(default=0)
    # The 8-byte ids from the root down: a branch is a range, a page a keyset (DESIGN 5).
    path = models.BinaryField()
    status = models.CharField(max_length=9, choices=Status.choices)
    is_shown = models.BooleanField(default=False)
    sanitizer = models.PositiveSmallIntegerField(default=SANITIZER)
    badge = models.CharField(max_length=9, blank=True)
    created = models.DateTimeField(default=timezone.now)
    edited = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)
    seq = models.BigIntegerField(default=0)
    up = models.PositiveIntegerField(default=0)
    down = models.PositiveIntegerField(default=0)
    rank = models.IntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)  # shown direct replies
    branch = models.PositiveIntegerField(default=0)  # shown comments below a root, all depths
    flags = models.PositiveIntegerField(default=0)
    verdict = models.CharField(max_length=200, blank=True)  # why it was held or refused
    imported_id = models.CharField(max_length=60, null=True)
    address = models.CharField(max_length=50, blank=True)  # truncated network of the author
    # Long columns come last: what a page is chosen by is read without them.
    source = models.TextField()
    html = models.TextField()
    fragment = models.BinaryField(default=b"")
    shape = models.BinaryField(default=b"")

    # What the author may be told of the verdict; said once, in the answer to his request.
    told: str = ""
    # Whether it was held for its author, not for a moderator; said likewise.
    awaits_author: bool = False

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["thread", "path"], name="shown_by_path", condition=Q(is_shown=True)
            ),
            models.Index(
                fields=["thread", "id"],
                name="shown_roots_by_time",
                condition=Q(is_shown=True, parent__isnull=True),
            ),
            models.Index(
                fields=["thread", "rank", "id"],
                name="shown_roots_by_rank",
                condition=Q(is_shown=True, parent__isnull=True),
            ),
            models.Index(
                fields=["parent"], name="replies_by_parent", condition=Q(parent__isnull=False)
            ),
            models.Index(
                fields=["forum", "id"], name="published_by_forum", condition=Q(status="published")
            ),
            models.Index(fields=["forum", "id"], name="held_by_forum", condition=Q(status="held")),
            models.Index(fields=["forum", "id"], name="flagged_by_forum", condition=Q(flags__gt=0)),
            models.Index(
                fields=["forum", "id"],
                name="removed_by_forum",
                condition=Q(status__in=["rejected", "spam", "deleted"]),
            ),
            models.Index(fields=["author", "id"], name="comment_by_author"),
            # Those that still know the network they were written from (privacy/thinning.py).
            models.Index(fields=["id"], name="comment_with_network", condition=~Q(address="")),
            # Empty but for the time after SANITIZER was raised (actions/rerender.py).
            models.Index(
                fields=["thread", "id"],
                name="older_sanitizer",
                condition=Q(sanitizer__lt=SANITIZER),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["forum", "imported_id"], name="comment_imported_once"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return ids.public(self.id)

    @property
    def face(self) -> Face:
        """What others see of whoever wrote it, in this forum (`author` selected)."""
        return face_of(self.author, self.forum_id)

    @property
    def path_end(self) -> bytes:
        """The first path after the whole branch below this comment."""
        return after_branch(bytes(self.path))


def after_branch(path: bytes) -> bytes:
    """The smallest path that sorts after `path` and everything below it."""
    return path[:-8] + (int.from_bytes(path[-8:], "big") + 1).to_bytes(8, "big")


class Unproven(models.Model):
    """That a held comment waits for its author, a guest, to prove his address."""

    comment = models.OneToOneField(Comment, models.CASCADE, primary_key=True)
    since = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.comment_id} waits for its author"


class Revision(models.Model):
    """What a comment said: one row per text submitted for it. `held` ones wait in the queue."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    html = models.TextField()
    created = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=9, choices=Status.choices)
    verdict = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["comment", "number"], name="revision_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status"], name="held_revisions", condition=Q(status="held")),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} r{self.number}"


class ThreadEvent(models.Model):
    """One entry of a thread's log: the place, the kind, which comments. Never their content."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=9)
    comments = models.JSONField(default=list)  # ids of comments, at most 200
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["thread", "seq"], name="event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.thread_id}@{self.seq} {self.kind}"


class Vote(models.Model):
    """The truth about one author's vote on one comment; tallies are folded from these rows."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="votes")
    author = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")
    value = models.SmallIntegerField()
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["comment", "author"], name="vote_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["changed"], name="vote_by_time"),
            models.Index(fields=["author", "-id"], name="vote_by_author"),
        ]

    def __str__(self) -> str:
        return f"{self.value:+d} on {self.comment_id}"


class PendingTally(models.Model):
    """A comment whose votes changed since they were last folded; written with the vote."""

    comment = models.OneToOneField(Comment, models.CASCADE, primary_key=True)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.comment_id)


class FlagReason(models.TextChoices):
    SPAM = "spam"
    ABUSE = "abuse"
    OFF_TOPIC = "off-topic"
    OTHER = "other"


class Flag(models.Model):
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="flag_rows")
    author = models.ForeignKey("accounts.Author", models.CASCADE, related_name="+")
    reason = models.CharField(max_length=9, choices=FlagReason.choices)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["comment", "author"], name="flag_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} on {self.comment_id}"
