"""SAFETY T33: a host that could pass for another is shown as what it is."""

import re
from html import unescape

import pytest

from tests.corpora import read
from voxpop.threads.markup import render
from voxpop.threads.markup.links import safe_href, show_address

DISGUISED = [
    "аpple.com",  # Cyrillic а
    "аррӏе.com",  # Cyrillic throughout
    "gооgle.com",
    "раураl.com",
    "ορεν.com",
    "microsоft.com",
    "bаnk.example",
    "xn--80ak6aa92e.com",
    "ɡооɡle.com",
]
HONEST = [
    "münchen.de",
    "日本のサイト.jp",
    "яндекс.рф",
    "한국.kr",
    "ελλάδα.gr",
    "例子.cn",
    "crème-brûlée.fr",
]


def links(html: str) -> list[tuple[str, str]]:
    return [
        (unescape(href), unescape(words))
        for href, words in re.findall('<a href="([^"]*)"[^>]*>(.*?)</a>', html)
    ]


@pytest.mark.parametrize("host", DISGUISED)
def test_a_disguised_host_is_shown_in_punycode(host):
    for text in (f"http://{host}/x", f"<http://{host}/x>", f"[http://{host}/x](http://{host}/x)"):
        ((href, words),) = links(render(text))
        assert href.startswith("http://xn--")
        assert words.startswith("http://xn--")


@pytest.mark.parametrize("host", HONEST)
def test_an_honest_host_is_shown_in_its_own_letters(host):
    ((href, words),) = links(render(f"http://{host}/x"))
    assert href.isascii()
    assert words == f"http://{host}/x"


def test_words_that_name_another_host_give_way_to_the_real_one():
    ((href, words),) = links(render("[https://bank.example/login](https://evil.example/)"))
    assert (href, words) == ("https://evil.example/", "https://evil.example/")
    ((_, words),) = links(render("[see https://bank.example/a](https://bank.example/b)"))
    assert words == "see https://bank.example/a"


def test_words_that_are_no_address_stay_as_they_are():
    ((_, words),) = links(render("[Привет, Мир](https://a.example/)"))
    assert words == "Привет, Мир"


def test_every_name_of_the_idna_tests_leads_to_an_ascii_host_or_nowhere():
    for name in read("idna.json"):
        href = safe_href(f"http://{name}/")
        shown = show_address(f"http://{name}/")
        assert href is None or href.isascii()
        # What is shown leads where the link leads.
        assert href is None or safe_href(shown) == href
