"""A forum is a tenant: its settings, the sites that may embed it, the people who run it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from voxpop import ids


class Sort(models.TextChoices):
    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


class VoteMode(models.TextChoices):
    BOTH = "both"
    UP = "up"
    NONE = "none"


class Sso(models.TextChoices):
    """Whether the site's own users write here, and who besides."""

    OFF = "off", "Off"
    BESIDE = "beside", "Beside accounts and guests"
    ONLY = "only", "Only the site's users"


class GuestProof(models.TextChoices):
    """Whether a guest proves an e-mail address before his first comment appears."""

    OFF = "off"
    ASK = "ask"  # or a moderator reads it first
    REQUIRED = "required"


class Forum(models.Model):
    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    shortname = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    created = models.DateTimeField(default=timezone.now)
    # Moves with every change of what a page of this forum shows of it (wording, colour, rules).
    revision = models.PositiveIntegerField(default=1)

    language = models.CharField(max_length=12, default="en")
    sort = models.CharField(max_length=6, choices=Sort.choices, default=Sort.BEST)
    allows_guests = models.BooleanField(default=True)
    sso = models.CharField(max_length=6, choices=Sso.choices, default=Sso.OFF, db_default=Sso.OFF)
    # Where the site signs its users in, and whether it may say who of them moderates.
    sso_address = models.CharField(max_length=500, blank=True, default="", db_default="")
    sso_moderates = models.BooleanField(default=False, db_default=False)
    guest_proof = models.CharField(
        max_length=8, choices=GuestProof.choices, default=GuestProof.OFF, db_default=GuestProof.OFF
    )
    is_premoderated = models.BooleanField(default=False)
    holds_first_comment = models.BooleanField(default=False)
    edit_minutes = models.PositiveIntegerField(default=15)
    vote_mode = models.CharField(max_length=4, choices=VoteMode.choices, default=VoteMode.BOTH)
    depth_shown = models.PositiveSmallIntegerField(default=6)
    closes_after_days = models.PositiveIntegerField(null=True, blank=True)
    word_list = models.TextField(blank=True)
    greeting = models.CharField(max_length=200, blank=True)
    post_label = models.CharField(max_length=40, blank=True)
    reply_label = models.CharField(max_length=40, blank=True)
    placeholder = models.CharField(max_length=120, blank=True)
    accent = models.CharField(max_length=7, blank=True)
    # In the trending threads of the network.
    is_listed = models.BooleanField(db_default=False, default=False)
    # Other threads of the forum under each.
    shows_more = models.BooleanField(db_default=False, default=False)
    # Of everybody who decides here, owners too.
    requires_second_factor = models.BooleanField(default=False, db_default=False)
    # Set by the flood rule: until then every new comment is held (SAFETY T26).
    flooded_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.shortname

    @property
    def takes_guests(self) -> bool:
        """Whether a name is enough to write here."""
        return self.allows_guests and self.sso != Sso.ONLY


class Site(models.Model):
    """An origin that may embed the forum: https://blog.example.org, no path."""

    forum = models.ForeignKey(Forum, models.CASCADE, related_name="sites")
    origin = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["forum", "origin"], name="site_once"),
        ]

    def __str__(self) -> str:
        return self.origin


class Role(models.TextChoices):
    OWNER = "owner"
    MODERATOR = "moderator"


class Membership(models.Model):
    forum = models.ForeignKey(Forum, models.CASCADE, related_name="memberships")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=9, choices=Role.choices)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["forum", "user"], name="member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.forum_id}"


class RoleLink(models.Model):
    """A link by which one person takes a role in a forum; single use, only its hash is kept."""

    digest = models.BinaryField(max_length=32, unique=True)
    forum = models.ForeignKey(Forum, models.CASCADE, related_name="role_links")
    role = models.CharField(max_length=9, choices=Role.choices)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.role} of {self.forum_id}"
