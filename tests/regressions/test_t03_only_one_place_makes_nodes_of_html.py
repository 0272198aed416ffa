"""SAFETY T03: HTML becomes nodes in dom.js alone, under a Trusted Types policy that is enforced."""

import re
from pathlib import Path

import pytest
from django.test import Client

import voxpop
from tests.browser.harness.waiting import until
from voxpop.embed.tests.conftest import PAGE, Post, ann, forum, post
from voxpop.embed.tests.reader_frame import Tab, answers, host_page, tab, thread_path

__all__ = ["ann", "forum", "post", "tab"]

SINKS = re.compile(
    r"\.(inner|outer)HTML\s*\W{0,3}=|[\"'`](inner|outer)HTML[\"'`]|insertAdjacentHTML|document\.write|createContextualFragment"
    r"|\bsrcdoc\b|DOMParser|setHTMLUnsafe|\beval\(|new Function|setTimeout\(\s*[\"'`]"
)


@pytest.mark.parametrize(
    "line",
    [
        "e.innerHTML = t",
        "e.innerHTML += t",
        "e.outerHTML ??= t",
        'e["innerHTML"] = t',
        "e.insertAdjacentHTML('beforeend', t)",
        "frame.srcdoc = t",
        "setTimeout('alert(1)')",
    ],
)
def test_a_sink_is_known_however_it_is_written(line: str) -> None:
    assert SINKS.search(line)


def test_no_other_script_has_a_sink() -> None:
    scripts = list(Path(voxpop.__file__).parent.glob("*/static/**/*.js"))
    assert len(scripts) > 15
    with_sinks = [script.name for script in scripts if SINKS.search(script.read_text())]
    assert with_sinks == ["dom.js"]


@pytest.mark.browser
@pytest.mark.django_db
def test_reading_a_thread_reports_no_violation(client: Client, tab: Tab, post: Post) -> None:
    for _ in range(60):
        last = post()
    thread = last.thread.public_id
    start = client.get(thread_path()).content.decode()
    after = re.search(r'class="more" data-after="([^"]+)"', start)
    assert after is not None
    base = f"/embed/magazine/thread/{thread}"
    said = answers(
        client, thread_path(), f"{base}/more?after={after[1]}", f"{base}/more?sort=oldest"
    )
    with tab(said, {PAGE: host_page()}) as page:
        reports: list[str] = []
        page.on("console", lambda message: reports.append(message.text))
        page.on("pageerror", lambda error: reports.append(str(error)))
        page.goto(PAGE)
        frame = page.wait_for_selector("iframe").content_frame()
        assert frame is not None
        frame.evaluate(
            "reports = []; addEventListener('securitypolicyviolation', (event) =>"
            " reports.push(event.violatedDirective))"
        )
        frame.click(".more a")
        until(frame, "document.querySelectorAll('article').length === 60")
        frame.click("[data-sort=oldest]")
        until(frame, "document.querySelectorAll('article').length === 50")
        frame.click(".fold")
        assert frame.evaluate("reports") == []
        assert [text for text in reports if "404" not in text] == []
        # The control: a sink without the policy is refused, and reported.
        assert (
            frame.evaluate(
                "() => { try { document.body.innerHTML = '<b>'; return 'done'; }"
                " catch (problem) { return problem.name; } }"
            )
            == "TypeError"
        )
        until(frame, "reports.includes('require-trusted-types-for')")
