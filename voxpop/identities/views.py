"""From our pages to a provider and back."""

import json
import logging
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.core.exceptions import (
    ImproperlyConfigured,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from voxpop.accounts.names import LONGEST
from voxpop.accounts.tokens import new_secret
from voxpop.errors import Problem
from voxpop.identities.asking import ProviderAway, ProviderLied, talking_to
from voxpop.identities.linking import is_proven_now, link_here
from voxpop.identities.mastodon import host_in, register_at
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit

logger = logging.getLogger(__name__)

# Whatever reading a false answer can throw: its shape is the provider's.
LIES = (
    *(ProviderLied, OAuth2Error, PermissionDenied, ValidationError, ImproperlyConfigured),
    *(KeyError, TypeError, ValueError, AttributeError, SuspiciousOperation),
)
CANCELLED = {"access_denied", "user_denied", "user_cancelled_authorize", "user_cancelled_login"}
STATUS = {"away": 503, "lied": 502, "stale": 400, "cancelled": 200}


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, way: str) -> HttpResponse:
    """Off to a provider: only by a button of ours, since it may end in a linked account."""
    is_asking_for_host = way == "mastodon" and settings.MASTODON
    context = {"way": way, "is_asking_for_host": is_asking_for_host, "next": next_of(request)}
    if "." in way:
        raise Http404  # which hosts somebody has asked for is nobody's business
    if request.method != "POST":
        label = "Mastodon" if is_asking_for_host else _provider(request, way).name
        process = AuthProcess.CONNECT if "connect" in request.GET else AuthProcess.LOGIN
        context |= {"label": label, "process": process}
        return render(request, "identities/start.html", context)
    process = request.POST.get("process", AuthProcess.LOGIN)
    if process == AuthProcess.CONNECT and not is_proven_now(request):
        return HttpResponseRedirect(reverse("socialaccount_connections"))
    try:
        refuse_while_paused()
        limit("provider", network_of(request))
        host = host_in(request.POST.get("host", "")) if is_asking_for_host else ""
        if host:
            limit("mastodon", network_of(request))
    except Problem as problem:
        typed = request.POST.get("host", "")
        context |= {"label": "Mastodon", "problem": problem, "typed": typed, "process": process}
        return render(request, "identities/start.html", context, status=problem.status)
    name = host or way
    inside = not host and _provider(request, way).app.settings.get("is_inside", False)
    try:
        with talking_to(name, is_inside=inside):
            if host:
                register_at(request, host)
            provider = _provider(request, name)
            address = _address(request, provider, process)
    except ProviderAway as error:
        return failed(request, name, "away", error)
    except LIES as error:
        return failed(request, name, "lied", error)
    # A page that goes on, not a redirect: our forms may lead nowhere but to us (form-action).
    return render(request, "identities/go.html", {"label": provider.name, "address": address})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest, way: str) -> HttpResponse:
    """Back from a provider, with a code or a refusal; to the form, the account or the thread."""
    if request.method == "POST":
        return _from_apple(request, way)
    try:
        provider = _provider(request, way)
        state = provider.unstash_redirect_state(request, request.GET.get("state", ""))
    except (PermissionDenied, Http404) as error:
        return failed(request, way, "stale", error)
    if "code" not in request.GET:
        is_cancelled = request.GET.get("error") in CANCELLED
        return failed(request, way, "cancelled" if is_cancelled else "lied", state=state)
    try:
        with talking_to(way, is_inside=provider.app.settings.get("is_inside", False)):
            login = _identify(request, provider, state)
    except ProviderAway as error:
        return failed(request, way, "away", error, state)
    except LIES as error:
        return failed(request, way, "lied", error, state)
    if state.get("process") == AuthProcess.CONNECT:
        if not request.user.is_authenticated:
            return failed(request, way, "stale", state=state)
        login.lookup()
        return link_here(request, login)
    response: HttpResponse = complete_social_login(request, login)
    return response


def _provider(request: HttpRequest, way: str) -> Any:
    """The provider of a configured way, or of a host at which we are registered."""
    found: list[SocialApp] = get_adapter().list_apps(request, provider=way)
    exact = [app for app in found if app.provider_id == way]
    if not exact:
        raise Http404
    return exact[0].get_provider(request)


def _address(request: HttpRequest, provider: Any, process: str) -> str:
    """Where the provider asks the person, for this one sign-in."""
    nonce = {"nonce": new_secret()} if provider.uses_nonce else {}
    response = provider.redirect(
        request,
        process=AuthProcess.CONNECT if process == AuthProcess.CONNECT else AuthProcess.LOGIN,
        next_url=next_of(request),
        auth_params={**provider.get_auth_params(), **nonce},
        **nonce,
    )
    address: str = response["Location"]
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ProviderLied("its page for signing in is not one under https")
    return address


def _identify(request: HttpRequest, provider: Any, state: dict[str, Any]) -> SocialLogin:
    """Who has come back. Raises ProviderAway, or one of LIES."""
    adapter = provider.get_oauth2_adapter(request)
    adapter.nonce = state.get("nonce", "")
    adapter.check_issuer(request.GET.get("iss"))
    client = adapter.get_client(request, provider.app)
    verifier = state.get("pkce_code_verifier")
    told = adapter.get_access_token_data(request, provider.app, client, verifier)
    token = adapter.parse_token(told)
    login: SocialLogin = adapter.complete_login(request, provider.app, token, response=told)
    login.state = {name: state[name] for name in ("process", "next") if name in state}
    return login


def _from_apple(request: HttpRequest, way: str) -> HttpResponse:
    """Apple posts its answer from its own page, where no cookie of ours comes along: the same
    answer is taken to us once more, as everybody else's comes."""
    taken = {
        name: request.POST[name] for name in ("code", "state", "error") if name in request.POST
    }
    try:
        name = json.loads(request.POST.get("user", "{}"))["name"]
        taken["name"] = f"{name.get('firstName', '')} {name.get('lastName', '')}".strip()[:LONGEST]
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # only the first time does Apple say one
    response = HttpResponseRedirect(f"{request.path}?{urlencode(taken)}")
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def failed(
    request: HttpRequest,
    way: str,
    why: str,
    error: Exception | None = None,
    state: dict[str, Any] | None = None,
) -> HttpResponse:
    """One sentence for the person, one line for the operator; nobody is signed in."""
    if why in {"away", "lied"}:
        # Of an exception of ours its text; of others only what it is: they may quote an answer.
        told = error if isinstance(error, ProviderAway | ProviderLied) else type(error).__name__
        logger.warning("signing in by %s failed (%s): %s", way, why, told)
    apps = get_adapter().list_apps(request, provider=way)
    state = state or {}
    is_linking = state.get("process") == AuthProcess.CONNECT
    context = {
        "label": apps[0].name if apps else way,
        "why": why,
        "next": state.get("next") or next_of(request) or "",
        "is_linking": is_linking,
    }
    return render(request, "identities/failed.html", context, status=STATUS[why])


def next_of(request: HttpRequest) -> str | None:
    """Where the person wanted to be, if that is with us (SAFETY T14)."""
    return cast("str | None", get_next_redirect_url(request))
