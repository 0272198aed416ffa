"""Lantern, a small magazine of another origin: its pages carry the snippet, and that is all."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from demo import pages
from demo.articles import ARTICLES, BY_SLUG
from demo.cost import cost_of_reading
from demo.export import FIRST_COMMENT, MOST_COMMENTS, export
from demo.product import Product, ProductDied

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HTML = "text/html; charset=utf-8"
# The third comment of the archive's page, by the id that it had elsewhere.
OLD_COMMENT = FIRST_COMMENT + ARTICLES.index(BY_SLUG["archive"]) * MOST_COMMENTS + 2


class Magazine:
    def __init__(self, product: Product, home: str) -> None:
        self.product = product
        self.home = home
        self.port = urlsplit(home).port or 80

    def page(self, path: str, query: dict[str, list[str]]) -> tuple[str, str | bytes] | None:
        """What a GET of `path` answers: its type and content."""
        slug = path.strip("/")
        plain: dict[str, Callable[[], str]] = {
            "": lambda: pages.front(self.product.host),
            "side-by-side": lambda: pages.side_by_side(self.product.host, self.product.other_host),
            "publisher": lambda: pages.publisher(self.product.host, self.home, OLD_COMMENT),
            "moderator": lambda: pages.moderator(),
            "letters": lambda: pages.letters(self.product.letters()),
        }
        if slug in plain:
            return HTML, plain[slug]()
        if slug in BY_SLUG:
            return HTML, self._article(slug, query.get("as", [""])[0])
        if slug == "archive-export.xml":
            return "application/xml", "".join(export(self.home, [BY_SLUG["archive"]]))
        if slug == "cost.json":
            return "application/json", json.dumps(cost_of_reading(self.product.host, "ferry"))
        file = STATIC / Path(path).name
        if path.startswith("/static/") and file.is_file():
            return TYPES[file.suffix], file.read_bytes()
        return None

    def _article(self, slug: str, seen_as: str) -> str:
        """An article; within a window of the side-by-side page without the magazine's head."""
        host = self.product.other_host if seen_as == "right" else self.product.host
        return pages.article(BY_SLUG[slug], host, is_window=bool(seen_as))

    def act(self, path: str) -> str | None:
        """What a POST of `path` does; returns where to go next."""
        if path in {"/writes/on", "/writes/off"}:
            self.product.command("writes", path.rpartition("/")[2])
            return "/side-by-side/"
        if path == "/moderator/":
            return self.product.sign_in_link()
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    magazine: Magazine

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        found = self.magazine.page(parts.path, parse_qs(parts.query)) if self._is_ours() else None
        if found is None:
            self._answer(404, HTML, "<!doctype html><title>Lantern</title><p>No such page.")
        else:
            self._answer(200, *found)

    def do_POST(self) -> None:
        # A page of another site must not press our buttons: only our own origin may.
        if not self._is_ours() or self.headers.get("Origin") != f"http://{self.headers['Host']}":
            return self._answer(403, "text/plain", "Only this magazine's own buttons do this.")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            target = self.magazine.act(urlsplit(self.path).path)
        except ProductDied as problem:
            return self._answer(502, "text/plain; charset=utf-8", str(problem))
        if target is None:
            return self._answer(404, "text/plain", "There is nothing to do here.")
        return self._answer(303, "text/plain", "", {"Location": target})

    def _is_ours(self) -> bool:
        """Against DNS rebinding: we answer under the two names of loopback and no other."""
        port = self.magazine.port
        return self.headers.get("Host") in {f"127.0.0.1:{port}", f"localhost:{port}"}

    def _answer(
        self, status: int, kind: str, content: str | bytes, more: dict[str, str] | None = None
    ) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        headers = {"Content-Type": kind, "Cache-Control": "no-store", **(more or {})}
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle of an answer is no news."""


@contextmanager
def serve_magazine(magazine: Magazine) -> Iterator[ThreadingHTTPServer]:
    """The magazine's server, bound to loopback; the caller lets it serve."""
    handler = type("Handler", (_Handler,), {"magazine": magazine})
    server = _Server(("127.0.0.1", magazine.port), handler)
    try:
        yield server
    finally:
        server.server_close()
