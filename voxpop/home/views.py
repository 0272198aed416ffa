"""My comments: the list, the form that changes one, the button that deletes one."""

from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voxpop import ids
from voxpop.accounts.models import Author, User
from voxpop.claims.claiming import claimable
from voxpop.claims.imported import proven_of
from voxpop.errors import Problem
from voxpop.home.reading import (
    Asked,
    State,
    count_waiting,
    is_editable,
    my_sites,
    newest_source,
    read_my_comments,
)
from voxpop.limits.address import network_of
from voxpop.limits.once import AlreadyAnswered, Once
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.plaintext import visible
from voxpop.rows import read_one
from voxpop.threads.actions import delete_comment, edit_comment
from voxpop.threads.api.writing import own_comment
from voxpop.threads.models import Comment, Status
from voxpop.words import refusal, say

LONGEST_SEARCH = 100
FROM_HERE = "from=conversation"


@login_required
@require_safe
def my_comments(request: HttpRequest) -> HttpResponse:
    """One page of what I wrote anywhere, narrowed by what the address asks."""
    author = author_of(request)
    asked = _asked(request.GET)
    after = ids.private(request.GET.get("after", ""))
    is_front = asked.is_all and after is None
    read = read_my_comments(author, asked, after=after)
    context = {
        "section": "comments",
        "tab": "comments",
        "asked": asked,
        "states": list(State),
        "sites": my_sites(author),
        "read": read,
        "is_first": after is None,
        "claimable": sum(each.comments for each in claimable(author)) if is_front else 0,
        "proven": sum(each.comments for each in proven_of(author)) if is_front else 0,
        "waiting": count_waiting(author) if is_front else 0,
        "query": _query(request.GET),
        "older": urlencode({**_named(asked), "after": ids.public(read.next)}) if read.next else "",
        "newest": urlencode(_named(asked)),
        "key": uuid4(),
    }
    return render(request, "home/comments.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_mine(request: HttpRequest, comment: str) -> HttpResponse:
    """The form, and the edit by the same verb as in the thread; what was typed is never lost."""
    author = author_of(request)
    found = my_own(comment, author)
    if found.status != Status.PUBLISHED:
        raise Http404
    if request.method != "POST":
        context = {"source": newest_source(found), "is_editable": is_editable(found, author)}
        return _form(request, found, context)
    typed = request.POST.get("source", "")
    try:
        _may_write(request, author)
        is_held = _edit(request, found, author, typed)
    except Problem as problem:
        context = {"source": typed, "problem": problem, "is_editable": True}
        return _form(request, my_own(comment, author), context, status=problem.status)
    if is_held:
        messages.warning(request, say("edit_held"))
    else:
        messages.success(request, say("changed"))
    return _back(request, found)


@login_required
@require_POST
def delete_mine(request: HttpRequest, comment: str) -> HttpResponse:
    """It is gone for every reader within a second; what was answered to it stays."""
    author = author_of(request)
    found = my_own(comment, author)
    try:
        _may_write(request, author)
        once = _once(request, author, lambda _: (200, b""))
        with once.before_refusing():
            delete_comment(comment=found, author=author, once=once)
    except AlreadyAnswered:
        pass
    except Problem as problem:
        messages.error(request, refusal(problem))
        return _back(request, found)
    messages.success(request, say("deleted"))
    return _back(request, found)


def _edit(request: HttpRequest, comment: Comment, author: Author, typed: str) -> bool:
    """Whether the edit waits. Raises Problem."""
    revision = request.POST.get("revision", "")
    if not revision.isdecimal() or len(revision) > 9:
        raise Problem("bad_request")
    once = _once(request, author, lambda edit: (200, str(edit.status).encode()))
    try:
        with once.before_refusing():
            edit_comment(
                comment=comment, author=author, source=typed, revision=int(revision), once=once
            )
    except AlreadyAnswered as earlier:
        return earlier.body.decode() == Status.HELD
    return once.body.decode() == Status.HELD


def _form(
    request: HttpRequest, comment: Comment, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """`source` in the form is what was typed; the revision is today's, so that a second try after
    "changed meanwhile" is one by somebody who has seen it."""
    context |= {"section": "comments", "comment": comment, "query": _query(request.GET)}
    return render(request, "home/change.html", {**context, "key": uuid4()}, status=status)


def _once(request: HttpRequest, author: Author, answer: Any) -> Once:
    return Once(
        actor=f"author:{author.id}",
        key=request.POST.get("key", ""),
        body=f"{request.path}\n{request.POST.get('source', '')}".encode(),
        answer=answer,
    )


def _may_write(request: HttpRequest, author: Author) -> None:
    refuse_while_paused()
    limit("edit", f"author:{author.id}")
    limit("edit", network_of(request))


def my_own(comment: str, author: Author) -> Comment:
    """My own; somebody else's looks like none (SAFETY T37)."""
    try:
        return own_comment(comment, author)
    except Problem:
        raise Http404 from None


def _asked(given: QueryDict) -> Asked:
    """What the address asks for; what nobody could have asked is not asked."""
    state = given.get("state", "")
    return Asked(
        text=visible(given.get("q", ""))[:LONGEST_SEARCH].strip(),
        site=visible(given.get("site", ""))[:LONGEST_SEARCH].strip(),
        state=State(state) if state in set(State) else None,
    )


def _named(asked: Asked) -> dict[str, str]:
    named = {"q": asked.text, "site": asked.site, "state": asked.state or ""}
    return {name: value for name, value in named.items() if value}


def _query(given: QueryDict) -> str:
    """The place in the list, made anew from what is known: nothing else travels (SAFETY T14)."""
    if given.get("from") == "conversation":
        return FROM_HERE
    after = ids.private(given.get("after", ""))
    place = {} if after is None else {"after": ids.public(after)}
    return urlencode({**_named(_asked(given)), **place})


def _back(request: HttpRequest, comment: Comment) -> HttpResponse:
    """To the conversation or the place in the list that one came from."""
    query = _query(request.GET)
    if query == FROM_HERE:
        return redirect("my_conversation", comment=comment.public_id)
    return redirect(f"{reverse('my_comments')}?{query}" if query else reverse("my_comments"))


def author_of(request: HttpRequest) -> Author:
    """Who is signed in, as others see him."""
    user = cast(User, request.user)
    found = read_one(Author, "WHERE t.user_id = %s", [user.id])
    if found is None:
        raise Author.DoesNotExist
    found.user = user
    return found
