"""SAFETY T32: shapes that make renderers, linkifiers and word lists go quadratic."""

import gc
import time
from collections.abc import Callable

import pytest

from voxpop.errors import Problem
from voxpop.names import clean_name
from voxpop.screening.words import find_word
from voxpop.threads.markup import (
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_IMPORTED,
    MOST_TAGS,
    render,
    render_imported,
)

pytestmark = pytest.mark.broad

SMALL, LARGE = MAX_CHARACTERS // 4, MAX_CHARACTERS
NAMES = {"ada": "0000000000001", "ada lovelace": "0000000000002"}

SHAPES: dict[str, Callable[[int], str]] = {
    "stars": lambda n: "*a " * n,
    "mixed emphasis": lambda n: "*_" * n + "a",
    "open emphasis": lambda n: "**a_ b" * n,
    "strikes": lambda n: "~~a" * n,
    "open brackets": lambda n: "[" * n,
    "open images": lambda n: "![" * n,
    "open links": lambda n: "[a](" * n,
    "nested images": lambda n: "![a" * n + "](b)" * n,
    "nested links": lambda n: "[a" * (n // 8) + "](http://b)" * (n // 8),
    "quotes": lambda n: "> " * n + "a",
    "lazy quotes": lambda n: "> a\n" + "b\n" * n,
    "quoted lists": lambda n: "> - " * n + "a",
    "list in list": lambda n: "".join("  " * deep + "- a\n" for deep in range(int(n**0.5))),
    "backticks": lambda n: "".join("`" * (width % 60) + " " for width in range(n)),
    "fences": lambda n: "```\n" * n + "a",
    "setext": lambda n: "a\n=\n" * n,
    "headings": lambda n: "# a\n" * n,
    "references": lambda n: (
        "".join(f"[r{each}]: http://b\n" for each in range(n // 40)) + "[r1]" * n
    ),
    "entities": lambda n: "&amp;" * n,
    "ampersands": lambda n: "&" * n,
    "angles": lambda n: "<" * n,
    "broken tags": lambda n: "<b x='" * n,
    "comments": lambda n: "<!--" * n,
    "instructions": lambda n: "<?" * n,
    "autolinks": lambda n: "<http://a>" * n,
    "addresses": lambda n: "http://a.b " * n,
    "address of brackets": lambda n: "http://a.b/" + ")" * n,
    "address of open brackets": lambda n: "http://a.b/" + "(" * n,
    "address of dots": lambda n: "http://a.b/" + "." * n,
    "www": lambda n: "www." * n,
    "disguised hosts": lambda n: "".join(f"http://ä{each}.бb " for each in range(n)),
    "at signs": lambda n: "@" * n + "a",
    "mentions": lambda n: "@ada " * n,
    "near mentions": lambda n: "@ada lovelac " * n,
    "marks": lambda n: "a" + "\u0301" * n,
    "joiners": lambda n: "\u200d" * n + "a",
    "spaces": lambda n: " " * n + "a",
    "tabs": lambda n: "\t" * n + "a",
    "newlines": lambda n: "a\n" * n,
    "backslashes": lambda n: "\\" * n + "a",
}
IMPORTED: dict[str, Callable[[int], str]] = {
    "tags": lambda n: "<b>" * n,
    "paragraphs": lambda n: "<p>" * n + "a",
    "anchors": lambda n: "<a href=http://b>" * n + "a",
    "images": lambda n: "<img " * n + ">",
    "image attributes": lambda n: "<img " + "src=" * n + ">",
    "wrapped links": lambda n: "https://disq.us/url?url=" * n,
    "mentions": lambda n: "@" + "a" * n + ":disqu",
    "blank lines": lambda n: "a\n \n" * n,
    "blanks": lambda n: "a\n" + " " * n + "b",
    "newlines": lambda n: "<pre" + "\n" * n,
    "lists": lambda n: "<ul><li>" * n,
}


def seconds(work: Callable[[], object]) -> float:
    """Processor time: what others do on the machine is mostly not ours. Nor is a look for garbage
    through all that the tests before have made, which only the longer text is long enough to meet.
    """
    gc.disable()
    try:
        start = time.process_time()
        work()
        return time.process_time() - start
    finally:
        gc.enable()


def grows_with_its_length(work: Callable[[int], object], small: int) -> None:
    # Neighbours on the machine and its caches slow a run down, nothing makes it faster; so the
    # quickest of some is its cost, and what is quadratic (16 times) never gets below six.
    short = long = float("inf")
    for _ in range(40):
        short = min(short, seconds(lambda: work(small)))
        long = min(long, seconds(lambda: work(4 * small)))
        # Below ten milliseconds a ratio measures the clock.
        if long < 0.5 and (long < 0.01 or long < 6 * short):
            return
    raise AssertionError(
        f"{short * 1000:.1f} ms became {long * 1000:.1f} ms at four times the size"
    )


def shown(renderer: Callable[[str], str], text: str) -> str:
    try:
        return renderer(text)
    except Problem as refusal:
        return refusal.code


@pytest.mark.parametrize("shape", SHAPES)
def test_typed_text(shape):
    def work(length: int) -> str:
        return shown(lambda text: render(text, NAMES), SHAPES[shape](length)[:length])

    assert work(SMALL) != "source_too_long"
    grows_with_its_length(work, SMALL)


@pytest.mark.parametrize("shape", IMPORTED)
def test_imported_text(shape):
    grows_with_its_length(
        lambda length: shown(render_imported, IMPORTED[shape](length)[:length]), MAX_IMPORTED // 4
    )


@pytest.mark.parametrize(
    ("word", "text"),
    [("a*" * 20, "a"), ("*a*a*a*b", "a"), ("a" * 100, "a"), ("a b " * 20, "a b "), ("*", "a")],
)
def test_word_lists(word, text):
    grows_with_its_length(lambda length: find_word(word, text * (length // len(text))), SMALL)


def test_a_list_of_thousands_of_words_is_read_and_searched():
    words = "\n".join(f"word{number}*" for number in range(5000))
    assert find_word(words, "a word4999s") == "word4999s"
    assert seconds(lambda: find_word(words, "nothing of it " * 700)) < 0.5


def test_names():
    grows_with_its_length(lambda length: clean_name("a\u0301\u200d " * length), SMALL)


def test_open_tags_are_counted_before_they_are_parsed():
    lists = "<ul><li>" * (MOST_TAGS // 2)
    assert seconds(lambda: render_imported(lists + "a")) < 0.5
    assert shown(render_imported, lists + "<b>a") == "source_not_renderable"


def test_longer_texts_are_refused_before_they_are_read():
    assert shown(render, "a" * MAX_CHARACTERS) == f"<p>{'a' * MAX_CHARACTERS}</p>\n"
    assert shown(render, "a" * (MAX_CHARACTERS + 1)) == "source_too_long"
    assert shown(render, "漢" * (MAX_BYTES // 3 + 1)) == "source_too_long"
    assert shown(render_imported, "a" * MAX_IMPORTED) == f"<p>{'a' * MAX_IMPORTED}</p>"
    assert shown(render_imported, "a" * (MAX_IMPORTED + 1)) == "source_too_long"
