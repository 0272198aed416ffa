"""A publisher's real export: in the product, on its page, with its old links alive."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness.person import Person
from tests.browser.harness.product import FORUM, Product

pytestmark = pytest.mark.browser
People = Callable[..., Person]
HostPage = Callable[..., str]

EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<thread dsq:id="900"><id/><forum>old</forum><link>{address}?utm_source=x</link>
<title>A page</title><message/><createdAt>2014-01-02T03:04:05Z</createdAt>
<author><name>Ed</name><isAnonymous>false</isAnonymous><username>ed</username></author>
<isClosed>false</isClosed><isDeleted>false</isDeleted></thread>
{posts}</disqus>"""
POST = """<post dsq:id="{id}"><id/><message><![CDATA[<p>Old comment {id}.</p>]]></message>
<createdAt>2014-01-04T10:{minute:02}:00Z</createdAt><isDeleted>false</isDeleted>
<isSpam>false</isSpam><author><name>Old Hand</name><isAnonymous>true</isAnonymous></author>
<thread dsq:id="900"/></post>"""


def test_an_old_link_to_an_imported_comment_still_finds_it(
    people: People, host_page: HostPage, product: Product, tmp_path: Path
) -> None:
    address = host_page("blog.test")
    posts = "".join(POST.format(id=7000 + n, minute=n % 60) for n in range(120))
    file = tmp_path / "export.xml"
    file.write_text(EXPORT.format(address=address, posts=posts))
    product.command("import", "disqus", str(file), "--forum", FORUM)

    ada = people()
    ada.page.goto(f"{address}#comment-7003")

    expect(ada.comment("Old comment 7003.")).to_be_in_viewport()
