"""Mastodon: any host. The person types it, and this server registers itself there, once."""

import re
from datetime import timedelta
from http import HTTPStatus

from ada_url import URL
from allauth.utils import build_absolute_uri
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from voxpop.errors import Problem
from voxpop.identities.asking import Asking, ProviderLied
from voxpop.identities.models import MastodonHost
from voxpop.words import say

SCOPE = "read:accounts"
# How long a registration is taken to hold; a host that forgot it would only tell the person.
HOLDS = timedelta(hours=1)
HOSTS = re.compile(r"(?=.{4,100}\Z)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def host_in(text: str) -> str:
    """The host in what somebody typed: a host, its address, or his name there. Raises Problem."""
    typed = text.strip().removeprefix("https://").split("/")[0].rpartition("@")[2]
    try:
        host = URL(f"https://{typed}/").host
    except ValueError:
        host = ""
    if not HOSTS.fullmatch(host):
        raise Problem("invalid", errors={"host": say("no_host")})
    return host


def register_at(request: HttpRequest, host: str) -> MastodonHost:
    """The registration that holds at this host, made anew where it has to be. To be called while
    talking to it. Raises ProviderAway, ProviderLied."""
    row = MastodonHost.objects.filter(host=host).first()
    if row is not None and (row.confirmed > timezone.now() - HOLDS or _holds(row)):
        return row
    client_id, client_secret = _register(request, host)
    # Two who ask for a new host at once: the later registration stays, the earlier is forgotten.
    row, _ = MastodonHost.objects.update_or_create(
        host=host,
        defaults={
            "client_id": client_id,
            "client_secret": client_secret,
            "confirmed": timezone.now(),
        },
    )
    return row


def _holds(row: MastodonHost) -> bool:
    """Ask for a token of our own, which also keeps the host from forgetting us."""
    with Asking() as asking:
        answered = asking.post(
            f"https://{row.host}/oauth/token",
            data={
                "grant_type": "client_credentials",
                "client_id": row.client_id,
                "client_secret": row.client_secret,
                "scope": SCOPE,
            },
        )
    if answered.status_code != HTTPStatus.OK:
        return False
    MastodonHost.objects.filter(pk=row.pk).update(confirmed=timezone.now())
    return True


def _register(request: HttpRequest, host: str) -> tuple[str, str]:
    with Asking() as asking:
        answered = asking.post(
            f"https://{host}/api/v1/apps",
            data={
                "client_name": "Voxpop",
                "redirect_uris": build_absolute_uri(request, reverse("identity_back", args=[host])),
                "scopes": SCOPE,
                "website": build_absolute_uri(request, "/"),
            },
        )
        answered.raise_for_status()
    told = answered.json()
    client_id, client_secret = told["client_id"], told["client_secret"]
    for each in (client_id, client_secret):
        if not (isinstance(each, str) and 0 < len(each) < 192):
            raise ProviderLied(f"{host} registered us as nobody")
    return client_id, client_secret
