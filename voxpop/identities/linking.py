"""The page of one's other accounts, and the sign-up that begins at one."""

import time
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.views import SignupView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from voxpop.accounts.models import User
from voxpop.accounts.views import evened
from voxpop.errors import Problem
from voxpop.identities.actions import label_of, link, unlink
from voxpop.identities.adapter import PENDING
from voxpop.identities.rules import may_unlink
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.words import refusal, say

# How long an identity waits for its person to prove his account.
WAITS = 600.0


class Signup(SignupView):  # type: ignore[misc]
    template_name = "identities/signup.html"

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            refuse_while_paused()
            limit("provider", network_of(self.request))
        except Problem as problem:
            form.add_error(None, problem.detail)
            return cast(HttpResponse, self.form_invalid(form))
        return cast(HttpResponse, super().form_valid(form))


# What it answers about an address takes as long whatever it knows (SAFETY T24).
signup = evened(Signup.as_view())


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def identities(request: HttpRequest) -> HttpResponse:
    """Which other accounts open mine; each can be let go of, but never the last way in."""
    user = cast(User, request.user)
    if request.method == "POST":
        try:
            refuse_while_paused()
            limit("provider", network_of(request))
            gone = unlink(user=user, identity=_number(request.POST.get("identity", "")))
        except Problem as problem:
            messages.error(request, refusal(problem))
        else:
            if gone:
                _tell("account_disconnected", user, gone)
            messages.success(request, say("unlinked"))
        return redirect("socialaccount_connections")
    rows = SocialAccount.objects.filter(user=user).order_by("date_joined")
    mine = [
        {
            "id": row.pk,
            "label": label_of(row),
            "known_as": row.extra_data.get("known_as", ""),
            "since": row.date_joined,
            "may_go": may_unlink(user, row),
        }
        for row in rows
    ]
    return render(request, "identities/identities.html", {"section": "account", "mine": mine})


@require_http_methods(["GET", "HEAD", "POST"])
def link_known(request: HttpRequest) -> HttpResponse:
    """A provider proved an address that has an account here: its owner signs in to it, and says
    that the two belong together."""
    waiting = _waiting(request)
    if waiting is None:
        return HttpResponseRedirect(reverse("account_login"))
    login, since = waiting
    email = login.user.email
    context: dict[str, Any] = {"label": login.provider.name, "email": email}
    if not request.user.is_authenticated:
        context["known_as"] = login.account.extra_data.get("known_as", "")
        return render(request, "identities/known.html", context)
    if not (_has_signed_in_since(request, since) or is_proven_now(request)):
        asked = urlencode({"next": request.path})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{asked}")
    if request.method != "POST":
        return render(request, "identities/link.html", context)
    del request.session[PENDING]
    return link_here(request, login)


def link_here(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Link what a provider has just vouched for, and say what came of it. The caller has made sure
    that the account is his who is in it."""
    label = login.provider.name
    user = cast(User, request.user)
    try:
        is_new = link(user=user, login=login)
    except Problem as problem:
        messages.error(request, refusal(problem))
    else:
        if is_new:
            _tell("account_connected", user, login.account)
        messages.success(request, say("linked", label=label))
    there = login.state.get("next") or get_adapter().get_connect_redirect_url(request, None)
    return HttpResponseRedirect(there)


def _tell(what: str, user: User, identity: SocialAccount) -> None:
    """By mail, so that its owner learns of it who was not there."""
    context = {"account": identity, "provider": label_of(identity)}
    get_adapter().send_notification_mail(f"socialaccount/email/{what}", user, context=context)


def is_proven_now(request: HttpRequest) -> bool:
    """Whether he has shown a moment ago that the account he is in is his."""
    return bool(did_recently_reauthenticate(request))


def _has_signed_in_since(request: HttpRequest, since: float) -> bool:
    records = get_authentication_records(request, request.user)
    return bool(records) and records[-1]["at"] >= since


def _waiting(request: HttpRequest) -> tuple[SocialLogin, float] | None:
    """The identity that waits in this session, and since when."""
    pending = request.session.get(PENDING)
    if not pending or time.time() - pending["at"] > WAITS:
        return None
    login = SocialLogin.deserialize(pending["login"])
    return login, pending["at"]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
