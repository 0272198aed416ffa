"""What was written in a forum, newest first."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse

from voxpop import ids
from voxpop.moderation import rules
from voxpop.moderation.desk.page import desk, moderator, page
from voxpop.moderation.listing import place_of
from voxpop.timelines.comments import Activity, read_activity
from voxpop.timelines.contract import StoreAway


@desk("GET")
def activity(request: HttpRequest, shortname: str) -> HttpResponse:
    """One page of it, by days; where the store is away it says so instead."""
    forum = rules.access_forum(moderator(request), shortname)
    after = place_of(request.GET.get("after"))
    try:
        read, is_away = read_activity(forum, after=after), False
    except StoreAway:
        read, is_away = Activity([], None), True
    context = {
        "forum": forum,
        "forum_chosen": forum.shortname,
        "days": [
            (day, list(comments))
            for day, comments in groupby(read.comments, lambda comment: comment.created.date())
        ],
        "is_away": is_away,
        "is_first": after is None,
        "next": ids.public(read.next) if read.next else "",
    }
    answer = page(request, "activity", "activity", context)
    if is_away:
        answer.status_code = 503
    return answer
