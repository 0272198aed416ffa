"""What every page of the desk has in common: who asks, about which forums, and how it refuses."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from voxpop import ids
from voxpop.accounts.factors import lead_to_second_factor
from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.limits.address import network_of
from voxpop.moderation import rules
from voxpop.moderation.claims import count_claims
from voxpop.moderation.models import Decision
from voxpop.words import refusal

MOST_AT_ONCE = 100
View = Callable[..., HttpResponse]
# What a list is narrowed by: kept through every act, and nothing else is.
NARROWING = ("forum", "kind", "q", "author", "after")


def desk(*methods: str) -> Callable[[View], View]:
    """A view for signed-in moderators. What is not theirs is 404; other refusals are told."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if waits_for_second_factor(request):
                return lead_to_second_factor(request)
            try:
                if request.method == "POST":
                    rules.may_act_now(moderator(request), network_of(request))
                return view(request, **kwargs)
            except Problem as problem:
                if problem.status == 404:
                    raise Http404 from problem
                if problem.code == "second_factor_required":
                    return lead_to_second_factor(request)
                messages.error(request, refusal(problem))
                return redirect(reverse("moderate:queue"))

        return login_required(answer)

    return decorate


def waits_for_second_factor(request: HttpRequest) -> bool:
    """Whether a forum of his asks for a factor that he does not have; the others are open to him
    by name."""
    user = request.user
    if not isinstance(user, User) or request.GET.get("forum"):
        return False
    return rules.forum_that_waits(user) is not None


def moderator(request: HttpRequest) -> User:
    """The signed-in user; `desk` has seen to it."""
    user = request.user
    if not isinstance(user, User):
        raise Problem("sign_in_required")
    return user


def chosen_forums(request: HttpRequest) -> list[Forum]:
    """The one forum that was asked for, or all that the user moderates."""
    user = moderator(request)
    shortname = request.GET.get("forum", "")
    if shortname:
        return [rules.access_forum(user, shortname)]
    return list(rules.forums_to_moderate(user))


def page(request: HttpRequest, name: str, tab: str, context: dict[str, Any]) -> HttpResponse:
    """Render one page of the desk."""
    forums = rules.forums_to_moderate(moderator(request))
    shared = {
        "tab": tab,
        "section": "moderate",
        "forums_moderated": forums,
        "claims_waiting": count_claims(list(forums)),
        "narrowing": narrowing(request),
        "forum_chosen": request.GET.get("forum", ""),
        "text": request.GET.get("q", ""),
    }
    return render(request, f"moderation/{name}.html", {**shared, **context})


def narrowing(request: HttpRequest, **changes: str | None) -> str:
    """The query string of this list, with some of it changed."""
    kept = {name: request.GET.get(name, "") for name in NARROWING}
    kept.update({name: value or "" for name, value in changes.items()})
    query = request.GET.copy()
    query.clear()
    query.update({name: value for name, value in kept.items() if value})
    return query.urlencode()


def just_done(request: HttpRequest) -> list[Decision]:
    """The decisions named by `did`: what the page offers to undo."""
    numbers: Iterable[int | None] = map(ids.private, request.GET.getlist("did")[:MOST_AT_ONCE])
    found = Decision.objects.filter(
        id__in=[number for number in numbers if number is not None],
        forum__in=rules.forums_to_moderate(moderator(request)),
        undone=None,
    )
    return list(found.order_by("id"))
