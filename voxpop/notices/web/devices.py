"""Pushes in this browser: on, off, and the script that shows them.

A frame on somebody else's page cannot ask for pushes, so it is done here, on our own origin.
"""

from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from voxpop import ids
from voxpop.errors import Problem
from voxpop.notices.devices import turn_off_pushes, turn_on_pushes
from voxpop.notices.web.inbox import author_of, limit_settings
from voxpop.words import refusal, say

SCRIPT = Path(__file__).parent.parent / "static" / "notices" / "push.js"


@login_required
@require_POST
def turn_on(request: HttpRequest) -> HttpResponse:
    """What the browser was given by its push service is his from now on."""
    author = author_of(request)
    try:
        limit_settings(request, author)
        turn_on_pushes(
            author,
            **{name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")},
        )
    except Problem as problem:
        messages.error(request, refusal(problem))
    else:
        messages.success(request, say("push_on"))
    return redirect("notice_settings")


@login_required
@require_POST
def turn_off(request: HttpRequest, device: str) -> HttpResponse:
    """Another's looks like none."""
    author = author_of(request)
    try:
        limit_settings(request, author)
    except Problem as problem:
        messages.error(request, refusal(problem))
    else:
        if not turn_off_pushes(author, ids.private(device) or 0):
            raise Http404
        if "seen" not in request.POST:
            messages.success(request, say("push_off"))
    return redirect("notice_settings")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script under an address that does not change with the version: a browser looks there for
    the newer one. Its scope is the folder it is in."""
    response = HttpResponse(SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
