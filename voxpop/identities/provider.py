"""The providers, as allauth finds them: its own, each with what it leaves out.

All of them come back to one address of ours, `/accounts/with/NAME/back/`, use PKCE where they know
it, and are believed no more than they have proved (docs/decisions/0132).
"""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.apple.provider import AppleProvider
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.discord.provider import DiscordProvider
from allauth.socialaccount.providers.discord.views import DiscordOAuth2Adapter
from allauth.socialaccount.providers.disqus.provider import DisqusProvider
from allauth.socialaccount.providers.disqus.views import DisqusOAuth2Adapter
from allauth.socialaccount.providers.facebook.provider import FacebookProvider
from allauth.socialaccount.providers.facebook.views import FacebookOAuth2Adapter
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.microsoft.provider import MicrosoftGraphProvider
from allauth.socialaccount.providers.microsoft.views import MicrosoftGraphOAuth2Adapter
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.socialaccount.providers.twitter_oauth2.provider import TwitterOAuth2Provider
from allauth.socialaccount.providers.twitter_oauth2.views import TwitterOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.http import HttpRequest
from django.urls import reverse

from voxpop.identities.asking import Asking, ProviderLied
from voxpop.identities.id_token import read_id_token


class Ours:
    """What every provider has in common here. `uses_nonce` where it signs an ID token."""

    pkce_enabled_default = True
    uses_nonce = False

    def __init__(self, request: HttpRequest, app: SocialApp = None) -> None:
        super().__init__(request, app=app)  # type: ignore[call-arg]
        self.name = app.name

    def serialize(self) -> dict[str, str]:
        """By our name: two OpenID Connect providers may know us by the same client id."""
        return {"id": self.sub_id}  # type: ignore[attr-defined]


class Returning:
    """What every one of allauth's adapters has in common here."""

    nonce = ""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        back: str = build_absolute_uri(request, reverse("identity_back", args=[app.provider_id]))
        return back

    def check_issuer(self, told: str | None) -> None:
        """Whether the answer in the browser comes from whom we asked, where that is said."""


class GitHubAdapter(Returning, GitHubOAuth2Adapter):  # type: ignore[misc]
    pass


class GitHub(Ours, GitHubProvider):  # type: ignore[misc]
    oauth2_adapter_class = GitHubAdapter


class FacebookAdapter(Returning, FacebookOAuth2Adapter):  # type: ignore[misc]
    access_token_method = "POST"  # noqa: S105 by GET our secret would stand in an address


class Facebook(Ours, FacebookProvider):  # type: ignore[misc]
    oauth2_adapter_class = FacebookAdapter

    def get_fields(self) -> list[str]:
        return ["id", "name", "email"]


class XAdapter(Returning, TwitterOAuth2Adapter):  # type: ignore[misc]
    pass


class X(Ours, TwitterOAuth2Provider):  # type: ignore[misc]
    oauth2_adapter_class = XAdapter

    def get_fields(self) -> list[str]:
        return ["id", "name", "username"]


class MicrosoftAdapter(Returning, MicrosoftGraphOAuth2Adapter):  # type: ignore[misc]
    pass


class Microsoft(Ours, MicrosoftGraphProvider):  # type: ignore[misc]
    oauth2_adapter_class = MicrosoftAdapter


class DiscordAdapter(Returning, DiscordOAuth2Adapter):  # type: ignore[misc]
    pass


class Discord(Ours, DiscordProvider):  # type: ignore[misc]
    oauth2_adapter_class = DiscordAdapter

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        common: dict[str, Any] = super().extract_common_fields(data)
        return {**common, "name": data.get("global_name") or common["name"]}


class DisqusAdapter(Returning, DisqusOAuth2Adapter):  # type: ignore[misc]
    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """By the public key alone: allauth puts our secret into the address."""
        with Asking() as asking:
            known = {"access_token": token.token, "api_key": app.client_id}
            answered = asking.get(self.profile_url, params=known)
            answered.raise_for_status()
        return self.get_provider().sociallogin_from_response(request, answered.json()["response"])


class Disqus(Ours, DisqusProvider):  # type: ignore[misc]
    """It opens an account like the others; besides, its name is that of an archive's author, so
    since when it has been somebody's is kept with it (`claims/archives.py`)."""

    oauth2_adapter_class = DisqusAdapter
    pkce_enabled_default = False

    def get_default_scope(self) -> list[str]:
        return ["read"]

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "username": data["username"],
            "name": data.get("name") or data["username"],
            "since": data.get("joinedAt") or "",
        }

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        return []


class GoogleAdapter(Returning, GoogleOAuth2Adapter):  # type: ignore[misc]
    keys = "https://www.googleapis.com/oauth2/v3/certs"

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = read_id_token(
            kwargs["response"]["id_token"],
            keys=self.keys,
            issuer=self.id_token_issuer,
            client_id=app.client_id,
            nonce=self.nonce,
        )
        return self.get_provider().sociallogin_from_response(request, claims)

    def check_issuer(self, told: str | None) -> None:
        if told not in {None, self.id_token_issuer}:
            raise ProviderLied("the answer comes from another issuer")


