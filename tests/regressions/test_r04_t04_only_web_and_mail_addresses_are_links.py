"""SAFETY R04, T04: Remark42 stored `javascript:` addresses. Links are http, https or mailto."""

import ada_url
import pytest
from justhtml import JustHTML

from tests.corpora import RENDERERS, hostile, read, rendered
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.rules import check_page_url
from voxpop.threads.markup.links import safe_href

pytestmark = pytest.mark.broad

SCHEMES = {"http:", "https:", "mailto:"}
NEVER = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "\u2028javascript:alert(1)",
    "javascript://example.com/%0aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "blob:1234",
    "file:///etc/passwd",
    "ftp://example.com/",
    "tel:1",
    "//example.com/",
    "/relative",
    "relative",
    "?query",
    "#fragment",
    "\\\\example.com",
    "",
    "https://bank.example@evil.example/",
    "https://user:secret@example.com/",
    "mailto:",
    "mailto:nobody",
]


def hrefs(html: str) -> list[str | None]:
    return [a.attrs.get("href") for a in JustHTML(html, fragment=True, sanitize=False).query("a")]


@pytest.mark.parametrize("address", NEVER)
def test_what_is_not_a_web_or_mail_address_is_never_a_link(address):
    assert safe_href(address) is None
    for text in (f"[x]({address})", f"[x](<{address}>)", f"<{address}>", f"![x]({address})"):
        assert not any(hrefs(rendered(text, "typed") or ""))
    for text in (f'<a href="{address}">x</a>', f'<img src="{address}" alt=x>'):
        found = [href for href in hrefs(rendered(text, "imported") or "") if href]
        assert found in ([], ["https://example.com/"])  # an image of "//example.com/"


def test_every_address_of_the_web_platform_tests_is_parsed_as_browsers_do():
    for case in read("urls.json"):
        href = safe_href(case["input"])
        if href is None:
            continue
        assert ada_url.URL(href).protocol in SCHEMES
        # Without its slashes an address of the suite is relative to a page that we have not.
        if case["input"].startswith(("http://", "https://")):
            # One malformed punycode label passes here; no browser goes anywhere with it.
            assert case["href"] in {href, None}


@pytest.mark.parametrize("way", RENDERERS)
def test_stored_links_are_absolute_and_say_what_they_are(way):
    addresses = [case["input"] for case in read("urls.json")]
    texts = [
        *hostile(),
        *(f"[x](<{a}>)" for a in addresses),
        *(f"<a href='{a}'>" for a in addresses),
    ]
    for text in texts:
        for node in JustHTML(rendered(text, way) or "", fragment=True, sanitize=False).query("a"):
            assert node.attrs["rel"] == "nofollow ugc noopener noreferrer"
            href = node.attrs.get("href")
            assert href is None or ada_url.URL(href).protocol in SCHEMES


def test_a_message_has_its_recipient_and_nothing_else():
    assert (
        safe_href("mailto:ada@example.com?bcc=all@example.com&body=x") == "mailto:ada@example.com"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("address", [each for each in NEVER if each])
def test_a_thread_is_never_made_for_such_a_page(address):
    forum = Forum.objects.create(shortname="forum", name="Forum")
    with pytest.raises(Problem):
        check_page_url(forum, address)
