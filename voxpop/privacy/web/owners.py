"""An owner's page for wiping: what somebody has in his forum, or all of the forum."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from voxpop import ids
from voxpop.accounts.faces import name_in
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.reading import find_own_forum
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.privacy.wipe import has_something, wipe_author, wipe_forum
from voxpop.words import say


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wipe(request: HttpRequest, shortname: str) -> HttpResponse:
    """Confirmed by typing the forum's name. With `author` in the address it is about him alone."""
    user = request.user
    assert isinstance(user, User)
    try:
        forum = find_own_forum(shortname, user)
    except Problem:
        raise Http404 from None
    author = _author(request, forum)
    context: dict[str, object] = {"forum": forum, "author": author, "tab": "settings"}
    context["name"] = name_in(author, forum.id) if author else ""
    if request.method != "POST":
        return render(request, "privacy/wipe.html", context)
    try:
        refuse_while_paused()
        limit("privacy", f"author:{Author.objects.get(user=user).id}")
        limit("privacy", network_of(request))
        _do(request, forum, author, user)
    except Problem as problem:
        context["problem"] = problem
        return render(request, "privacy/wipe.html", context, status=problem.status)
    messages.success(request, say("wipe_done"))
    return redirect("forum_settings", shortname=forum.shortname)


def _do(request: HttpRequest, forum: Forum, author: Author | None, user: User) -> None:
    if request.POST.get("sure", "").strip() != forum.shortname:
        raise Problem("bad_request", say("wipe_sure", name=forum.shortname))
    reason = request.POST.get("reason", "").strip()[:300]
    if author is None:
        wipe_forum(forum=forum, by=user, reason=reason)
    else:
        wipe_author(forum=forum, author=author, by=user, reason=reason)


def _author(request: HttpRequest, forum: Forum) -> Author | None:
    """Who is meant; whoever has nothing in this forum looks like nobody (SAFETY T37)."""
    if "author" not in request.GET:
        return None
    author = Author.objects.filter(id=ids.private(request.GET["author"]) or 0).first()
    if author is None or not has_something(forum, author):
        raise Http404
    return author