class Google(Ours, GoogleProvider):  # type: ignore[misc]
    oauth2_adapter_class = GoogleAdapter
    uses_nonce = True

    def get_default_scope(self) -> list[str]:
        return ["openid", "profile", "email"]


class AppleAdapter(Returning, AppleOAuth2Adapter):  # type: ignore[misc]
    issuer = "https://appleid.apple.com"

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: Any = None
    ) -> dict[str, Any]:
        data: dict[str, Any] = client.get_access_token(request.GET["code"])
        return data

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        return SocialToken(token=data["access_token"])

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = read_id_token(
            kwargs["response"]["id_token"],
            keys=self.public_key_url,
            issuer=self.issuer,
            client_id=app.client_id,
            nonce=self.nonce,
        )
        # Apple tells it once, beside the code and unsigned: good for a proposal, no more.
        claims["name"] = {"firstName": request.GET.get("name", "")}
        return self.get_provider().sociallogin_from_response(request, claims)


class Apple(Ours, AppleProvider):  # type: ignore[misc]
    oauth2_adapter_class = AppleAdapter
    uses_nonce = True
    pkce_enabled_default = False  # Apple's metadata does not offer it

    def get_auth_params(self) -> dict[str, str]:
        """The ID token comes with the code's exchange, not through the browser as well."""
        return {"response_type": "code"}


class OpenIDAdapter(Returning, OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's metadata, which must be about the issuer that the operator has named."""
        config: dict[str, Any] = super().openid_config
        issuer = self.get_provider().app.settings["server_url"]
        if config["issuer"].rstrip("/") != issuer.rstrip("/"):
            raise ProviderLied(f"{self.provider_id} says that it is {config['issuer']!r:.200}")
        return config

    @property
    def basic_auth(self) -> bool:
        """What a client does that has agreed on nothing else (OpenID Connect Registration 2)."""
        usual = ["client_secret_basic"]
        offered = self.openid_config.get("token_endpoint_auth_methods_supported", usual)
        return "client_secret_basic" in offered

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = read_id_token(
            kwargs["response"]["id_token"],
            keys=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            client_id=app.client_id,
            nonce=self.nonce,
        )
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise ProviderLied("userinfo: of somebody else")
            claims = {**told, **claims}
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def check_issuer(self, told: str | None) -> None:
        """RFC 9207: an answer that names its issuer is of that one; who says that he always names
        it has to."""
        is_due = self.openid_config.get("authorization_response_iss_parameter_supported", False)
        if (told is not None or is_due) and told != self.openid_config["issuer"]:
            raise ProviderLied("the answer comes from another issuer")


class OpenID(Ours, OpenIDConnectProvider):  # type: ignore[misc]
    oauth2_adapter_class = OpenIDAdapter
    uses_nonce = True

    def wk_server_url(self, url: str) -> str:
        return f"{url.rstrip('/')}/.well-known/openid-configuration"

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Verified is what is said to be so, not whatever is not empty ("false")."""
        told = data["id_token"]
        if not told.get("email"):
            return []
        is_verified = told.get("email_verified") in (True, "true")
        return [EmailAddress(email=told["email"], verified=is_verified, primary=True)]


class MastodonAdapter(Returning, OAuth2Adapter):  # type: ignore[misc]
    provider_id = "mastodon"

    def __init__(self, request: HttpRequest, host: str) -> None:
        super().__init__(request)
        self.host = host

    @property
    def authorize_url(self) -> str:
        return f"https://{self.host}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        return f"https://{self.host}/oauth/token"

    def get_provider(self) -> "Mastodon":
        provider: Mastodon = get_adapter().get_provider(self.request, provider=self.host)
        return provider

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        with Asking() as asking:
            answered = asking.get(
                f"https://{self.host}/api/v1/accounts/verify_credentials",
                headers={"Authorization": f"Bearer {token.token}"},
            )
            answered.raise_for_status()
        return self.get_provider().sociallogin_from_response(request, answered.json())


class Mastodon(Ours, OAuth2Provider):  # type: ignore[misc]
    """One host. The account's number there is the key: names change hands (SAFETY T12)."""

    id = "mastodon"
    name = "Mastodon"
    account_class = ProviderAccount
    oauth2_adapter_class = MastodonAdapter

    def get_oauth2_adapter(self, request: HttpRequest) -> MastodonAdapter:
        return MastodonAdapter(request, self.app.provider_id)

    def get_default_scope(self) -> list[str]:
        return ["read:accounts"]

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        handle = f"@{data['username']}@{self.app.provider_id}"
        return {"username": handle, "name": data.get("display_name") or data["username"]}


provider_classes = [
    Google,
    GitHub,
    Facebook,
    X,
    Microsoft,
    Apple,
    Discord,
    Disqus,
    OpenID,
    Mastodon,
]
