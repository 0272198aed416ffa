"""SAFETY R01: Isso escaped new comments and forgot edits and names (CVE-2026-27469).

The same hostile texts go through every way in and into every field; then every page that shows
them is parsed by another parser than ours.
"""

import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import pytest
from django.test import Client
from justhtml import JustHTML

from tests.corpora import faults, foreign, read
from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.limits.rates import forget_all
from voxpop.moderation.actions.ban import ban_author
from voxpop.names import clean_name
from voxpop.sso.actions import sign_in
from voxpop.sso.models import SsoIdentity
from voxpop.sso.tests.site import SigningSite
from voxpop.threads.actions.rename import rename_author
from voxpop.threads.models import Comment, Thread
from voxpop.threads.tests.cast import PAGE, Cast
from voxpop.transfer.actions.import_forum import import_disqus

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

HOSTILE = read("hostile.json")["own"]
SAMPLE = HOSTILE[::12]
# These close what a page may have open around a name, a title or a snippet of JSON.
BREAKOUTS = [
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "--><script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)' x='",
    "\x01\x02\x03\x04 words",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}",
]


@pytest.fixture
def cast() -> Cast:
    return Cast()


def page_faults(page: str) -> list[str]:
    """What could run in a page of ours that is not ours, found by a parser."""
    found = []
    for node in JustHTML(page, sanitize=False).query("*"):
        for name, value in node.attrs.items():
            if name.startswith("on"):
                found.append(f"<{node.name} {name}>")
            address = "".join((value or "").split()).casefold()
            if name in {"href", "src", "action", "formaction"} and address.startswith("javascript"):
                found.append(f"<{node.name} {name}={value}>")
        if node.name == "script" and "alert(1)" in node.to_text() and not _is_data(node.attrs):
            found.append("<script>")
        if "body" in (node.attrs.get("class") or "").split() and node.name == "div":
            found += foreign(node.query("*"))
    return found


def _is_data(attributes: dict[str, str | None]) -> bool:
    return (attributes.get("type") or "") in {"application/json", "application/ld+json"}


def answers(cast: Cast, thread: Thread) -> dict[str, str]:
    """Every page and JSON answer that shows comments, names or titles."""
    forum = cast.forum.shortname
    reader, desk = Client(), Client()
    desk.force_login(cast.owner.author.user)
    api, embed = "/api/v1", f"/embed/{forum}/thread"
    shown = {
        path: reader.get(path, query)
        for path, query in [
            (f"{api}/forums/{forum}", {}),
            (f"{api}/forums/{forum}/threads", {"url": thread.url}),
            (f"{api}/forums/{forum}/comments", {}),
            (f"{api}/threads/{thread.public_id}", {}),
            (f"{api}/threads/{thread.public_id}/comments", {"limit": "100"}),
            (f"{api}/threads/{thread.public_id}/events", {"after": "0"}),
            (embed, {"u": thread.url}),
            (f"{embed}/{thread.public_id}/more", {"sort": "newest"}),
        ]
    }
    shown |= {
        path: desk.get(path, query, follow=True)
        for path, query in [
            ("/moderate/", {}),
            ("/moderate/", {"forum": forum}),
            ("/moderate/threads/", {"forum": forum}),
            ("/moderate/bans/", {"forum": forum}),
            ("/moderate/history/", {"forum": forum}),
            ("/home/", {}),
            (f"/home/forums/{forum}/", {}),
            (f"/home/forums/{forum}/people/", {}),
            (f"/home/forums/{forum}/settings/", {}),
            (f"/home/forums/{forum}/install/", {}),
        ]
    }
    assert {
        path: answer.status_code for path, answer in shown.items() if answer.status_code != 200
    } == {}
    return {
        path: answer.content.decode()
        for path, answer in shown.items()
        if "html" in answer["Content-Type"] or "json" in answer["Content-Type"]
    }


def check_pages(cast: Cast, thread: Thread) -> None:
    for path, body in answers(cast, thread).items():
        pieces = html_in(json.loads(body)) if path.startswith("/api/") else [body]
        for piece in pieces:
            assert page_faults(piece) == [], path


