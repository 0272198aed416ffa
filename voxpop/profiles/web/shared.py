"""A profile, who follows it, whom it follows: shared, the same bytes for everybody.

A profile that is private and one that nobody has are answered alike, to the byte (SAFETY T24, T37).
"""

import re
from collections.abc import Callable

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from voxpop import ids
from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.headers import FRAMED_BY_NOBODY
from voxpop.errors import Problem
from voxpop.profiles import reading
from voxpop.profiles.avatars import find_avatar
from voxpop.profiles.keys import avatar_key, profile_key, worn_by
from voxpop.profiles.models import Profile
from voxpop.threads import markup

# The file is ours; and yet a browser is told to run nothing that it may find in it.
AS_A_PICTURE = {
    "Content-Security-Policy": f"{FRAMED_BY_NOBODY}; sandbox",
    "Content-Disposition": 'attachment; filename="avatar.webp"',
}
_AVATAR = re.compile(r"[0-9a-f]{26}")


@shared("profile_page")
def profile_page(asked: Asked, handle: str) -> Snapshot:
    """Who somebody says he is, and what he wrote on the sites that he shows."""
    profile = reading.find_profile(handle)
    if profile is None or profile.handle != handle:
        return _elsewhere(handle, profile)
    author = profile.author
    after = _place(asked)
    written = reading.read_written(author, after=after)
    context = {
        **_head(profile),
        "about": _rendered(profile.about) if after is None else "",
        "comments": written.comments,
        "is_first": after is None,
        "next": ids.public(written.next) if written.next else "",
    }
    body = render_to_string("profiles/profile.html", context)
    return Snapshot(body.encode(), keys=[profile_key(handle)])


@shared("profile_people")
def followers_page(asked: Asked, handle: str) -> Snapshot:
    return _people(asked, handle, "Followers", reading.read_followers)


@shared("profile_followed")
def followed_page(asked: Asked, handle: str) -> Snapshot:
    return _people(asked, handle, "Following", reading.read_followed)


def _people(
    asked: Asked, handle: str, title: str, read: Callable[..., reading.Followers]
) -> Snapshot:
    profile = reading.find_profile(handle)
    if profile is None or profile.handle != handle or not profile.shows_people:
        return missing(handle)
    after = _place(asked)
    found = read(profile.author, after=after)
    context = {
        **_head(profile),
        "list": title,
        "faces": [face_of(person) for person in found.people],
        "is_first": after is None,
        "next": ids.public(found.next) if found.next else "",
    }
    body = render_to_string("profiles/people.html", context)
    return Snapshot(body.encode(), keys=[profile_key(handle)])


@shared("uploaded_avatar")
def uploaded_avatar(asked: Asked, name: str, size: int) -> Snapshot:
    """An avatar in one of its sizes: a picture and nothing else, wherever it is (SAFETY T05)."""
    worn = [avatar_key(name)] if _AVATAR.fullmatch(name) else []
    body = find_avatar(name, size) if worn else None
    if body is None:
        raise Missing(worn)
    return Snapshot(body, keys=worn, version=f"{name}-{size}", headers=AS_A_PICTURE)


def missing(handle: str) -> Snapshot:
    """Nothing is told of this name; it becomes old when somebody makes a profile of it public."""
    body = render_to_string("pages/missing.html", {"told": "There is no public profile here."})
    return Snapshot(body.encode(), status=404, keys=worn_by(handle))


def _elsewhere(handle: str, profile: Profile | None) -> Snapshot:
    """An earlier name, or another spelling, leads to the present one."""
    to = (profile.handle or "") if profile else reading.moved_to(handle)
    if not to:
        return missing(handle)
    return Snapshot(
        b"",
        status=302,
        keys=[*worn_by(handle), profile_key(to)],
        headers={"Location": f"/u/{to}/"},
    )


def _head(profile: Profile) -> dict[str, object]:
    author: Author = profile.author
    return {
        "profile": profile,
        "face": face_of(author),
        "since": author.created,
        "followers": _told(reading.count_followers(author)),
        "followed": _told(reading.count_followed(author)),
    }


def _told(count: int) -> str:
    most = reading.MOST_COUNTED
    return f"{most:,}+" if count > most else f"{count:,}"


def _rendered(about: str) -> str:
    """By the renderer of comments, sanitiser last, as both are now."""
    try:
        return mark_safe(markup.render(about)) if about else ""  # noqa: S308
    except Problem:
        return ""


def _place(asked: Asked) -> int | None:
    after = asked.known.get("after")
    if after is None:
        return None
    place = ids.private(after)
    if place is None:
        raise Problem("bad_cursor")
    return place
