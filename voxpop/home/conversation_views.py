"""The page of one conversation of mine."""

from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voxpop.errors import Problem
from voxpop.home.conversation import read_conversation
from voxpop.home.views import FROM_HERE, author_of, my_own


@login_required
@require_safe
def my_conversation(request: HttpRequest, comment: str) -> HttpResponse:
    """What a comment of mine answers, what became of it, and what was answered to it."""
    author = author_of(request)
    found = my_own(comment, author)
    after = request.GET.get("after") or None
    try:
        read = read_conversation(found, author, after=after)
    except Problem:
        raise Http404 from None
    context = {
        "section": "comments",
        "tab": "comments",
        "comment": found,
        "each": read.mine,
        "read": read,
        "is_first": after is None,
        "query": FROM_HERE,  # an edit comes back to this page
        "key": uuid4(),
    }
    return render(request, "home/conversation.html", context)
