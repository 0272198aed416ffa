"""The iframe's page and its pieces: the same bytes for everybody, whole without scripts."""

import re
from urllib.parse import quote

import orjson
import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from voxpop.accounts.avatars import avatar_path
from voxpop.accounts.models import Author
from voxpop.embed.tests.conftest import PAGE, Post
from voxpop.forums.actions import change_settings
from voxpop.forums.models import Forum, Site
from voxpop.threads.actions import hold_comment, lock_thread, remove_comment
from voxpop.threads.models import Comment, Status, Thread
from voxpop.trending.counting import feel_threads
from voxpop.words.languages import LANGUAGES

pytestmark = pytest.mark.django_db
HERE = f"/embed/magazine/thread?u={quote(PAGE, safe='')}"


def shown(html: str) -> list[str]:
    return re.findall(r'id="c-([0-9a-z]+)"', html)


def facts(html: str, name: str = "facts") -> dict:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html)
    assert found is not None
    return orjson.loads(found[1])


def get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_a_page_nobody_has_written_on_has_an_id_and_no_row(client: Client, forum: Forum) -> None:
    html = get(client, HERE)
    assert Thread.objects.count() == 0
    assert len(facts(html)["thread"]) == 20
    assert facts(html)["seq"] == 0
    assert "Be the first" in html


def test_the_empty_page_and_the_first_comment_have_the_same_thread(
    client: Client, post: Post
) -> None:
    before = facts(get(client, HERE))["thread"]
    assert post().thread.public_id == before
    assert facts(get(client, HERE))["thread"] == before


