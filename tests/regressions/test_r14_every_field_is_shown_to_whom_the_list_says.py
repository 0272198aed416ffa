"""R14: Coral told readers the mail addresses of others: a field was checked on the wrong type.

SHOWN is the reviewed list: every field of every JSON answer, and who gets more of it than others.
A field that is new, or that somebody else is shown, fails here until it stands in the list; one
that nobody is shown any more fails as well.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from tests.regressions import t37_world
from tests.regressions.t37_world import World, ask, is_let_through, taken_back
from voxpop.audit.tenancy.table import (
    ACTORS,
    API,
    GUEST,
    HERSELF,
    READER,
    TABLE,
    TEAM,
    WRITERS,
    Row,
)
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment
from voxpop.trending.heat import heat_at
from voxpop.trending.models import Heat

pytestmark = pytest.mark.broad
built = t37_world.world

# -- the list ------------------------------------------------------------------------------


def fields(names: str) -> set[str]:
    return set(names.split())


def under(name: str, inner: set[str]) -> set[str]:
    """The field itself, and what is in it; `[]` where it is a list of such."""
    return {name.removesuffix("[]")} | {f"{name}.{field}" for field in inner}


REFUSAL = fields("type title status code detail")
FACE = fields("id name avatar kind")
AUTHOR = FACE | {"badges", "profile"}
REMOVED = fields("id thread parent root depth created revision status score up down replies seq")
COMMENT = REMOVED | {"html"} | under("author", AUTHOR)
# As its author gets it, and everybody who follows the thread live.
DRESSED = COMMENT | {"fragment"}
# Who has no public profile has no link to one.
PLAIN = {"author.profile"}
THREAD = fields("id forum identifiers url title created count locked closed pinned seq")
PEOPLE = {"people", "voters"}
PERSON = fields("follows can_follow mutes")
ITEM = fields("id url title date_published date_modified") | under("authors[]", {"name"})
FEED = fields("version title home_page_url feed_url language items")
COMMENTS_FEED = FEED | under("items[]", ITEM | {"content_html"})
THREADS_FEED = FEED | under("items[]", ITEM | {"content_text"})
OEMBED = fields(
    "version type title cache_age width height html provider_name provider_url"
    " author_name author_url thumbnail_url thumbnail_width thumbnail_height"
)

# A moderator's: of the comments of his forum he sees why they were held. No address of anybody.
JUDGED = DRESSED | {"verdict"}
DESK_THREAD = fields("id url title premoderated sensitive seq locked pinned count")
BAN = fields("id author covers_network reason created ends lifted")
DECIDED = {"ban", "comment", "thread", "removed"} | under(
    "decision", fields("id verb by comment thread ban reason told created undone")
)
QUEUED = (
    {"forum", "reason", "awaits_author", "flags", "flags.*"}
    | under("comment", JUDGED)
    | under("thread", DESK_THREAD)
    | under("edit", fields("revision html verdict"))
    | under("history", fields("published removed held banned"))
)
# An owner's: numbers of his forum.
COUNTED = fields("views readers referrals comments votes decisions answer_seconds")
FIGURES = (
    fields("forum span step until begins ways threads")
    | under("curves", COUNTED)
    | under("totals", COUNTED)
)

OVERLAY = fields("votes votes.* own held flags mutes powers unread watching mails") | under(
    "viewer", FACE
)

EVENT = {"seq", "kind"} | under("comments[]", DRESSED)
DECISIONS = f"POST {API}/moderation/comments/<comment>/decisions"
THREADS = f"POST {API}/moderation/threads/<thread>/decisions"

# What whoever gets through is shown.
SHOWN: dict[str, set[str]] = {
    f"GET {API}/threads/<thread>/events": {"seq", "count", "mode", "wait"}
    | under("events[]", EVENT),
    f"GET {API}/threads/<thread>/comments": {"seq", "gaps", "next"}
    # As they were stored, which is before the writer had a profile.
    | under("comments[]", COMMENT - PLAIN),
    f"GET {API}/threads/<thread>": THREAD,
    f"GET {API}/comments/<comment>": COMMENT,
    f"GET {API}/forums/<forum>/counts": {"identifiers", "urls", "urls.*"},
    f"GET {API}/forums/<forum>/threads": THREAD,
    f"GET {API}/forums/<forum>/comments": under(
        "comments[]", COMMENT | under("page", {"title", "url"})
    ),
    f"GET {API}/forums/<forum>/trending": under("threads[]", THREAD | PEOPLE),
    f"GET {API}/trending": under("threads[]", fields("id title url forum forum_name") | PEOPLE),
    f"GET {API}/forums/<forum>": fields(
        "shortname name language sort vote_mode allows_guests depth_shown edit_minutes"
    ),
    "GET oembed": OEMBED,
    "GET u/<str:handle>/feed.json": COMMENTS_FEED,
    "GET t/<str:thread>/feed.json": COMMENTS_FEED,
    "GET f/<str:forum>/feed.json": COMMENTS_FEED,
    "GET f/<str:forum>/trending.json": THREADS_FEED,
    "GET trending/feed.json": THREADS_FEED,
    f"DELETE {API}/tokens": set(),
    f"POST {API}/guests": {"token"} | under("author", FACE),
    f"POST {API}/forums/<forum>/comments": DRESSED - PLAIN,
    f"PATCH {API}/comments/<comment>": DRESSED | {"edited"},
    f"DELETE {API}/comments/<comment>": DRESSED,
    f"PUT {API}/comments/<comment>/vote": {"value"},
    f"PUT {API}/comments/<comment>/flag": {"reason"},
    f"POST {API}/preview": {"html"},
    f"GET {API}/me/threads/<thread>": OVERLAY,
    f"GET {API}/me/comments/<comment>": {"source", "revision"},
    f"GET {API}/me/threads/<thread>/names": {"[].id", "[].name"},
    f"PUT {API}/me/mail what everybody has unless he says otherwise": {"replies", "confirmed"},
    f"GET {API}/me/people/<author>": PERSON,
    f"PUT {API}/me/follows/<author>": PERSON,
    f"DELETE {API}/me/follows/<author>": PERSON,
    f"PUT {API}/me/mutes/<author>": PERSON,
    f"DELETE {API}/me/mutes/<author>": PERSON,
    f"PUT {API}/me/watches/<thread>": {"watching"},
    f"DELETE {API}/me/watches/<thread>": {"watching"},
    f"POST {API}/me/privacy": {"url"},
    f"POST {API}/me/claims/look": {"comments"},
    f"PUT {API}/me/claims": {"comments"},
    f"GET {API}/moderation/queue": {"next"} | under("items[]", QUEUED),
    f"{DECISIONS} reject": DECIDED | under("comment", JUDGED),
    f"{DECISIONS} spam": DECIDED | under("comment", JUDGED),
    f"{DECISIONS} delete": DECIDED | under("comment", JUDGED),
    f"{DECISIONS} edit": DECIDED | under("comment", JUDGED | {"edited"}),
    f"{THREADS} lock": DECIDED | under("thread", DESK_THREAD),
    f"{THREADS} premoderate": DECIDED | under("thread", DESK_THREAD),
    f"{THREADS} sensitive": DECIDED | under("thread", DESK_THREAD),
    f"{THREADS} pin": DECIDED | under("thread", DESK_THREAD),
    f"POST {API}/moderation/forums/<forum>/bans": DECIDED | under("ban", BAN),
    f"DELETE {API}/moderation/forums/<forum>/bans/<ban>": DECIDED | under("ban", BAN),
    f"POST {API}/moderation/decisions/<decision>/undo": DECIDED | under("comment", JUDGED),
    "GET home/forums/<slug:shortname>/figures.json": FIGURES,
}

# Where one of them is shown something else, because it is hers: she wrote the comments.
HERS: dict[str, set[str]] = {
    f"POST {API}/forums/<forum>/comments": DRESSED,
    f"GET {API}/me/threads/<thread>": (OVERLAY - {"votes.*"})  # nobody votes for himself
    | under("own[]", {"id", "editable_until"})
    | under("held[]", DRESSED),
    f"GET {API}/me/threads/<thread>/names": set(),  # nobody calls himself
}
# What a form says of a field, it says under the field's name.
FORMS = {(f"PUT {API}/me/mail what everybody has unless he says otherwise", GUEST): "email"}

# Words for what is a moderator's only, what is the viewer's own, and what is in no answer at all.
TEAMS = fields("verdict history banned awaits_author edit covers_network by undone flags.*")
OWN = fields("source held[] own editable_until")
NOBODYS = fields(
    "email mail address addresses ip network agent user_agent origin password secret session"
    " user voter flagged_by is_operator last_login"
)


def test_the_list_gives_nothing_private_away():
    rows = {str(each): each for each in TABLE}
    for name, shown in [*SHOWN.items(), *HERS.items()]:
        words = {word for field in shown for word in field.split(".")}
        words |= {field.removeprefix("items[].") for field in shown}
        assert not words & NOBODYS, name
        assert not words & TEAMS or rows[name].who <= TEAM, name
        assert not words & OWN or f"{API}/me/" in name, name


def is_listed(each: Row) -> bool:
    """Whether the row's answer is one of ours in JSON; the document of the API describes itself."""
    is_json = each.is_json or each.route.endswith(".json") or each.route == "oembed"
    return is_json and not each.route.endswith("openapi.json")


