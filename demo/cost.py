"""What one reading costs: we fetch what a browser fetches before the first comment, and count."""

import gzip
import re
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from demo.product import FORUM

# `import … from "./x.js"` and `import "./x.js"`, but not `import("./x.js")`, which waits.
_IMPORT = re.compile(r"""(?:from|import)\s*["']([^"']+\.js)["']""")
_STATIC = re.compile(r"""["'`]([^"'`]*/static/[^"'`]+\.(?:js|css))["'`]""")


class _Linked(HTMLParser):
    """The scripts, style sheets and pictures of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        link = values.get("src") if tag in {"script", "img"} else None
        if tag == "link" and values.get("rel") in {"stylesheet", "modulepreload"}:
            link = values.get("href")
        # Pictures further down load when they are scrolled to.
        if link and values.get("loading") != "lazy":
            self.found.append(link)


@dataclass
class _Visit:
    host: str
    seen: dict[str, int] = field(default_factory=dict)
    cookies: int = 0

    def fetch(self, address: str) -> str:
        """Fetch `address` as a browser does, once, and count its bytes on the wire."""
        if address in self.seen:
            return ""
        self.seen[address] = 0
        request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
            self.seen[address] = len(body)
            self.cookies += len(answer.headers.get_all("Set-Cookie") or [])
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
        return body.decode(errors="replace")

    def fetch_script(self, address: str) -> None:
        """A script and whatever it imports at once."""
        for imported in _IMPORT.findall(self.fetch(address)):
            self.fetch_script(urljoin(address, imported))


def cost_of_reading(host: str, identifier: str) -> dict[str, Any]:
    """Requests, those to third parties, cookies and kilobytes until the comments can be read."""
    visit = _Visit(host)
    for loaded in _STATIC.findall(visit.fetch(f"{host}/embed.js")):
        visit.fetch_script(urljoin(host, loaded))
    page = f"{host}/embed/{FORUM}/thread?i={identifier}"
    linked = _Linked()
    linked.feed(visit.fetch(page))
    for link in linked.found:
        address = urljoin(page, link)
        if urlsplit(address).path.endswith(".js"):
            visit.fetch_script(address)
        else:
            visit.fetch(address)
    theirs = [each for each in visit.seen if urlsplit(each).netloc != urlsplit(host).netloc]
    return {
        "requests": len(visit.seen),
        "third_party": len(theirs),
        "cookies": visit.cookies,
        "kilobytes": round(sum(visit.seen.values()) / 1024, 1),
        "addresses": visit.seen,
    }
