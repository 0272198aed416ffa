"""Static files from memory: a few hundred kilobytes, named by the hash of their content."""

import gzip
import mimetypes
import re
from pathlib import Path

from voxpop.edge.cached import Answer

HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9]+$")
FOR_EVER = "public, max-age=31536000, immutable"
# Names without a hash are asked for by nobody but people who look around.
FOR_A_MINUTE = "public, max-age=60"
TEXT = ("text/", "application/json", "application/manifest", "image/svg")

Headers = list[tuple[str, str]]


class StaticFiles:
    """Everything below `root`, read once; text also compressed once."""

    def __init__(self, root: Path, prefix: str = "/static/") -> None:
        self._files: dict[str, tuple[Answer, Answer]] = {}
        for file in root.rglob("*"):
            if file.is_file() and not file.name.startswith("."):
                path = f"{prefix}{file.relative_to(root).as_posix()}"
                self._files[path] = _answers(file)

    def answer(self, path: str, accepted: str) -> Answer:
        """The file at `path`, compressed for those who accept it."""
        found = self._files.get(path)
        if found is None:
            return Answer(404, [("Cache-Control", "public, max-age=10")], b"")
        plain, compressed = found
        return compressed if "gzip" in accepted else plain


def _answers(file: Path) -> tuple[Answer, Answer]:
    body = file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    is_text = kind.startswith(TEXT)
    headers: Headers = [
        ("Content-Type", f"{kind}; charset=utf-8" if is_text else kind),
        ("Cache-Control", FOR_EVER if HASHED.search(file.name) else FOR_A_MINUTE),
        # Publishers' pages load our modules from their own origin.
        ("Access-Control-Allow-Origin", "*"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    plain = Answer(200, headers, body)
    if not is_text:
        return plain, plain
    headers.append(("Vary", "Accept-Encoding"))
    small = gzip.compress(body, 9, mtime=0)
    return plain, Answer(200, [*headers, ("Content-Encoding", "gzip")], small)
