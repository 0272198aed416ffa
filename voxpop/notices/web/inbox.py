"""My inbox."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from voxpop import ids
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.limits.address import network_of
from voxpop.limits.rates import limit
from voxpop.notices.inbox import mark_read, read_inbox
from voxpop.timelines.contract import StoreAway
from voxpop.words import refusal, say


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One page of it; where its store is away it says so."""
    after = ids.private(request.GET.get("after", ""))
    context = {"section": "inbox", "is_first": after is None}
    try:
        read = read_inbox(author_of(request), after=after)
    except StoreAway:
        return render(request, "notices/inbox.html", {**context, "is_away": True}, status=503)
    context |= {
        "inbox": read,
        "next": ids.public(read.next) if read.next else "",
        "newest": ids.public(read.newest) if read.newest else "",
    }
    return render(request, "notices/inbox.html", context)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything up to the newest that the page showed: what came meanwhile stays new."""
    upto = ids.private(request.POST.get("upto", ""))
    author = author_of(request)
    try:
        limit_settings(request, author)
        if upto is not None:
            mark_read(author, upto)
    except Problem as problem:
        messages.error(request, refusal(problem))
    except StoreAway:
        messages.error(request, say("inbox_not_kept"))
    return redirect("inbox")


def author_of(request: HttpRequest) -> Author:
    """Who is signed in, as others see him."""
    return cast(User, request.user).author


def limit_settings(request: HttpRequest, author: Author) -> None:
    """Raises Problem: too often."""
    limit("settings", f"author:{author.id}")
    limit("settings", network_of(request))