ROWS = [each for each in TABLE if is_listed(each)]


# pytest-django makes a database only where some test of the run is marked as wanting one.
@pytest.mark.django_db
def test_the_list_has_every_route():
    answered = {str(each) for each in ROWS if each.who}
    assert set(SHOWN) == answered
    assert set(HERS) <= answered


# -- what is answered ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(built: World) -> World:
    """With something to be seen in every list: votes, a flag, a thread that is talked in."""
    forum = built.here.forum
    Forum.objects.filter(id=forum.id).update(is_listed=True)
    comment = Comment.objects.select_related("thread").get(forum=forum, source="Hers.")
    now = timezone.now()
    Heat.objects.create(
        thread=comment.thread, forum=forum, heat=heat_at(9, now), people=3, voters=2, newest=now
    )
    by_route = {str(each): each for each in TABLE}
    for actor in sorted(WRITERS - HERSELF):
        vote = by_route[f"PUT {API}/comments/<comment>/vote"]
        assert is_let_through(ask(built, vote, actor, built.objects))
    flag = by_route[f"PUT {API}/comments/<comment>/flag"]
    flagged = {**built.objects, "comment": built.objects["edited"]}
    assert is_let_through(ask(built, flag, GUEST, flagged))
    return built


def fields_of(value: Any, at: str = "") -> Iterator[str]:
    """The path of every field; a key that is no name but an id or an address is a star."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = "*" if at.rpartition(".")[2] in {"votes", "flags", "urls"} else key
            path = f"{at}.{name}".removeprefix(".")
            yield path
            yield from fields_of(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from fields_of(inner, f"{at}[]")


def expected(each: Row, actor: str) -> set[str]:
    name = str(each)
    if actor in each.who:
        return HERS.get(name, SHOWN[name]) if actor == READER else SHOWN[name]
    form = FORMS.get((name, actor))
    return REFUSAL | (under("errors", {form}) if form else set())


@pytest.mark.parametrize("each", ROWS, ids=str)
def test_everybody_is_shown_what_the_list_says(world: World, each: Row) -> None:
    # Our own pages refuse in HTML.
    for actor in ACTORS if each.is_json else sorted(each.who):
        with taken_back():
            answer = ask(world, each, actor, world.objects)
        assert is_let_through(answer) == (actor in each.who), actor
        seen = set(fields_of(json.loads(answer.content))) if answer.content else set()
        assert seen == expected(each, actor), actor
