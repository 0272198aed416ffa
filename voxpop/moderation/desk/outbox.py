"""For the operator: what was to follow from a change and failed for good, to be tried again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from voxpop.errors import Problem
from voxpop.events import claiming
from voxpop.moderation.desk.page import desk, moderator, page

MOST_SHOWN = 200
LONGEST = 19  # digits that a row's number may have


@desk("GET", "POST")
def outbox(request: HttpRequest) -> HttpResponse:
    """How it stands, and what was given up; a POST tries `event` again, or all without one."""
    if not moderator(request).is_operator:
        raise Problem("not_found")
    if request.method == "POST":
        named = request.POST.getlist("event")
        chosen = [int(each) for each in named if each.isdecimal() and len(each) < LONGEST]
        count = claiming.retry(chosen if named else None)
        messages.success(request, f"{count} will be tried again.")
        return redirect("moderate:outbox")
    context = {"standing": claiming.standing(), "lost": claiming.given_up(MOST_SHOWN)}
    return page(request, "outbox", "outbox", context)
