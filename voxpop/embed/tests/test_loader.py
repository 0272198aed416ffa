"""The loader on a publisher's page: late or twice, under a strict policy, in one-page apps."""

from urllib.parse import quote

import pytest
from django.test import Client

from tests.browser.harness.waiting import until
from voxpop.embed.tests.conftest import PAGE, Post
from voxpop.embed.tests.reader_frame import HOST, Tab, answers, host_page, tab, thread_path

__all__ = ["tab"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db]
STRICT = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
    f' script-src {HOST}; frame-src {HOST}; connect-src {HOST}">'
)
COUNTS = f"/api/v1/forums/magazine/counts?urls={quote(quote(PAGE, safe=''), safe='')}"
WIDGET = "/embed/magazine/widget?kind=recent"
ELSEWHERE = "https://magazine.test/two"
OTHER = f"/embed/magazine/thread?u={quote(ELSEWHERE, safe='')}"


def frames(page: object) -> list[str]:
    return page.eval_on_selector_all("iframe", "all => all.map((one) => one.src.split('#')[0])")  # type: ignore[attr-defined]


def test_it_works_under_a_strict_policy_with_counts_and_widgets(
    client: Client, tab: Tab, post: Post
) -> None:
    post("Said on the page")
    body = (
        f'<a href="{PAGE}#x" data-voxpop-count></a>'
        '<div class="voxpop" data-forum="magazine" data-loading="eager"></div>'
        '<div class="voxpop-widget" data-forum="magazine" data-kind="recent"></div>'
        f'<script async src="{HOST}/count.js" data-forum="magazine"></script>'
    )
    said = answers(client, thread_path(), COUNTS, WIDGET)
    with tab(said, {PAGE: host_page(body, head=STRICT)}) as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.goto(PAGE)
        until(page, "document.querySelector('[data-voxpop-count]').textContent === '1'")
        for place in (".voxpop iframe", ".voxpop-widget iframe"):
            frame = page.wait_for_selector(place).content_frame()  # type: ignore[union-attr]
            assert frame is not None
            frame.wait_for_selector("text=Said on the page")
            until(page, f"parseInt(document.querySelector('{place}').style.height) > 60")
        assert [text for text in problems if "Content Security" in text or "Error" in text] == []


def test_once_late_or_twice_there_is_one_frame(client: Client, tab: Tab, post: Post) -> None:
    post()
    inject = f"""() => new Promise((done) => {{ const script = document.createElement('script');
        script.src = '{HOST}/embed.js'; script.onload = done; document.head.append(script); }})"""
    pages = {PAGE: '<!doctype html><title>Elm</title><div class="voxpop" data-forum="magazine">'}
    with tab(answers(client, thread_path()), pages) as page:
        page.goto(PAGE)
        for _ in range(3):
            page.evaluate(inject)
        assert frames(page) == [HOST + thread_path()]
        page.evaluate("""() => { const late = document.createElement('div'); late.className =
            'voxpop'; late.dataset.forum = 'magazine'; document.body.append(late) }""")
        page.evaluate(inject)
        assert len(frames(page)) == 2


def test_a_one_page_app_resets_and_destroys(client: Client, tab: Tab, post: Post) -> None:
    post()
    post(url=ELSEWHERE)
    said = answers(client, thread_path(), OTHER)
    with tab(said, {PAGE: host_page()}) as page:
        page.goto(PAGE)
        page.wait_for_selector("iframe")
        page.evaluate("Voxpop.reset(document.querySelector('.voxpop'), {url: '/two'})")
        assert frames(page) == [HOST + OTHER]
        page.evaluate("Voxpop.destroy()")
        assert frames(page) == []
        page.evaluate("Voxpop.reset()")
        assert frames(page) == [HOST + thread_path()]


def test_a_mistake_on_the_page_is_told_and_throws_nothing(
    client: Client, tab: Tab, post: Post
) -> None:
    body = (
        '<div class="voxpop"></div><div class="voxpop" data-forum="nobody"></div>'
        '<div class="voxpop" data-forum="magazine" data-url="http://[">'
    )
    listen = (
        "<script>codes = []; addEventListener('voxpop:error', (event) =>"
        " codes.push(event.detail.code)); addEventListener('error', () => codes.push('thrown'))"
        "</script>"
    )
    nobody = thread_path().replace("magazine/", "nobody/", 1)
    with tab(answers(client, nobody), {PAGE: host_page(body, head=listen)}) as page:
        page.goto(PAGE)
        until(page, "window.Voxpop && codes.length === 2")
        assert page.evaluate("codes") == ["forum_missing", "unavailable"]
        page.evaluate("codes = []; Voxpop.reset({nothing: 1}); Voxpop.destroy(7)")
        assert set(page.evaluate("codes")) == {"forum_missing"}


def test_a_thread_far_below_is_not_fetched_until_it_comes_near(
    client: Client, tab: Tab, post: Post
) -> None:
    post()
    body = '<p style="height:9000px"></p><div class="voxpop" data-forum="magazine"></div><p>End</p>'
    with tab(answers(client, thread_path()), {PAGE: host_page(body)}) as page:
        page.goto(PAGE)
        page.wait_for_selector("iframe", state="attached")
        assert frames(page) == [""]
        page.evaluate(
            "shift = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
            " shift += one.value }).observe({type: 'layout-shift', buffered: true});"
            "scrollTo(0, 8000)"
        )
        until(page, "parseInt(document.querySelector('iframe').style.height) > 100")
        page.wait_for_timeout(300)
        assert page.evaluate("shift") == 0


def test_a_page_that_turned_dark_before_the_frame_could_hear_has_a_dark_frame(
    client: Client, tab: Tab, post: Post
) -> None:
    """A style sheet that comes late: the frame was asked for as light, and told before it heard."""
    post()
    with tab(answers(client, thread_path()), {PAGE: host_page()}) as page:
        held = []
        page.route("**/reader*.js", lambda route: held.append(route))
        page.goto(PAGE)
        page.wait_for_selector("iframe")
        while not held:
            page.wait_for_timeout(20)
        page.evaluate("document.body.style.background = '#111'")
        until(page, "document.querySelector('iframe').style.colorScheme === 'dark'")
        page.unroute("**/reader*.js")
        held[0].fallback()
        frame = page.query_selector("iframe").content_frame()  # type: ignore[union-attr]
        assert frame is not None
        until(frame, "document.documentElement.dataset.theme === 'dark'")
