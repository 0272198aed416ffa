"""The page of what I may claim, and the two pages of a merge."""

from typing import cast
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from voxpop.accounts.models import Author, User
from voxpop.accounts.speaking import at_home, speaking
from voxpop.claims.asked import claims_of
from voxpop.claims.claiming import claim, claimable
from voxpop.claims.imported import proven_of
from voxpop.claims.merging import merge, still_coming, what_moves
from voxpop.claims.remembered import forget, remember, remembered
from voxpop.errors import Problem
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.words import refusal, say


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_claims(request: HttpRequest) -> HttpResponse:
    """What I wrote as a guest, with an address that is mine; one button makes all of it mine. What
    an archive has of me, one author at a time (`imported.py`)."""
    author = author_of(request)
    if request.method == "POST":
        try:
            may_claim_now(request, author)
            number = claim(author)
        except Problem as problem:
            messages.error(request, refusal(problem))
        else:
            messages.success(request, say("claimed_guest", n=number))
        return redirect("my_claims")
    context = {
        "section": "comments",
        "claimable": claimable(author),
        "proven": proven_of(author),
        "asked": claims_of(author),
        "coming": still_coming(author),
    }
    return render(request, "claims/claims.html", context)


def _begins(request: HttpRequest) -> bool:
    """Whether a merge begins, by a session that may be old. It ends with a new one: this browser
    was signed out in between."""
    return request.method == "POST" and request.POST.get("act") == "begin"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=_begins)  # type: ignore[untyped-decorator]
def my_merge(request: HttpRequest) -> HttpResponse:
    """Where a merge begins, and, signed in to the other account, where it is done."""
    author = author_of(request)
    stays = remembered(request)
    if stays is not None and stays.id == author.id:
        stays = None
    if request.method != "POST":
        context = {
            "section": "account",
            "author": author,
            "stays": stays,
            "shares": what_moves(author) if stays else [],
        }
        return render(request, "claims/merge.html", context)
    try:
        may_claim_now(request, author)
        if _begins(request):
            return _begin(request, author)
        if request.POST.get("act") == "merge" and stays is not None:
            return _merge(request, author, stays)
    except Problem as problem:
        messages.error(request, refusal(problem))
    return forget(redirect("my_merge"))


def _begin(request: HttpRequest, author: Author) -> HttpResponse:
    """This browser knows for a while which account is to stay; then he signs in to the other."""
    logout(request)
    to_the_other = urlencode({"next": reverse("my_merge")})
    response = HttpResponseRedirect(f"{reverse('account_login')}?{to_the_other}")
    remember(response, author)
    return response


def _merge(request: HttpRequest, author: Author, stays: Author) -> HttpResponse:
    merge(of=author, to=stays)
    logout(request)
    login(request, stays.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    with speaking(at_home(request)):  # that of the one that stays
        messages.success(request, say("merged_into", name=stays.name))
    return forget(redirect("my_claims"))


def author_of(request: HttpRequest) -> Author:
    """Who is signed in."""
    return Author.objects.select_related("user").get(user=cast(User, request.user))


def may_claim_now(request: HttpRequest, author: Author) -> None:
    """Before every act: writing is not paused, and nobody tries addresses out (SAFETY T25)."""
    refuse_while_paused()
    limit("claim", f"author:{author.id}")
    limit("claim", network_of(request))