@pytest.mark.broad
def test_the_number_of_queries_does_not_grow_with_the_thread(client: Client, post: Post) -> None:
    counts = []
    for size in (4, 60):
        parent = None
        while Comment.objects.count() < size:
            parent = post(parent=parent if Comment.objects.count() % 3 else None)
        get(client, HERE)
        Thread.objects.update(seq=Thread.objects.get().seq + 1)  # nothing warm may answer
        with CaptureQueriesContext(connection) as queries:
            get(client, HERE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8, counts


@pytest.mark.broad
def test_all_pages_and_branches_together_are_the_thread(client: Client, post: Post) -> None:
    parent = None
    for number in range(130):
        parent = post(parent=parent if number % 40 else None)
    html = get(client, HERE)
    seen = shown(html)
    base = f"/embed/magazine/thread/{facts(html)['thread']}"
    waiting = [html]
    while waiting:
        html = waiting.pop()
        for root, after in re.findall(r'class="gap" data-root="(\w+)" data-after="([^"]+)"', html):
            waiting.append(get(client, f"{base}/branch?comment={root}&after={after}"))
            seen += shown(waiting[-1])
        for after in re.findall(r'class="more" data-after="([^"]+)"', html):
            waiting.append(get(client, f"{base}/more?after={after}"))
            seen += shown(waiting[-1])
    assert len(seen) == len(set(seen)) == 130


@pytest.mark.parametrize("sort", ["best", "newest", "oldest"])
def test_each_order_is_a_page_and_says_which_it_is(client: Client, post: Post, sort: str) -> None:
    first, last = post(), post()
    html = get(client, f"{HERE}&sort={sort}")
    expected = [first.public_id, last.public_id]
    assert shown(html) == (expected if sort == "oldest" else expected[::-1])
    assert re.search(rf'data-sort="{sort}"[^>]+aria-current', html)


def test_a_link_opens_at_its_comment_with_what_it_answers(client: Client, post: Post) -> None:
    chain = [post()]
    for _ in range(4):
        chain.append(post(parent=chain[-1]))
    base = f"/embed/magazine/thread/{chain[0].thread.public_id}"
    html = get(client, f"{base}/around?comment={chain[3].public_id}")
    assert f'id="target" data-id="{chain[3].public_id}"' in html
    assert shown(html) == [comment.public_id for comment in chain]


def test_an_imported_comments_old_id_still_leads_to_it(client: Client, post: Post) -> None:
    comment = post()
    Comment.objects.filter(id=comment.id).update(imported_id="4711")
    base = f"/embed/magazine/thread/{comment.thread.public_id}"
    assert f'data-id="{comment.public_id}"' in get(client, f"{base}/around?comment=4711")
    assert client.get(f"{base}/around?comment=4712").status_code == 404


def test_a_comment_of_another_forum_is_not_reached_through_this_one(
    client: Client, post: Post
) -> None:
    other = Forum.objects.create(shortname="other", name="Other")
    thread = post().thread
    assert client.get(f"/embed/other/thread/{thread.public_id}/more").status_code == 404
    Thread.objects.filter(id=thread.id).update(forum=other)
    assert client.get(f"/embed/magazine/thread/{thread.public_id}/more").status_code == 404


def test_what_is_held_or_removed_is_on_no_page(client: Client, post: Post) -> None:
    held, spam = post("Wait for me"), post("Buy this")
    kept = post("Keep me")
    answer = post("An answer", parent=kept)
    base = f"/embed/magazine/thread/{kept.thread.public_id}"
    hold_comment(held)
    remove_comment(spam, Status.SPAM)
    remove_comment(kept, Status.DELETED)
    for path in (HERE, f"{base}/more", f"{base}/around?comment={answer.public_id}"):
        html = get(client, path)
        for text in ("Wait for me", "Buy this", "Keep me"):
            assert text not in html
        assert "This comment was removed." in html
    for comment in (held, spam):
        assert client.get(f"{base}/around?comment={comment.public_id}").status_code == 404


@pytest.mark.broad
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_token_of_a_fragment_becomes_a_word(
    client: Client, post: Post, language: str
) -> None:
    comment = post()
    Comment.objects.filter(id=comment.id).update(badge="moderator", edited=comment.created)
    gone = post(parent=comment)
    post(parent=gone)
    remove_comment(gone, Status.DELETED)
    html = get(client, f"{HERE}&lang={language}")
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", html)
    assert f'<html lang="{language}"' in html


def test_a_forums_own_wording_and_colour_are_on_its_page(client: Client, forum: Forum) -> None:
    get(client, HERE)
    forum.greeting, forum.placeholder, forum.accent = "Your turn", "Say <it>", "#aa0044"
    forum.revision += 1
    forum.save()
    html = get(client, HERE)
    assert "Your turn" in html
    assert "Say &lt;it&gt;" in html
    assert "--chosen:#aa0044" in html


def test_more_from_this_site_is_on_no_page_but_where_the_forum_wants_it(
    client: Client, forum: Forum
) -> None:
    assert "site.js" not in get(client, HERE)
    assert 'id="site"' not in get(client, HERE)
    change_settings(forum=forum, changes={"shows_more": True})
    html = get(client, HERE)
    assert re.search(r'<script type="module" src="/static/embed/site[.\w]*\.js">', html)
    assert '<aside id="site"' in html


def test_a_colour_that_is_not_one_stays_out_of_the_page(client: Client, forum: Forum) -> None:
    Forum.objects.update(accent='"><b>', revision=7)
    assert "--chosen" not in get(client, HERE)


def test_a_locked_thread_says_so(client: Client, post: Post) -> None:
    lock_thread(post().thread, True)
    html = get(client, HERE)
    assert '<body class="locked"' in html
    assert facts(html)["locked"] is True


def test_names_and_identifiers_cannot_leave_their_places(client: Client, post: Post) -> None:
    post()
    html = get(client, HERE)
    assert "Ann &lt;b&gt;Lee&lt;/b&gt;" in html
    evil = '"></script><script>alert(1)</script>'
    html = get(client, f"/embed/magazine/thread?i={quote(evil)}")
    assert "<script>alert" not in html
    assert facts(html)["query"] == {"i": evil}


def test_a_thread_is_named_one_way(client: Client, forum: Forum) -> None:
    assert client.get(f"{HERE}&i=elm").status_code == 400
    assert client.get("/embed/magazine/thread").status_code == 400
    assert client.get(f"{HERE}&sort=oldest&sort=best").status_code == 400
    assert client.get(f"{HERE}&sort=loudest").status_code == 400


def test_an_unknown_forum_gets_a_page_that_says_what_to_do(client: Client, db: None) -> None:
    response = client.get("/embed/nobody/thread?i=1")
    assert response.status_code == 404
    assert b"data-forum" in response.content
    assert "frame-ancestors *" in response["Content-Security-Policy"]


def test_widgets_show_the_newest_and_what_is_discussed(
    client: Client, forum: Forum, post: Post
) -> None:
    assert "Nothing here yet" in get(client, "/embed/magazine/widget")
    post("I said *this* & <that>")
    recent = get(client, "/embed/magazine/widget?kind=recent")
    assert "I said this &amp; &lt;that&gt;" in recent
    feel_threads()
    assert PAGE in get(client, "/embed/magazine/widget?kind=trending")


def test_an_avatar_is_drawn_from_its_address_alone(client: Client, ann: Author) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(avatar_path(ann.id, ann.name))
    assert response["Content-Type"] == "image/svg+xml"
    assert b">AB</text>" in response.content
    assert len(queries) == 0
    assert client.get("/avatar/<script>.svg").status_code == 404


def test_a_new_site_may_frame_the_page_at_once(client: Client, forum: Forum) -> None:
    assert "blog.test" not in client.get(HERE)["Content-Security-Policy"]
    site = Site.objects.create(forum=forum, origin="https://blog.test")
    response = client.get(HERE)
    assert "https://blog.test" in response["Content-Security-Policy"]
    assert "https://blog.test" in facts(response.content.decode(), "shell")["origins"]
    site.delete()
    assert "blog.test" not in client.get(HERE)["Content-Security-Policy"]


def test_a_forum_has_its_own_word_for_replying(client: Client, post: Post) -> None:
    comment = post()
    Forum.objects.update(reply_label="Answer <this>", revision=F("revision") + 1)
    page = client.get("/embed/magazine/thread", {"u": comment.thread.url}).content
    assert b'data-act="reply">Answer &lt;this&gt;</button>' in page
    public = client.get(f"/t/{comment.thread.public_id}/").content
    assert b"Answer &lt;this&gt;</button>" in public
