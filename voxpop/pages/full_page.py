"""Signing in on a full page, where the popup is blocked: out of the frame, in, and back to it.

The frame sends this tab here with the challenge whose verifier stays in its own storage. What it is
to come back with is left on the server for that verifier (`accounts.actions.leave_sign_in`) and is
never in an address. So everything rests on whose challenge it is: only a document of ours may send
one (`Origin`), and only the browser that sent it goes on with it (the cookie).
"""

import json
from urllib.parse import urlencode

from ada_url import URL
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from voxpop.accounts.actions import leave_sign_in
from voxpop.accounts.first_party import require_own_origin
from voxpop.accounts.models import Author, User
from voxpop.accounts.views import CHALLENGE
from voxpop.errors import Problem
from voxpop.forums.reading import find_forum
from voxpop.forums.rules import check_page_url
from voxpop.limits.address import network_of
from voxpop.limits.rates import limit
from voxpop.pages.access import refused

COOKIE = "__Host-way" if settings.IS_HTTPS else "way"
SALT = "voxpop.full_page"
PATIENCE = 15 * 60  # seconds to sign in or up


class WayForm(forms.Form):
    """Where the frame stands, and where in it somebody was about to write."""

    challenge = forms.RegexField(rf"^{CHALLENGE.pattern}\Z")
    forum = forms.SlugField(max_length=40)
    url = forms.CharField(max_length=2000)
    at = forms.RegexField(r"^\w{1,60}\Z")
    way = forms.ChoiceField(choices=[("login", ""), ("signup", "")])


@csrf_exempt  # the frame has no cookie to compare with; `Origin` must be ours instead
@require_http_methods(["GET", "POST"])
def full_page(request: HttpRequest) -> HttpResponse:
    """POST, by the frame: remember the way. GET: go it, by the sign-in if need be, and back."""
    try:
        return _set_out(request) if request.method == "POST" else _go_on(request)
    except Problem as problem:
        return refused(request, problem)


def _set_out(request: HttpRequest) -> HttpResponse:
    require_own_origin(request)
    limit("token", network_of(request))
    form = WayForm(request.POST)
    if not form.is_valid():
        raise Problem("bad_request")
    way = form.cleaned_data
    check_page_url(find_forum(way["forum"]), way["url"])
    answer = redirect("full_page")
    answer.set_signed_cookie(
        COOKIE,
        json.dumps(way),
        salt=SALT,
        max_age=PATIENCE,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _go_on(request: HttpRequest) -> HttpResponse:
    kept = request.get_signed_cookie(COOKIE, None, salt=SALT, max_age=PATIENCE)
    if kept is None:
        return render(request, "accounts/connect.html", {"is_broken": True}, status=400)
    way = json.loads(kept)
    if not isinstance(request.user, User):
        door = reverse("account_signup" if way["way"] == "signup" else "account_login")
        return HttpResponseRedirect(f"{door}?{urlencode({'next': request.path})}")
    check_page_url(find_forum(way["forum"]), way["url"])  # a site may have been removed meanwhile
    page = URL(way["url"])
    page.hash = f"voxpop-{way['at']}"
    leave_sign_in(author=Author.objects.get(user=request.user), challenge=way["challenge"])
    # Not a redirect: a form of ours led here, and Chromium holds it to `form-action` all the way.
    answer = render(request, "pages/way_back.html", {"there": page.href, "host": page.host})
    answer.delete_cookie(COOKIE, samesite="Lax")
    return answer