def html_in(value: Any, name: str = "") -> Iterator[str]:
    """The HTML that a JSON answer carries for scripts to show."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from html_in(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from html_in(inner, name)
    elif name in {"html", "fragment"} and value:
        yield f'<div class="body">{value}</div>' if name == "html" else value


def post(cast: Cast, source: str, author: Author | None = None) -> Comment | None:
    try:
        return cast.comment(source, author=author or cast.owner.author)
    except Problem as refusal:
        if refusal.code in {"source_empty", "source_too_long", "source_not_renderable"}:
            return None
        raise


def test_a_comment_posted_edited_or_previewed(cast):
    for text in HOSTILE[::3]:
        comment = post(cast, text)
        assert comment is None or faults(comment.html) == []
    comment = post(cast, "first")
    for text in SAMPLE:
        forget_all()
        comment.refresh_from_db()
        path = f"/comments/{comment.public_id}"
        body = {"source": text, "revision": comment.revision}
        assert cast.owner.send("PATCH", path, body).status_code in {200, 422}
        comment.refresh_from_db()
        assert faults(comment.html) == []
        preview = cast.owner.send("POST", "/preview", {"source": text})
        assert faults(preview.json().get("html", "")) == []
    check_pages(cast, comment.thread)


def test_a_name_or_a_title_from_anywhere(cast):
    for text in BREAKOUTS:
        author, _ = become_guest(forum=cast.forum, name=f"{text[:40]} {len(text)}")
        comment = post(cast, "hello", author)
        ban_author(forum=cast.forum, author=author, by=cast.owner.author.user, reason=text)
    rename_author(cast.owner.author, BREAKOUTS[0])
    Thread.objects.update(title=BREAKOUTS[2])
    Forum.objects.update(name=BREAKOUTS[2], greeting=BREAKOUTS[0], placeholder=BREAKOUTS[8])
    Forum.objects.update(post_label=BREAKOUTS[6][:40], reply_label=BREAKOUTS[4])
    post(cast, "after all that")
    check_pages(cast, comment.thread)
    shown = "".join(answers(cast, comment.thread).values())
    assert shown.count("&lt;svg onload=alert(1)&gt;") > 1, "they must be shown, as text"


def test_whatever_a_site_says_of_its_user(cast):
    """Every field that shows, or could lead somewhere, of a site's sign-in."""
    site = SigningSite(cast.forum)
    for number, text in enumerate(BREAKOUTS):
        told = {"picture": text, "profile": text, "email": text[:254], "roles": [text]}
        token = site.token(sub=f"u-{number} <b>", name=text, **told)
        author, _ = sign_in(forum=cast.forum, token=token)
        comment = post(cast, "hello", author)
        identity = SsoIdentity.objects.get(author=author)
        assert (identity.picture, identity.profile, author.email) == ("", "", "")
        assert author.name == clean_name(text)
    check_pages(cast, comment.thread)


def test_what_waits_for_a_moderator(cast):
    Forum.objects.update(is_premoderated=True)
    cast.forum.refresh_from_db()
    comment = post(cast, "first")
    for number, text in enumerate([*SAMPLE, *BREAKOUTS]):
        author, _ = become_guest(forum=cast.forum, name=f"Guest {number}")
        comment = post(cast, text, author) or comment
    assert Comment.objects.filter(status="held").count() > 50
    check_pages(cast, comment.thread)


def test_an_import(cast, tmp_path):
    file = tmp_path / "export.xml"
    file.write_text(disqus_export([*HOSTILE, *BREAKOUTS]), encoding="utf-8")
    import_disqus(forum=cast.forum, file=file)
    imported = list(Comment.objects.filter(forum=cast.forum))
    assert len(imported) > len(HOSTILE) / 2
    for comment in imported:
        assert faults(comment.html) == []
    for author in Author.objects.filter(forum=cast.forum):
        assert author.name == clean_name(author.name)
    for thread in Thread.objects.filter(forum=cast.forum):
        check_pages(cast, thread)


def test_the_check_of_pages_sees_what_is_wrong():
    for page in (
        '<p>x<img src=x onerror="alert(1)">',
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<script>alert(1)</script>",
    ):
        assert page_faults(page)


def disqus_export(texts: list[str]) -> str:
    """An export in which every text is somebody's comment, and some are names and titles too."""
    posts = "".join(
        f'<post dsq:id="{5000 + number}"><id/><message>{_xml(text)}</message>'
        "<createdAt>2024-01-04T10:00:00Z</createdAt><isDeleted>false</isDeleted>"
        f"<isSpam>false</isSpam><author><name>{_xml(text[:50])}</name>"
        f'<isAnonymous>true</isAnonymous></author><thread dsq:id="100"/></post>'
        for number, text in enumerate(texts)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><disqus xmlns="http://disqus.com" '
        'xmlns:dsq="http://disqus.com/disqus-internals"><category dsq:id="10"><forum>x</forum>'
        "<title>General</title><isDefault>true</isDefault></category>"
        f'<thread dsq:id="100"><id>story</id><forum>x</forum><category dsq:id="10"/>'
        f"<link>{PAGE}</link><title>{_xml(BREAKOUTS[2])}</title><message/>"
        "<createdAt>2024-01-02T03:04:05Z</createdAt><author><name>Ed</name>"
        "<isAnonymous>false</isAnonymous><username>ed</username></author>"
        f"<isClosed>false</isClosed><isDeleted>false</isDeleted></thread>{posts}</disqus>"
    )


def _xml(text: str) -> str:
    """Text that XML can carry: it has no control characters."""
    return escape("".join(each for each in text if each >= " " or each in "\t\n"))
