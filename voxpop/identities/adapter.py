"""Where allauth asks us about other accounts."""

import time
from typing import Any

from allauth.account.utils import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from voxpop.accounts.models import User
from voxpop.accounts.names import LONGEST, clean_name
from voxpop.identities.asking import Asking
from voxpop.identities.models import MastodonHost

PENDING = "identity_pending"


class IdentityAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: Any = None
    ) -> list[SocialApp]:
        """What the operator has configured; and a Mastodon host, where one is named."""
        if provider and "." in provider and settings.MASTODON:
            return [app_of_host(row) for row in MastodonHost.objects.filter(host=provider)]
        return [
            SocialApp(
                provider=way.kind,
                provider_id=way.name,
                name=way.label,
                client_id=way.client_id,
                secret=way.secret,
                key=way.key,
                settings={**way.settings, "is_inside": way.is_inside},
            )
            for way in settings.WAYS_IN
            if provider in {None, way.kind, way.name}
        ]

    def get_requests_session(self) -> Asking:
        return Asking()

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        """What is kept of an account elsewhere: its number there and what it is called. No picture,
        no token, nothing else of what the provider tells (SAFETY R27)."""
        whole = data.get("name") or " ".join(
            part for part in (data.get("first_name"), data.get("last_name")) if part
        )
        called = data.get("username") or whole or data.get("email") or ""
        sociallogin.account.extra_data = {
            "name": clean_name(str(whole or data.get("username") or ""))[:LONGEST],
            "known_as": clean_name(str(called))[:100],
        }
        if data.get("since"):
            sociallogin.account.extra_data["since"] = clean_name(str(data["since"]))[:40]
        # One address is proposed; what else a provider knows is not our business.
        sociallogin.email_addresses = sociallogin.email_addresses[:1]
        for address in sociallogin.email_addresses:
            address.email = User.objects.normalize_email(address.email)
            address.verified = address.verified is True
        user: User = sociallogin.user
        user.email = next((each.email for each in sociallogin.email_addresses), "")
        return user

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody gets a name without having seen it."""
        return False

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, str]:
        return {
            "name": sociallogin.account.extra_data.get("name", ""),
            "email": sociallogin.user.email,
        }

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("socialaccount_connections")

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """A proven address that has an account here: its owner signs in to it first, and then links
        the two. An address is never a key (SAFETY T12); of one that nobody has proved nothing is
        told (T24)."""
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        proven = [each.email for each in sociallogin.email_addresses if each.verified]
        if any(filter_users_by_email(email) for email in proven):
            request.session[PENDING] = {"login": sociallogin.serialize(), "at": time.time()}
            raise ImmediateHttpResponse(redirect("identity_link"))


def app_of_host(row: MastodonHost) -> SocialApp:
    return SocialApp(
        provider="mastodon",
        provider_id=row.host,
        name=row.host,
        client_id=row.client_id,
        secret=row.client_secret,
    )
