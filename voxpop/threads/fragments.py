"""A comment's fragment: the bytes a page is joined of, made once, when the comment changes.

It knows no viewer, no clock and no language: my votes and powers are laid over it in the browser,
times are `<time>` elements that the browser words, words are tokens (see labels.py). Articles are
flat: depth is a custom property, so that a page is a list of rows and folds by its own width.

What is the same for every comment is not repeated in it: the frame's script gives each its buttons
from one template (tree.js), the public page its schema.org properties (pages/public.py).
"""

from html import escape

from voxpop import ids
from voxpop.accounts.faces import Face, face_of
from voxpop.accounts.models import Author
from voxpop.accounts.names import DELETED
from voxpop.threads import labels
from voxpop.threads.models import Comment, Status

_CONTROLS = dict.fromkeys(range(0x20))


def comment_fragment(comment: Comment, author: Author) -> bytes:
    """The HTML of one comment; of one that is not published only its place in the tree."""
    if comment.status != Status.PUBLISHED:
        place = _opening(comment, None)
        return f'{place}<p class="body">{labels.REMOVED}</p></article>'.encode()
    face = face_of(author, comment.forum_id)
    return (
        f"{_opening(comment, face)}{_header(comment, face)}"
        f'<div class="body" dir="auto">{comment.html}</div>'
        f"{_footer(comment)}</article>"
    ).encode()


def _opening(comment: Comment, face: Face | None) -> str:
    public = ids.public(comment.id)
    parent = f' data-parent="{ids.public(comment.parent_id)}"' if comment.parent_id else ""
    writer = f' data-author="{ids.public(face.id)}"' if face else ""
    return (
        f'<article class="{"c" if face else "c gone"}" id="c-{public}" data-id="{public}"{parent}'
        f' data-depth="{comment.depth}"{writer} data-revision="{comment.revision}"'
        f' style="--d:{comment.depth}">'
    )


def _header(comment: Comment, face: Face) -> str:
    # Of somebody who was erased the word for that, in the page's language.
    is_deleted = face.name == DELETED
    shown = labels.DELETED_USER if is_deleted else escape(face.name.translate(_CONTROLS))
    letters = "" if is_deleted else escape(face.initials)
    if face.profile:
        shown = f'<a href="{face.profile}" target="_blank">{shown}</a>'
    elif face.site_profile:
        href = escape(face.site_profile)
        shown = f'<a href="{href}" target="_blank" rel="nofollow ugc noopener">{shown}</a>'
    picture = f'<img src="{face.picture}" alt="" loading="lazy">' if face.avatar else ""
    public = ids.public(comment.id)
    when = comment.created.isoformat(timespec="seconds").replace("+00:00", "Z")
    badge = labels.BADGES.get(comment.badge, "")
    return (
        f'<i class="av" style="--h:{face.hue}" data-i="{letters}"'
        ' aria-hidden="true">'
        f'{picture}</i><header><span class="who"><bdi>{shown}</bdi></span>'
        + (f'<b class="badge">{badge}</b>' if badge else "")
        + (
            f'<a class="re" href="#c-{ids.public(comment.parent_id)}">{labels.IN_REPLY}</a>'
            if comment.parent_id
            else ""
        )
        + f'<a class="when" href="/c/{public}" target="_blank">'
        f'<time datetime="{when}">{when[:10]}</time></a>'
        + (f'<span class="ed">{labels.EDITED}</span>' if comment.edited else "")
        + "</header>"
    )


def _footer(comment: Comment) -> str:
    return (
        f'<footer class="acts"><span class="n up">{comment.up or ""}</span>'
        f'<span class="n down">{comment.down or ""}</span></footer>'
    )
