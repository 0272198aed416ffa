"""What the toolbar does to a text, run where it runs."""

from typing import Any

import pytest

from voxpop.embed.tests.write_frame import Frame, chromium, frame

__all__ = ["chromium", "frame"]
pytestmark = pytest.mark.browser

# format, text with the selection between ‹ and ›, what becomes of it
CASES = [
    ("bold", "a ‹b› c", "a **‹b›** c"),
    ("bold", "a **‹b›** c", "a ‹b› c"),
    ("italic", "‹›", "_‹›_"),
    ("link", "see ‹this›", "see [this](‹https://›)"),
    ("link", "see ‹›", "see [‹›](https://)"),
    ("link", "‹https://a.example/x›", "[‹›](https://a.example/x)"),
    ("code", "a ‹b› c", "a `‹b›` c"),
    ("code", "‹a\nb›", "```\n‹a\nb›\n```\n"),
    ("code", "x‹a\nb›", "x\n```\n‹a\nb›\n```\n"),
    ("quote", "one\ntw‹o\nthr›ee", "one\n> tw‹o\n> thr›ee"),
    ("list", "- ‹a\n- b›", "‹a\nb›"),
    ("list", "‹a\nb›", "- ‹a\n- b›"),
]


def mark(selected: dict[str, Any]) -> str:
    text, start, end = selected["text"], selected["start"], selected["end"]
    return f"{text[:start]}‹{text[start:end]}›{text[end:]}"


def test_each_format_changes_the_text_and_keeps_the_selection(frame: Frame) -> None:
    frame.open()
    for name, before, after in CASES:
        start = before.index("‹")
        end = before.index("›") - 1
        selected = {"text": before.replace("‹", "").replace("›", ""), "start": start, "end": end}
        got = frame.page.evaluate(
            "([name, selected]) => import('/static/embed/write/format.js')"
            ".then(({ FORMATS }) => FORMATS[name](selected))",
            [name, selected],
        )
        assert mark(got) == after, (name, before)
