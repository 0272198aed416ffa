"""How I want to be told of what: everywhere, or at one forum; and when."""

from datetime import time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_http_methods

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.notices.devices import devices_of, lost_devices_of, maker_of
from voxpop.notices.models import Kind, Pace, Wish
from voxpop.notices.pushing import public_key
from voxpop.notices.refusals import refusal_of, take_again
from voxpop.notices.web.inbox import author_of, limit_settings
from voxpop.notices.when import Clock, zones
from voxpop.notices.wishes import (
    PER_FORUM,
    USUAL,
    address_of,
    as_everywhere,
    be_reached,
    clock_of,
    look_again,
    reach_of,
    wish,
    wishes_of,
)
from voxpop.people.models import Watch
from voxpop.threads.models import Comment
from voxpop.words import refusal, say

LOOKED_AT = 1000


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request: HttpRequest) -> HttpResponse:
    """One table for every forum; `?site=` names one that is to be different."""
    author = author_of(request)
    forum = _forum(request.GET.get("site", ""), author)
    back = f"{reverse('notice_settings')}{f'?site={forum.shortname}' if forum else ''}"
    if request.method == "POST":
        try:
            limit_settings(request, author)
            if "take_again" in request.POST:
                take_again(address_of(author))
            else:
                _save(request.POST, author, forum)
        except Problem as problem:
            messages.error(request, refusal(problem))
        else:
            messages.success(request, say("saved"))
        return redirect(back)
    return render(request, "notices/settings.html", _context(author, forum))


@transaction.atomic
def _save(given: QueryDict, author: Author, forum: Forum | None) -> None:
    if forum and "as_everywhere" in given:
        as_everywhere(author, forum)
    else:
        for kind in PER_FORUM if forum else USUAL:
            _save_kind(given, author, forum, kind)
    if forum is None:
        be_reached(author, _clock(given, clock_of(reach_of(author))))
    else:
        look_again(author)


def _save_kind(given: QueryDict, author: Author, forum: Forum | None, kind: Kind) -> None:
    pace = given.get(f"{kind}.mail", "")
    wish(
        author,
        kind,
        forum=forum,
        inbox=f"{kind}.inbox" in given,
        mail=Pace(pace) if pace in set(Pace) else None,
        push=f"{kind}.push" in given,
    )


def _clock(given: QueryDict, before: Clock) -> Clock:
    """What was typed; raises Problem where it is no time of day or no zone."""
    zone = given.get("zone", before.zone)
    if zone and zone not in zones():
        raise Problem("invalid", say("no_zone"))
    try:
        begins, ends = (_time(given.get(name, "")) for name in ("quiet_from", "quiet_until"))
        hour = int(given.get("summary_hour", before.summary_hour))
        weekday = int(given.get("summary_weekday", before.summary_weekday))
    except ValueError:
        raise Problem("invalid", say("no_time")) from None
    if (begins is None) != (ends is None):
        raise Problem("invalid", say("no_quiet_end"))
    if hour not in range(24) or weekday not in range(7):
        raise Problem("invalid", say("no_time"))
    return Clock(zone, begins, ends, summary_hour=hour, summary_weekday=weekday)


def _time(text: str) -> time | None:
    return time.fromisoformat(text).replace(tzinfo=None) if text else None


def _context(author: Author, forum: Forum | None) -> dict[str, Any]:
    wishes = wishes_of(author)
    apart = {each for each, _ in wishes.apart if each is not None}
    known = _forums_of(author)
    return {
        "section": "inbox",
        "forum": forum,
        "rows": [
            {
                "kind": kind.value,
                "ways": wishes.of(kind, forum.id if forum else None),
                "is_apart": forum is not None and (forum.id, kind) in wishes.apart,
            }
            for kind in (PER_FORUM if forum else USUAL)
        ],
        "paces": list(Pace),
        "address": (address := address_of(author)),
        "refusal": refusal_of(address),
        "clock": clock_of(reach_of(author)),
        "zones": sorted(zone for zone in zones() if "/" in zone and not zone.startswith("Etc/")),
        "hours": [(hour, f"{hour:02}:00") for hour in range(24)],
        "weekdays": WEEKDAYS.items(),
        "devices": [(each, ids.public(each.id), maker_of(each)) for each in devices_of(author)],
        "lost": [(each, ids.public(each.id), maker_of(each)) for each in lost_devices_of(author)],
        "push_key": public_key(),
        "different": [each for each in known if each.id in apart],
        "others": [each for each in known if each.id not in apart],
    }


def _forum(shortname: str, author: Author) -> Forum | None:
    if not shortname:
        return None
    for forum in _forums_of(author):
        if forum.shortname == shortname:
            return forum
    raise Http404


def _forums_of(author: Author) -> list[Forum]:
    """Where he has written or watches something lately, or has said that it is different."""
    wrote = Comment.objects.filter(author=author).order_by("-id").values("forum")[:LOOKED_AT]
    watches = Watch.objects.filter(by=author).order_by("-id").values("thread__forum")[:LOOKED_AT]
    said = Wish.objects.filter(author=author, forum__isnull=False).values("forum")
    found = {row["forum"] for row in wrote} | {row["thread__forum"] for row in watches}
    found |= {row["forum"] for row in said}
    return list(Forum.objects.filter(id__in=found).order_by("name", "id"))
