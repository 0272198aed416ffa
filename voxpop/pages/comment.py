"""One comment by itself: where a link to it leads, its page, its frame, its picture. All shared.

What is not published has none of them, and what is removed loses them with its thread's pages.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from voxpop import ids
from voxpop.accounts.faces import Face, face_of
from voxpop.analytics.referrals import Way, way_of
from voxpop.edge.cached import Asked, Missing, Snapshot, shared
from voxpop.edge.policy import quietness
from voxpop.forums.models import Forum
from voxpop.forums.rules import is_known_origin
from voxpop.notices.texts import plain
from voxpop.pages.drawing.card import HEIGHT, WIDTH, Said, is_drawable
from voxpop.pages.networks import share_links
from voxpop.pages.pictures import accent_of, drawn
from voxpop.pages.public import AROUND, missing
from voxpop.plaintext import visible
from voxpop.threads import keys, labels, reading
from voxpop.threads.models import Comment, Status, Thread
from voxpop.words import words
from voxpop.words.languages import direction, language_of

# Characters of a comment in what networks show of it, and in what somebody posts about it.
SHOWN, QUOTED = 200, 140
# Its frame runs no script and takes no act, so any page may show it (SAFETY T09).
FRAME_SECURITY = (
    "default-src 'none'; script-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "form-action 'none'; base-uri 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; frame-ancestors *; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True)
class Shared:
    """A published comment and what is said of it elsewhere."""

    comment: Comment
    thread: Thread
    forum: Forum
    face: Face

    @property
    def path(self) -> str:
        return f"/c/{self.comment.public_id}"

    @property
    def title(self) -> str:
        """A name and a page, as feeds have it; no words to be translated."""
        return f"{self.face.name}: {visible(str(self.thread))}"

    @property
    def language(self) -> str:
        return language_of(self.forum.language)

    @property
    def created(self) -> datetime:
        return self.comment.created

    def said(self, longest: int) -> str:
        """What it says, in one line."""
        return " ".join(plain(self.comment.html, longest).split())

    @property
    def picture(self) -> Said:
        return Said(
            name=self.face.name,
            initials=self.face.initials,
            hue=self.face.hue,
            text=self.said(1000),
            title=visible(str(self.thread)),
            forum=self.forum.name,
            accent=accent_of(self.forum),
        )

    @property
    def has_picture(self) -> bool:
        """Not of a sensitive thread: others' pages would show it to who did not ask."""
        return not self.thread.is_sensitive and is_drawable(self.picture)

    def worn(self) -> dict[str, Any]:
        """What its answers wear: a removal purges them with the thread's."""
        return {
            "keys": keys.worn_by_thread(self.thread.public_id, self.forum.shortname),
            "seq": self.thread.seq,
            "quietness": quietness(reading.quietness(self.thread)),
        }


def find_shared(name: str) -> Shared | None:
    """The published comment of this name."""
    rows = Comment.objects.select_related("author", "thread__forum")
    found = rows.filter(id=ids.private(name) or 0, status=Status.PUBLISHED).first()
    if found is None:
        return None
    forum = found.thread.forum
    return Shared(found, found.thread, forum, face_of(found.author, forum.id))


@shared("comment_link")
def comment_link(asked: Asked, comment: str) -> Snapshot:
    """Leads to the comment on the publisher's page, or on ours where the site is not known.

    `from` says by which way somebody came; whoever counts views counts that (analytics).
    """
    rows = Comment.objects.select_related("thread__forum").filter(is_shown=True)
    found = rows.filter(id=ids.private(comment) or 0).first()
    if found is None:
        return _gone(comment)
    thread = found.thread
    place = f"/t/{thread.public_id}/?sort={AROUND}&after={comment}#c-{comment}"
    if is_known_origin(thread.forum, thread.url):
        place = f"{thread.url.partition('#')[0]}#voxpop-{comment}"
    return Snapshot(
        b"",
        status=302,
        keys=keys.worn_by_thread(thread.public_id, thread.forum.shortname),
        seq=thread.seq,
        headers={"Location": place},
    )


@shared("comment_page")
def comment_page(asked: Asked, comment: str) -> Snapshot:
    """The comment with what networks read of it, and the ways to share it. Who came by a shared
    link is led on at once: networks read this page, people the publisher's."""
    found = find_shared(comment)
    if found is None:
        return _gone(comment)
    way = way_of(f"from={asked.known.get('from', '')}")
    is_on_site = is_known_origin(found.forum, found.thread.url)
    w = words(found.language)
    context = {
        **_context(found),
        "onward": f"{found.path}?from={way}" if way and is_on_site else "",
        "page_url": found.thread.url if is_on_site else "",
        "description": found.said(SHOWN),
        "has_picture": found.has_picture,
        "width": WIDTH,
        "height": HEIGHT,
        "links": share_links(f"{found.path}/", f"“{found.said(QUOTED)}” {found.title}", w["email"]),
        "code": frame_code(found),
    }
    body = render_to_string("pages/comment.html", context)
    return Snapshot(body.encode(), **found.worn(), headers={"Content-Language": found.language})


@shared("comment_frame")
def comment_frame(asked: Asked, comment: str) -> Snapshot:
    """The comment for a frame on anybody's page: nothing in it acts, a link leads to the thread."""
    found = find_shared(comment)
    if found is None:
        gone = _gone(comment)
        gone.headers["Content-Security-Policy"] = FRAME_SECURITY
        return gone
    body = render_to_string("pages/comment_frame.html", {**_context(found), "way": Way.EMBED})
    return Snapshot(
        body.encode(),
        **found.worn(),
        headers={
            "Content-Language": found.language,
            "Content-Security-Policy": FRAME_SECURITY,
        },
    )


@shared("comment_picture")
def comment_picture(asked: Asked, comment: str) -> Snapshot:
    """The comment drawn, where its letters can be; there is none of what is not published."""
    found = find_shared(comment)
    if found is None or found.thread.is_sensitive:
        raise Missing(keys.worn_by_missing_comment(comment))
    body = drawn(found.picture)
    if body is None:
        raise Missing(found.worn()["keys"], found.thread.seq)
    return Snapshot(body, **found.worn(), content_type="image/png")


def frame_code(found: Shared, width: int = 0, height: int = 0) -> str:
    """What somebody pastes into his page to show the comment."""
    return render_to_string(
        "pages/frame_code.html",
        {
            "src": f"{settings.HOST}{found.path}/frame",
            "title": found.title,
            "width": width or FRAME_WIDTH,
            "height": height or frame_height(found),
        },
    ).strip()


FRAME_WIDTH = 600
LOWEST, HIGHEST = 170, 640


def frame_height(found: Shared, width: int = FRAME_WIDTH) -> int:
    """About as high as the comment is at this width; a longer one scrolls in its frame."""
    letters_in_a_line = max(20, (width - 60) // 8)
    lines = sum(
        1 + len(line) // letters_in_a_line for line in plain(found.comment.html, 4000).splitlines()
    )
    return min(HIGHEST, max(LOWEST, 150 + 26 * lines))


def _context(found: Shared) -> dict[str, Any]:
    return {
        "shared": found,
        "host": settings.HOST,
        "direction": direction(found.language),
        "w": words(found.language),
        "html": mark_safe(found.comment.html),  # noqa: S308 - sanitised when it was written
        "badge": labels.labels(found.language).get(labels.BADGES.get(found.comment.badge, ""), ""),
    }


def _gone(comment: str) -> Snapshot:
    worn = keys.worn_by_missing_comment(comment)
    return missing("This comment is not here any more.", keys=worn)
