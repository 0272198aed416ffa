"""Who may see which of our private pages; what is not yours is not there."""

import functools
from collections.abc import Callable
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from voxpop.accounts.factors import lead_to_second_factor
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.reading import find_own_forum
from voxpop.limits.address import network_of
from voxpop.limits.rates import limit

View = Callable[..., HttpResponse]


def user_of(request: HttpRequest) -> User:
    """The signed-in user, in views behind `login_required`."""
    return cast(User, request.user)


def for_owner(view: Callable[[HttpRequest, Forum], HttpResponse]) -> View:
    """The view gets the forum, if the signed-in user owns it; a foreign one is a 404 (T37).

    What the view refuses becomes a page that says why.
    """

    @login_required
    @functools.wraps(view)
    def owned(request: HttpRequest, shortname: str) -> HttpResponse:
        try:
            forum = find_own_forum(shortname, user_of(request))
        except Problem as problem:
            if problem.code == "second_factor_required":
                return lead_to_second_factor(request)
            raise Http404 from None
        try:
            return view(request, forum)
        except Problem as problem:
            return refused(request, problem)

    return owned


def limit_user(request: HttpRequest, action: str) -> None:
    """Count an act of the signed-in user, as himself and as his network."""
    author = Author.objects.get(user=user_of(request))
    limit(action, f"author:{author.id}")
    limit(action, network_of(request))


def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A page that says why not."""
    return render(request, "pages/refused.html", {"problem": problem}, status=problem.status)
