"""Identities are allauth's rows (`SocialAccount`: provider and the number there). Ours is what a
Mastodon host needs besides: every host is a provider of its own, known from when somebody asks for
it."""

from django.db import models
from django.utils import timezone


class MastodonHost(models.Model):
    """A Mastodon server at which this one has registered itself."""

    host = models.CharField(max_length=100, unique=True)
    client_id = models.CharField(max_length=191)
    client_secret = models.CharField(max_length=191)
    # Hosts forget registrations that nobody uses: when this one was last known to hold.
    confirmed = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.host
