"""The desk's pages and acts: input → verb → output. Every act is a form and answers 303-style."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from voxpop import ids
from voxpop.accounts.faces import name_in
from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.moderation import actions, rules
from voxpop.moderation.desk.forms import BanForm
from voxpop.moderation.desk.page import (
    MOST_AT_ONCE,
    chosen_forums,
    desk,
    just_done,
    moderator,
    narrowing,
    page,
)
from voxpop.moderation.listing import bans_in_force, read_bans, read_decisions, read_threads
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.moderation.reading import KINDS, count_waiting, read_items, read_queue
from voxpop.threads.models import Status
from voxpop.words import refusal, say


@desk("GET")
def queue(request: HttpRequest) -> HttpResponse:
    """One list of comments: what waits, or what was published or removed."""
    forums = chosen_forums(request)
    chosen = request.GET.get("author", "")
    author = rules.access_author(forums, chosen) if chosen else None
    kind = request.GET.get("kind", "every" if author else "all")
    found = read_queue(
        forums,
        kind=kind,
        text=request.GET.get("q", "").strip(),
        author=author,
        after=request.GET.get("after"),
    )
    counts = count_waiting(forums)
    context = {
        "items": found.items,
        "kind": KINDS[kind],
        "kinds": [
            (each, counts.get(each.name), narrowing(request, kind=each.name, after=None))
            for each in KINDS.values()
        ],
        "author": author,
        "may_be_given": author is not None and rules.may_be_claimed(author),
        "only_forum": forums[0] if len(forums) == 1 else None,
        "next": narrowing(request, after=found.next) if found.next else "",
        "done": just_done(request),
        "grounds": list(Ground),
    }
    return page(request, "queue", "queue", context)


@desk("POST")
def decide(request: HttpRequest) -> HttpResponse:
    """Decide about one comment ("one") or about all that are ticked ("bulk")."""
    verb, targets = _asked(request)
    user = moderator(request)
    reason = request.POST.get("reason", "")[:300]
    # What stands in the list when he presses another button is no mistake of his.
    told = request.POST.get("told", "") if verb in rules.EXPLAINED else ""
    done: list[Decision] = []
    for target in targets[:MOST_AT_ONCE]:
        seen = request.POST.get(f"seen-{target}", "")
        try:
            done.append(_decide_one(user, verb, target, reason, told, seen))
        except Problem as problem:
            # One that somebody else decided meanwhile does not stop the others.
            if problem.status == 404:
                raise
            messages.warning(request, refusal(problem))
    query = narrowing(request)
    did = "".join(f"&did={decision.public_id}" for decision in done)
    return redirect(f"{reverse('moderate:queue')}?{query}{did}")


@desk("GET")
def comment(request: HttpRequest, comment: str) -> HttpResponse:
    """One comment, what was decided about it, and everything that can be done with it."""
    found = rules.access_comment(moderator(request), comment)
    decisions = found.decisions.select_related("by__author", "undone_by__author")
    context = {
        "items": read_items([found.id]),
        "decisions": decisions.order_by("-id")[:50],
        "done": just_done(request),
        "grounds": list(Ground),
    }
    return page(request, "comment", "queue", context)


@desk("GET")
def threads(request: HttpRequest) -> HttpResponse:
    """The discussions, and whether they are locked or watched closely."""
    found, after = read_threads(
        chosen_forums(request),
        text=request.GET.get("q", "").strip(),
        after=request.GET.get("after"),
    )
    context = {"threads": found, "next": narrowing(request, after=after) if after else ""}
    return page(request, "threads", "threads", {**context, "done": just_done(request)})


@desk("POST")
def decide_thread(request: HttpRequest, thread: str) -> HttpResponse:
    """Lock, unlock, pin, unpin, pre-moderate, trust."""
    user = moderator(request)
    found = rules.access_thread(user, thread)
    pinned = request.POST.get("comment", "")
    decision = actions.decide_thread(
        thread=found,
        verb=_verb(request.POST.get("decision", "")),
        by=user,
        comment=rules.access_comment(user, pinned) if pinned else None,
        reason=request.POST.get("reason", "")[:300],
    )
    where = reverse("moderate:comment", args=[pinned]) if pinned else reverse("moderate:threads")
    return redirect(f"{where}?{narrowing(request)}&did={decision.public_id}")


@desk("GET")
def bans(request: HttpRequest) -> HttpResponse:
    """Who may not write, for how long, and why."""
    forums = chosen_forums(request)
    found, after = read_bans(forums, after=request.GET.get("after"))
    in_force = set(bans_in_force(forums).values_list("id", flat=True))
    context = {
        "bans": [(ban, ids.public(ban.id), ban.id in in_force) for ban in found],
        "next": narrowing(request, after=after) if after else "",
        "done": just_done(request),
    }
    return page(request, "bans", "bans", context)


@desk("GET", "POST")
def ban(request: HttpRequest) -> HttpResponse:
    """Ban the author that the address names from the forum that it names."""
    user = moderator(request)
    forum = rules.access_forum(user, request.GET.get("forum", ""))
    author = rules.access_author([forum], request.GET.get("author", ""))
    form = BanForm(request.POST or None)
    if not form.is_valid():
        return page(request, "ban", "bans", {"form": form, "author": author, "forum": forum})
    reason = form.cleaned_data["reason"]
    decision = actions.ban_author(
        forum=forum,
        author=author,
        by=user,
        ends=form.ends(),
        covers_network=form.cleaned_data["covers_network"],
        reason=reason,
    )
    if form.cleaned_data["covers_network"] and decision.ban and not decision.ban.address:
        messages.warning(request, say("ban_no_network"))
    removed = actions.remove_all_by(
        forum=forum, author=author, by=user, hours=form.cleaned_data["remove_hours"], reason=reason
    )
    if removed:
        name = name_in(author, forum.id)
        messages.success(request, say("ban_marked", n=len(removed), name=name))
    return redirect(f"{reverse('moderate:bans')}?did={decision.public_id}")


@desk("POST")
def lift(request: HttpRequest, ban: str) -> HttpResponse:
    """Let somebody write again."""
    user = moderator(request)
    decision = actions.lift_ban(ban=rules.access_ban(user, ban), by=user)
    return redirect(f"{reverse('moderate:bans')}?{narrowing(request)}&did={decision.public_id}")


@desk("GET")
def history(request: HttpRequest) -> HttpResponse:
    """Who decided what, when and why."""
    found, after = read_decisions(chosen_forums(request), after=request.GET.get("after"))
    context = {"decisions": found, "next": narrowing(request, after=after) if after else ""}
    return page(request, "history", "history", context)


@desk("POST")
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the decisions that were just made, or one of the history; the last one first."""
    user = moderator(request)
    found = [rules.access_decision(user, each) for each in request.POST.getlist("decision")]
    for decision in reversed(found[:MOST_AT_ONCE]):
        try:
            actions.undo(decision=decision, by=user)
            messages.success(request, say("undone", did=say(f"did_{decision.verb}")))
        except Problem as problem:
            messages.warning(request, refusal(problem))
    back = "history" if request.POST.get("from") == "history" else "queue"
    return redirect(f"{reverse(f'moderate:{back}')}?{narrowing(request)}")


