"""SAFETY R21: in sierotki a guessed placeholder gave raw markup back (CVE-2026-124216)."""

from html import escape

import pytest

from tests.corpora import RENDERERS
from voxpop.threads import labels
from voxpop.threads.markup import render

PLACEHOLDERS = [
    "%%PLACEHOLDER_0%%",
    "{{0}}",
    "{0}",
    "{names}",
    "$1",
    "\\1",
    "\\g<0>",
    "@@LINK0@@",
    "[[[MENTION:1]]]",
    "wzxhzdk:0",
    "STX0ETX",
    "klzzwxh:0000",
    "&&&html0&&&",
    "xBLOCKx0x",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_it_survives_literally_beside_what_is_rendered(text):
    shown = render(f"{text.replace(chr(92), chr(92) * 2)} **b** <i>c</i> http://a.example")
    assert escape(text, quote=False) in shown
    assert "<strong>b</strong> &lt;i&gt;c&lt;/i&gt;" in shown


def test_the_tokens_that_a_page_replaces_by_words_cannot_be_written():
    assert set(labels.TOKENS.values()) <= {chr(number) for number in range(0x20)} - set("\t\n\r")
    for number, token in enumerate(map(chr, range(0x20))):
        if token in "\t\n\r":
            continue
        spellings = [
            token,
            f"&#{number};",
            f"&#x{number:x};",
            f"`{token}`",
            f"[a](http://b/{token})",
        ]
        if not number:  # refused as it is: not every database keeps it
            spellings = spellings[1:3]
        for way, renderer in RENDERERS.items():
            for spelling in spellings:
                assert token not in renderer(f"a{spelling}b"), (way, spelling)
