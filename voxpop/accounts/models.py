"""People: users (who can sign in), authors (who can be seen), and the tokens they carry."""

import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from voxpop import ids


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user and nothing else; `accounts.actions.sign_up` is the verb that also names him."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """One spelling of one mailbox, so that no look-alike opens it (SAFETY T34)."""
        return unicodedata.normalize("NFKC", email or "").strip().casefold()


class User(AbstractBaseUser):
    """Somebody who can sign in on our own origin. What others see of him is his Author."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    language = models.CharField(max_length=12, blank=True)
    created = models.DateTimeField(default=timezone.now)
    # How often he has signed out everywhere: a session of an earlier time is over.
    sign_outs = models.PositiveIntegerField(default=0, db_default=0)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return ids.public(self.id)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to be his: it changes with the password (Django's own rule)
        and with every time he signs out everywhere."""
        of_the_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        if not self.sign_outs:
            return of_the_password
        lived = f"{of_the_password}:{self.sign_outs}"
        return salted_hmac("voxpop.sign_outs", lived, secret, algorithm="sha256").hexdigest()


class AuthorKind(models.TextChoices):
    USER = "user"
    GUEST = "guest"
    IMPORTED = "imported"
    SSO = "sso"


class Author(models.Model):
    """Who wrote a comment or cast a vote: a user everywhere; in one forum a guest, or a site user
    (who that is, is known by `voxpop.sso`).

    `email` of those is kept for them only: never shown, never hashed outward (SAFETY R27).
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=8, choices=AuthorKind.choices)
    name = models.CharField(max_length=60)
    # Who he is since his comments were claimed, or his account was merged; then he is over.
    became = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="was", db_index=False
    )
    # What the name looks like (UTS 39 skeleton), so that nobody can dress as somebody else.
    name_skeleton = models.CharField(max_length=120, blank=True, db_index=True)
    user = models.OneToOneField(User, models.CASCADE, null=True, related_name="author")
    forum = models.ForeignKey("forums.Forum", models.CASCADE, null=True, related_name="+")
    email = models.EmailField(blank=True)
    # Of a guest or a site user: when whoever reads the mail of that address said that it is his.
    proven = models.DateTimeField(null=True)
    imported_key = models.CharField(max_length=200, null=True)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(default=timezone.now)
    # Where his comments lead: the name of his profile, and nothing while it is private.
    handle = models.CharField(max_length=30, blank=True, default="", db_default="")
    # The name of the avatar that he uploaded; without one it is drawn (avatars.py).
    avatar = models.CharField(max_length=26, blank=True, default="", db_default="")
    # Where a site user has a profile on his site, as that told last.
    site_profile = models.CharField(max_length=1000, blank=True, default="", db_default="")
    # Whether he is somebody else on any site: then his personas are looked up.
    has_personas = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["forum", "imported_key"], name="author_imported_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["became"], name="author_by_became", condition=Q(became__isnull=False)
            ),
            # Guests by the address that an account has proven to be its own.
            models.Index(
                fields=["email"], name="author_by_email", condition=Q(proven__isnull=False)
            ),
            # Authors of archives, by what an account may prove of itself.
            models.Index(
                fields=["imported_key"], name="author_by_key", condition=Q(kind="imported")
            ),
            models.Index(fields=["email"], name="imported_by_email", condition=Q(kind="imported")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return ids.public(self.id)


class Persona(models.Model):
    """Who an author is in one forum, where he is not what he is elsewhere.

    With a name of its own its comments wear this row's id instead of the author's, so that nothing
    in them is the same on two sites; `is_shown` joins them to his profile again.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    author = models.ForeignKey(Author, models.CASCADE, related_name="personas", db_index=False)
    forum = models.ForeignKey("forums.Forum", models.CASCADE, related_name="+")
    name = models.CharField(max_length=60, blank=True)
    name_skeleton = models.CharField(max_length=120, blank=True, db_index=True)
    is_shown = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["author", "forum"], name="persona_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.author_id} in {self.forum_id}"

    @property
    def public_id(self) -> str:
        return ids.public(self.id)


class TokenKind(models.TextChoices):
    GUEST = "guest"
    EMBED = "embed"
    SCRIPT = "script"
    SSO = "sso"


class AccessToken(models.Model):
    """A bearer token; only its SHA-256 is kept. It acts for one author."""

    digest = models.BinaryField(max_length=32, unique=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=8, choices=TokenKind.choices)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    # Of a frame's sign-in, which is renewed (`sign_ins.py`): until when it acts without, and what
    # finds it when it is.
    fresh_until = models.DateTimeField(null=True)
    family = models.BinaryField(max_length=32, null=True)
    turn = models.PositiveIntegerField(default=0, db_default=0)
    turned = models.DateTimeField(null=True)
    # Where and in what the frame said to be: a forum's shortname, a browser in plain words.
    shortname = models.CharField(max_length=40, blank=True, default="", db_default="")
    device = models.CharField(max_length=40, blank=True, default="", db_default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["family"], name="token_of_family"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} token of {self.author_id}"


class Browser(models.Model):
    """A browser that is signed in on our own pages: what its reader knows it by, and the key of the
    session that is ended with it. Seen by the day, and no closer."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="browsers")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=40, blank=True)
    began = models.DateField()
    seen = models.DateField()

    def __str__(self) -> str:
        return f"{self.device} of {self.user_id}"

    @property
    def public_id(self) -> str:
        return ids.public(self.id)


class SignInCode(models.Model):
    """The one-time code that the sign-in popup hands to the embed: single use, 60 seconds."""

    digest = models.BinaryField(max_length=32, unique=True)
    challenge = models.CharField(max_length=64)  # SHA-256 of the verifier that the embed keeps
    author = models.ForeignKey(Author, models.CASCADE)
    expires = models.DateTimeField()
    # Fetched by the verifier alone: the frame is on its way back, and no code could reach it.
    is_fetched = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["challenge"], name="code_by_challenge"),
        ]

    def __str__(self) -> str:
        return f"code for {self.author_id}"


class SignInLink(models.Model):
    """A link that signs in once; printed for an owner made by the command line."""

    digest = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey(User, models.CASCADE)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"link for {self.user_id}"


class Invitation(models.Model):
    """A right to create a forum where the operator chose `invitation`."""

    digest = models.BinaryField(max_length=32, unique=True)
    note = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(default=timezone.now)
    used_by = models.ForeignKey(User, models.SET_NULL, null=True)

    def __str__(self) -> str:
        return f"invitation {self.pk}"
