"""The page of my feed: what those whom I follow wrote, on every site."""

from datetime import datetime, timedelta
from functools import lru_cache
from html import escape

from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from voxpop import ids
from voxpop.home.views import author_of
from voxpop.people.models import Follow
from voxpop.timelines.contract import StoreAway
from voxpop.timelines.feed import Said, read_feed
from voxpop.words import say

DAY = 24 * 60  # minutes


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
        "said": mark_safe("".join(map(_row, read.said))),  # noqa: S308
        "next": ids.public(read.next) if read.next else "",
        "follows": bool(read.said) or Follow.objects.filter(by=author).exists(),
    }
    return render(request, "home/feed.html", context)


def _row(said: Said) -> str:
    """One comment; as text, since a template takes longer for 25 of them than all the reading."""
    face, when = said.face, said.created
    picture = f'<img src="{face.picture}" alt="">' if face.avatar else ""
    title = escape(said.title) or say("untitled")
    thread = mark_safe(f'<a href="/c/{said.public_id}"><bdi>{title}</bdi></a>')  # noqa: S308
    return (
        f'<li class="card by"><a href="{face.profile}" tabindex="-1" aria-hidden="true">'
        f'<span class="face" style="--h:{face.hue}" data-i="{escape(face.initials)}">{picture}'
        f'</span></a><div class="grow"><p class="place small quiet"><a href="{face.profile}">'
        f'<bdi>{escape(face.name)}</bdi></a> · <time datetime="{when.isoformat()}">'
        f"{_ago(when)}</time><br>"
        f"{say('reply_on_thread' if said.is_reply else 'on_thread', thread=thread)}"
        f' · <bdi>{escape(said.forum)}</bdi></p><div class="said" dir="auto">{said.html}</div>'
        "</div></li>"
    )


def _ago(when: datetime) -> str:
    """ "3 hours ago"; the longer ago, the less the minutes and hours say."""
    minutes = max(0, int((timezone.now() - when).total_seconds() // 60))
    step = 1 if minutes < DAY else 60 if minutes < 30 * DAY else DAY
    return _worded(minutes - minutes % step, get_language())


@lru_cache(maxsize=10_000)
def _worded(minutes: int, language: str) -> str:
    """Kept: wording 25 moments takes as long as reading what they are the moments of."""
    return escape(str(naturaltime(timezone.now() - timedelta(minutes=minutes))))
