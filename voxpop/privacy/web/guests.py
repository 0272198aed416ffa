"""A guest's page, behind a link that his frame or his mail gave him."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from voxpop.accounts.actions import check_email
from voxpop.accounts.first_party import require_own_origin
from voxpop.accounts.models import Author
from voxpop.accounts.views import evened
from voxpop.errors import Problem
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.privacy.asking import ask_for_erasure, call_off
from voxpop.privacy.links import ask_for_links, guest_of
from voxpop.privacy.takeouts import ask_for_takeout, find_takeout
from voxpop.privacy.web.views import chosen_text, handed_out, may_ask, progress, standing_of


@evened
@require_http_methods(["GET", "HEAD", "POST"])
def find_me(request: HttpRequest) -> HttpResponse:
    """By the address that he gave: the answer is the same whether anybody has it (SAFETY T24)."""
    if request.method != "POST":
        return render(request, "privacy/find.html", {"section": ""})
    try:
        require_own_origin(request)
        refuse_while_paused()
        limit("privacy", network_of(request))
        email = check_email(request.POST.get("email", ""))
        limit("mail_to_unproven", f"privacy:{email}")
        with transaction.atomic():
            ask_for_links(email)
    except Problem as problem:
        context = {"problem": problem, "typed": request.POST.get("email", "")}
        return render(request, "privacy/find.html", context, status=problem.status)
    return render(request, "privacy/find.html", {"is_sent": True})


@require_http_methods(["GET", "HEAD", "POST"])
def guest_privacy(request: HttpRequest, secret: str) -> HttpResponse:
    """The same two things as for an account. The link says who, so nothing else is asked."""
    if request.method == "POST":
        return _do(request, secret)
    guest = _guest(secret)
    if request.headers.get("Accept") == "application/json":
        return progress(find_takeout(guest))
    context: dict[str, Any] = {**standing_of(guest), "secret": secret}
    return render(request, "privacy/guest.html", context)


@require_safe
def guest_file(request: HttpRequest, secret: str) -> HttpResponseBase:
    return handed_out(_guest(secret))


def _do(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        require_own_origin(request)
        # Before the link is looked at: nobody tries many.
        limit("privacy", network_of(request))
        guest = _guest(secret)
        may_ask(request, guest)
        _act(request, guest)
    except Problem as problem:
        return render(request, "privacy/refused.html", {"problem": problem}, status=problem.status)
    return redirect("guest_privacy", secret=secret)


def _act(request: HttpRequest, guest: Author) -> None:
    act = request.POST.get("act")
    if act == "takeout":
        ask_for_takeout(guest)
    elif act == "stay":
        call_off(guest)
    elif act == "erase":
        ask_for_erasure(guest, keeps_text=chosen_text(request))
    else:
        raise Problem("bad_request")


def _guest(secret: str) -> Author:
    guest = guest_of(secret)
    if guest is None:
        raise Http404
    return guest
