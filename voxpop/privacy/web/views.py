"""An account's page: all that is mine in a file; that I am erased. Input, verb, output."""

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.privacy.asking import ask_for_erasure, call_off, standing_erasure
from voxpop.privacy.models import Takeout
from voxpop.privacy.takeouts import KEPT, PACKED, ask_for_takeout, file_of, find_takeout
from voxpop.words import refusal, say


@login_required
@require_safe
def my_privacy(request: HttpRequest) -> HttpResponse:
    """What there is to ask for, and what became of it; a script asks how far the file is."""
    author = _author(request)
    if request.headers.get("Accept") == "application/json":
        return progress(find_takeout(author))
    return render(request, "privacy/mine.html", standing_of(author))


@login_required
@require_POST
def ask_takeout(request: HttpRequest) -> HttpResponse:
    author = _author(request)
    try:
        may_ask(request, author)
        ask_for_takeout(author)
    except Problem as problem:
        messages.error(request, refusal(problem))
    return redirect("my_privacy")


@login_required
@require_safe
def takeout_file(request: HttpRequest) -> HttpResponseBase:
    return handed_out(_author(request))


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def erase_me(request: HttpRequest) -> HttpResponse:
    """What will happen, said before it does; who confirms is signed out at once."""
    author = _author(request)
    context = standing_of(author)
    if request.method != "POST":
        return render(request, "privacy/erase.html", context)
    try:
        may_ask(request, author)
        erasure = ask_for_erasure(author, keeps_text=chosen_text(request))
    except Problem as problem:
        context["problem"] = problem
        return render(request, "privacy/erase.html", context, status=problem.status)
    logout(request)
    return render(request, "privacy/asked.html", {"erasure": erasure})


@login_required
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in again has called it off already; this says so."""
    author = _author(request)
    try:
        may_ask(request, author)
        call_off(author)
    except Problem as problem:
        messages.error(request, refusal(problem))
    return redirect("my_privacy")


def standing_of(author: Author) -> dict[str, object]:
    """What both pages show, an account's and a guest's."""
    return {
        "section": "account",
        "author": author,
        "takeout": find_takeout(author),
        "erasure": standing_erasure(author),
        "kept_days": KEPT.days,
        "grace_days": settings.ERASURE_DAYS,
    }


def progress(takeout: Takeout | None) -> HttpResponse:
    """How far the file is, for the page that waits for it."""
    if takeout is None:
        return JsonResponse({"state": "none", "done": 0, "size": 0})
    return JsonResponse({"state": takeout.state, "done": takeout.done, "size": takeout.size})


def handed_out(author: Author) -> HttpResponseBase:
    """The file, to him alone: no cache keeps it, and no link to it is good for anybody else."""
    takeout = find_takeout(author)
    if takeout is None or takeout.state != PACKED:
        raise Http404
    try:
        stream = file_of(takeout).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = f"voxpop-{takeout.asked:%Y-%m-%d}.zip"
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/zip")


def chosen_text(request: HttpRequest) -> bool:
    """Whether the texts stay. Raises Problem when nothing was chosen: neither is assumed."""
    chosen = request.POST.get("texts", "")
    if chosen not in {"keep", "take"}:
        raise Problem("bad_request", say("choose_texts"))
    return chosen == "keep"


def may_ask(request: HttpRequest, author: Author) -> None:
    """Raises Problem while writes are paused, or when it is too often."""
    refuse_while_paused()
    limit("privacy", f"author:{author.id}")
    limit("privacy", network_of(request))


def _author(request: HttpRequest) -> Author:
    return Author.objects.select_related("user").get(user=cast(User, request.user))