def _asked(request: HttpRequest) -> tuple[Verb, list[str]]:
    """The verb and its targets, each a comment's id or "COMMENT:REVISION" for its held edit."""
    if "one" in request.POST:
        verb, _, target = request.POST["one"].partition(":")
        return _verb(verb), [target]
    targets = request.POST.getlist("comment")
    if not targets:
        raise Problem("invalid", say("tick_first"))
    return _verb(request.POST.get("bulk", "")), targets


def _decide_one(user: User, verb: Verb, target: str, reason: str, told: str, seen: str) -> Decision:
    number, _, revision = target.partition(":")
    if revision and verb in {Verb.APPROVE, Verb.REJECT}:
        edit = rules.access_revision(user, number, _whole(revision))
        return actions.decide_edit(
            revision=edit, approves=verb == Verb.APPROVE, by=user, reason=reason
        )
    return actions.decide(
        comment=rules.access_comment(user, number),
        verb=verb,
        by=user,
        reason=reason,
        told=Ground(told) if told in Ground.values else None,
        seen=Status(seen) if seen in Status.values else None,
    )


def _whole(text: str) -> int:
    """A revision's number as our own pages write it; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _verb(text: str) -> Verb:
    if text not in Verb.values:
        raise Problem("invalid", say("cannot_decide"))
    return Verb(text)
