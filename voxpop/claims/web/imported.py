"""The acts about comments of an archive, from the page of what I may claim."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from voxpop.accounts.models import Author
from voxpop.claims.asked import comment_named, own_claim
from voxpop.claims.imported import claim_imported
from voxpop.claims.web.views import author_of, may_claim_now
from voxpop.errors import Problem
from voxpop.moderation.actions import accept_comments, ask_for_comments, take_claim_back
from voxpop.words import refusal, say

LONGEST_NOTE = 500


@login_required
@require_POST
def my_imported(request: HttpRequest) -> HttpResponse:
    """Claim by proof, ask a moderator, accept what one offers, or let it be."""
    author = author_of(request)
    try:
        may_claim_now(request, author)
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Problem("bad_request")
        messages.success(request, act(author, request))
    except Problem as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            raise Http404 from problem
        messages.error(request, " ".join((problem.errors or {}).values()) or refusal(problem))
    return redirect("my_claims")


def _claim(author: Author, request: HttpRequest) -> str:
    number = claim_imported(author, request.POST.get("author", ""))
    return say("claimed_archive", n=number)


def _ask(author: Author, request: HttpRequest) -> str:
    comment = comment_named(request.POST.get("comment", ""))
    note = request.POST.get("note", "").strip()[:LONGEST_NOTE]
    claim = ask_for_comments(comment=comment, by=author, note=note)
    return say("claim_asked", name=claim.forum.name)


def _accept(author: Author, request: HttpRequest) -> str:
    accept_comments(own_claim(author, request.POST.get("claim", "")))
    return say("claim_accepted")


def _take_back(author: Author, request: HttpRequest) -> str:
    take_claim_back(own_claim(author, request.POST.get("claim", "")))
    return say("claim_taken_back")


_ACTS: dict[str, Callable[[Author, HttpRequest], str]] = {
    "claim": _claim,
    "ask": _ask,
    "accept": _accept,
    "take_back": _take_back,
}
