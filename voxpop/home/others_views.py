"""The pages of my people, my watched threads and my votes, and their buttons."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.home.others import Which, read_people, read_votes, read_watched
from voxpop.home.views import author_of
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.people import actions
from voxpop.people.reading import find_person, find_thread
from voxpop.words import refusal

ACTS: dict[str, Callable[..., None]] = {
    "follow": actions.follow,
    "unfollow": actions.unfollow,
    "unmute": actions.unmute,
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_people(request: HttpRequest) -> HttpResponse:
    """One list of people; a button follows, unfollows or unmutes one of them."""
    author = author_of(request)
    asked = request.GET.get("list", "")
    which = Which(asked) if asked in set(Which) else Which.FOLLOWING
    if request.method == "POST":
        _act(request, author)
        return redirect(f"{reverse('my_people')}?list={which}")
    after = ids.private(request.GET.get("after", ""))
    read = read_people(author, which, after=after)
    context = {"which": which, "lists": list(Which), "read": read}
    return _page(request, "people", after, read.next, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_watched(request: HttpRequest) -> HttpResponse:
    """The threads that I watch; a button ends that for one."""
    author = author_of(request)
    if request.method == "POST":
        try:
            _may(request, author)
            actions.unwatch(author=author, thread=find_thread(request.POST.get("thread", "")))
        except Problem as problem:
            messages.error(request, refusal(problem))
        return redirect("my_watched")
    after = ids.private(request.GET.get("after", ""))
    read = read_watched(author, after=after)
    return _page(request, "watching", after, read.next, {"read": read})


@login_required
@require_safe
def my_votes(request: HttpRequest) -> HttpResponse:
    """What I voted for and against, as long as it can be read."""
    after = ids.private(request.GET.get("after", ""))
    read = read_votes(author_of(request), after=after)
    return _page(request, "votes", after, read.next, {"read": read})


def _page(
    request: HttpRequest, tab: str, after: int | None, next: int | None, context: dict[str, object]
) -> HttpResponse:
    context |= {
        "section": "comments",
        "tab": tab,
        "is_first": after is None,
        "next": ids.public(next) if next else "",
    }
    return render(request, f"home/{tab}.html", context)


def _act(request: HttpRequest, author: Author) -> None:
    act = ACTS.get(request.POST.get("act", ""))
    try:
        _may(request, author)
        if act is None:
            raise Problem("bad_request")
        act(author=author, person=find_person(request.POST.get("person", "")))
    except Problem as problem:
        messages.error(request, refusal(problem))


def _may(request: HttpRequest, author: Author) -> None:
    refuse_while_paused()
    limit("people", f"author:{author.id}")
    limit("people", network_of(request))
