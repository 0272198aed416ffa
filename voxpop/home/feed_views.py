"""The page of my feed: what those whom I follow wrote, on every site."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voxpop import ids
from voxpop.accounts.faces import face_of
from voxpop.home.views import author_of
from voxpop.people.models import Follow
from voxpop.timelines.contract import StoreAway
from voxpop.timelines.feed import read_feed


@login_required
@require_safe
def my_feed(request: HttpRequest) -> HttpResponse:
    """One page of it; where its store is away it says so."""
    author = author_of(request)
    after = ids.private(request.GET.get("after", ""))
    context = {"section": "comments", "tab": "feed", "is_first": after is None}
    try:
        read = read_feed(author, after=after)
    except StoreAway:
        return render(request, "home/feed.html", {**context, "is_away": True}, status=503)
    context |= {
        "said": [(each, face_of(each.author, each.forum_id)) for each in read.comments],
        "next": ids.public(read.next) if read.next else "",
        "follows": bool(read.comments) or Follow.objects.filter(by=author).exists(),
    }
    return render(request, "home/feed.html", context)
