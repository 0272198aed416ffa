"""A forum's keys, who its site's users are here, and which tokens have been used."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from voxpop import ids


class KeyKind(models.TextChoices):
    """What a key is, and so the one algorithm that may verify with it."""

    HMAC = "HS256", "Shared secret (HMAC-SHA-256)"
    ED25519 = "EdDSA", "Key pair (Ed25519)"


class SsoKey(models.Model):
    """One of a forum's two keys. What the site signs with is shown once and is nowhere in here:
    a shared secret is made of the server's own and the key's id, of a pair the public half stays.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="sso_keys")
    kind = models.CharField(max_length=5, choices=KeyKind.choices)
    public_key = models.TextField(blank=True)  # PEM, of a pair
    created = models.DateTimeField(default=timezone.now)
    last_used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"key {self.kid} of {self.forum_id}"

    @property
    def kid(self) -> str:
        """How a token names it."""
        return ids.public(self.id)


class SsoIdentity(models.Model):
    """Who a site's user is here: (forum, the site's id for him), and never his e-mail address."""

    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="+")
    remote_id = models.CharField(max_length=255)
    author = models.OneToOneField("accounts.Author", models.CASCADE, related_name="sso_identity")
    # As the site told it last: web addresses or nothing.
    picture = models.CharField(max_length=1000, blank=True)
    profile = models.CharField(max_length=1000, blank=True)
    # When the picture is to be fetched next, how often in vain, and when it was last.
    picture_due = models.DateTimeField(null=True)
    picture_tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    picture_taken = models.DateTimeField(null=True)
    is_email_verified = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["forum", "remote_id"], name="sso_identity_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["picture_due"],
                name="sso_picture_due",
                condition=models.Q(picture_due__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} in {self.forum_id}"


class UsedToken(models.Model):
    """The `jti` of a token that was exchanged, as a digest; kept until the token is too old."""

    digest = models.BinaryField(max_length=32, unique=True)
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"used token {self.pk}"
