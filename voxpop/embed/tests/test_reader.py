"""Reading in a real Chromium: what is new, what is far away, what goes wrong."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Frame, Page

from tests.browser.harness.waiting import until
from voxpop.embed.tests.conftest import PAGE, Post
from voxpop.embed.tests.reader_frame import Answers, Tab, answers, host_page, tab, thread_path
from voxpop.forums.actions import change_settings
from voxpop.forums.models import Forum
from voxpop.threads.actions import edit_comment, fold_votes, lock_thread, remove_comment, vote
from voxpop.threads.models import Comment, Status, Thread
from voxpop.trending.counting import feel_threads

__all__ = ["tab"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def news_since(client: Client, seq: int) -> tuple[str, Any]:
    """The tail after a place: the address without `hold`, and what the product answers there."""
    path = f"/api/v1/threads/{Thread.objects.get().public_id}/events?after={seq}"
    response = client.get(path)
    return path, (200, dict(response.items()), response.content)


def seq_now() -> int:
    return Thread.objects.get().seq


def deliver(said: Answers, path: str, answer: Any) -> None:
    said[path] = said[f"{path}&hold=1"] = answer


def open_frame(page: Page, address: str = PAGE) -> Frame:
    page.goto(address)
    until(page, "document.querySelector('iframe')?.offsetHeight > 200")
    frame = page.wait_for_selector("iframe").content_frame()  # type: ignore[union-attr]
    assert frame is not None
    frame.wait_for_selector("#comments")
    return frame


def top_of(frame: Frame, comment: Comment) -> float:
    found: float = frame.eval_on_selector(
        f"#c-{comment.public_id}", "one => one.getBoundingClientRect().top"
    )
    return found


def test_what_is_new_is_offered_and_moves_nothing_that_is_read(
    client: Client, tab: Tab, post: Post
) -> None:
    read = [post() for _ in range(12)][-1]
    said = answers(client, thread_path())
    place = seq_now()
    new = post("Breaking news")
    path, answer = news_since(client, place)
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        before = top_of(frame, read)
        deliver(said, path, answer)
        frame.wait_for_selector("text=1 new comment")
        assert frame.query_selector(f"#c-{new.public_id}") is None
        assert top_of(frame, read) == before
        assert frame.inner_text("#count") == "13"
        frame.click("text=1 new comment")
        frame.wait_for_selector("text=Breaking news")
        assert frame.evaluate("document.activeElement.id") == f"c-{new.public_id}"
        assert frame.query_selector(".pill") is None


def test_a_first_comment_and_one_out_of_sight_appear_at_once(
    client: Client, tab: Tab, post: Post
) -> None:
    roots = [post() for _ in range(20)]
    said = answers(client, thread_path())
    place = seq_now()
    reply = post("Far below", parent=roots[0])  # the oldest is the last of the page
    path, answer = news_since(client, place)
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        before = top_of(frame, roots[10])
        deliver(said, path, answer)
        frame.wait_for_selector(f"#c-{reply.public_id}", state="attached")
        assert top_of(frame, roots[10]) == before
        frame.click("text=1 new comment")
        until(page, "scrollY > 500")


def test_edits_votes_removals_and_locks_are_applied_in_place(
    client: Client, tab: Tab, post: Post
) -> None:
    first, second, third = post("One"), post("Two"), post("Three")
    child = post("Child of three", parent=third)
    voter = post("Somebody else").author
    said = answers(client, thread_path())
    place = seq_now()
    edit_comment(comment=first, author=first.author, source="One and a half", revision=1)
    remove_comment(second, Status.SPAM)
    remove_comment(third, Status.SPAM)
    Comment.objects.filter(id=child.id).update(author=voter)
    lock_thread(first.thread, True)
    path, answer = news_since(client, place)
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        assert frame.is_visible("#composer")
        deliver(said, path, answer)
        frame.wait_for_selector("text=One and a half")
        frame.wait_for_selector(f"#c-{second.public_id}", state="detached")
        assert "Three" not in frame.inner_text(f"#c-{third.public_id}")
        assert "removed" in frame.inner_text(f"#c-{third.public_id}")
        assert "Child of three" in frame.inner_text(f"#c-{child.public_id}")
        assert frame.inner_text(f"#c-{first.public_id} .ed") == "edited"
        assert frame.is_visible("text=This discussion is closed.")
        assert not frame.is_visible("#composer")


def test_folded_votes_change_a_number_and_leave_the_keyboard_where_it_is(
    client: Client, tab: Tab, post: Post, ann: Any
) -> None:
    comment = post()
    said = answers(client, thread_path())
    place = seq_now()
    other = type(ann).objects.create(kind="guest", name="Bo", forum=ann.forum)
    vote(comment=comment, author=other, value=1)
    fold_votes()
    path, answer = news_since(client, place)
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        frame.focus("[data-act=reply]")
        deliver(said, path, answer)
        frame.wait_for_selector(".n.up:text('1')")
        assert frame.evaluate("document.activeElement.dataset.act") == "reply"


def test_a_link_opens_at_a_comment_of_a_branch_that_is_not_on_the_page(
    client: Client, tab: Tab, post: Post
) -> None:
    root = post()
    chain = [post(parent=root)]
    for _ in range(30):
        chain.append(post(parent=chain[-1]))
    target = chain[25]
    base = f"/embed/magazine/thread/{root.thread.public_id}"
    said = answers(
        client, thread_path(), f"{base}/around?comment={target.public_id}", f"{base}/more"
    )
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page, f"{PAGE}#voxpop-{target.public_id}")
        frame.wait_for_selector(f"#c-{target.public_id}.lit")
        assert frame.query_selector(f"#c-{root.public_id}") is not None
        frame.click("text=Show all comments")
        frame.wait_for_selector(f"#c-{target.public_id}", state="detached")


def test_a_folded_branch_is_hidden_and_counted(client: Client, tab: Tab, post: Post) -> None:
    root = post()
    for _ in range(3):
        post(parent=root)
    after = post()
    with tab(answers(client, thread_path()), {PAGE: host_page()}) as page:
        frame = open_frame(page)
        fold = f"#c-{root.public_id} .fold"
        frame.click(fold)
        assert frame.inner_text(fold) == "+3"
        assert frame.get_attribute(fold, "aria-expanded") == "false"
        assert len(frame.query_selector_all(".c[hidden]")) == 3
        assert frame.is_visible(f"#c-{after.public_id}")
        frame.click(fold)
        assert frame.query_selector(".c[hidden]") is None


def test_what_could_not_be_loaded_says_so_and_can_be_asked_for_again(
    client: Client, tab: Tab, post: Post
) -> None:
    for _ in range(55):
        post()
    start = client.get(thread_path()).content.decode()
    after = re.findall(r'class="more" data-after="([^"]+)"', start)[0]
    more = f"/embed/magazine/thread/{Thread.objects.get().public_id}/more?after={after}"
    said = answers(client, thread_path(), more)
    good = said.pop(more)
    said[more] = (503, {"Content-Type": "application/problem+json"}, b"{}")
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        frame.click(".more a")
        frame.wait_for_selector("text=This could not be loaded.")
        said[more] = good
        frame.click(".more a")
        until(frame, "document.querySelectorAll('.c').length === 55")
        assert frame.inner_text("#notes") == ""


def test_more_from_this_site_offers_other_threads_and_not_this_one(
    client: Client, tab: Tab, forum: Forum, post: Post
) -> None:
    change_settings(forum=forum, changes={"shows_more": True})
    post()
    title = 'A fox <img src=x onerror="alert(1)">'
    Thread.objects.filter(id=post(url="https://magazine.test/fox").thread_id).update(title=title)
    feel_threads()
    said = answers(client, thread_path(), "/api/v1/forums/magazine/trending")
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        frame.wait_for_selector("#site a")
        links = frame.eval_on_selector_all(
            "#site a", "found => found.map(a => [a.textContent, a.href, a.target])"
        )
        assert links == [[title, "https://magazine.test/fox", "_top"]]
        assert frame.inner_text("#site h2") == "More from this site"


def test_the_comments_are_whole_without_more_from_this_site(
    client: Client, tab: Tab, forum: Forum, post: Post
) -> None:
    change_settings(forum=forum, changes={"shows_more": True})
    post()
    said = answers(client, thread_path())
    with tab(said, {PAGE: host_page()}) as page:
        frame = open_frame(page)
        frame.wait_for_selector("article")
        page.wait_for_timeout(300)
        assert not frame.is_visible("#site")
