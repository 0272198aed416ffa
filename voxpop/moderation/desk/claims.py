"""The desk's pages of claims: who says that comments of the forum's archive are his."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.moderation import actions, rules
from voxpop.moderation.claims import read_claims
from voxpop.moderation.desk.forms import GiveForm
from voxpop.moderation.desk.page import chosen_forums, desk, just_done, moderator, narrowing, page
from voxpop.words import refusal, say


@desk("GET")
def claims(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, or what was answered."""
    kind = "answered" if request.GET.get("kind") == "answered" else "waiting"
    found, after = read_claims(
        chosen_forums(request), waits=kind == "waiting", after=request.GET.get("after")
    )
    context = {
        "claims": found,
        "claims_shown": kind,
        "next": narrowing(request, after=after) if after else "",
        "done": just_done(request),
    }
    return page(request, "claims", "claims", context)


@desk("POST")
def decide_claim(request: HttpRequest, claim: str) -> HttpResponse:
    """Give the comments that somebody asked for, or refuse to."""
    user = moderator(request)
    found = rules.access_claim(user, claim)
    act = _ACTS.get(request.POST.get("decision", ""))
    if act is None:
        raise Problem("invalid", say("cannot_decide"))
    where = f"{reverse('moderate:claims')}?{narrowing(request)}"
    try:
        decision = act(claim=found, by=user, reason=request.POST.get("reason", "")[:300])
    except Problem as problem:
        messages.warning(request, refusal(problem))
        return redirect(where)
    return redirect(f"{where}&did={decision.public_id}")


@desk("GET", "POST")
def give(request: HttpRequest) -> HttpResponse:
    """Say whose an archive's comments are, where that person has asked in another way. They pass
    when he says yes on his own page."""
    user = moderator(request)
    forum = rules.access_forum(user, request.GET.get("forum", ""))
    author = rules.access_author([forum], request.GET.get("author", ""))
    form = GiveForm(request.POST or None)
    if author.forum_id != forum.id or not rules.may_be_claimed(author):
        raise Problem("not_found")
    to = _named(form) if form.is_valid() else None
    if to is None:
        return page(request, "give", "claims", {"form": form, "author": author, "forum": forum})
    decision = actions.offer_comments(of=author, to=to, by=user, reason=form.cleaned_data["reason"])
    return redirect(f"{reverse('moderate:claims')}?kind=answered&did={decision.public_id}")


def _named(form: GiveForm) -> Author | None:
    """The account of this name; who has made nothing of himself public is not found by one."""
    handle = form.cleaned_data["handle"].strip().removeprefix("@").lower()
    accounts = Author.objects.select_related("user").filter(kind=AuthorKind.USER, is_active=True)
    found = accounts.filter(handle=handle).first() if handle else None
    if found is None:
        form.add_error("handle", say("give_unknown"))
    return found


_ACTS = {"give": actions.give_comments, "refuse": actions.refuse_claim}
