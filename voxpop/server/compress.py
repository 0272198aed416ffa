"""Shared answers leave compressed; this is the one place that compresses what Django made.

Private answers never do: beside a reader's own words the length of a secret would tell it (BREACH).
"""

import gzip
from functools import lru_cache

from voxpop.edge.cached import Answer

SMALLEST = 1024
TEXT = ("text/", "application/json", "application/atom", "application/feed", "image/svg")


def compressed(answer: Answer, accepted: str) -> Answer:
    """The answer for somebody who accepts these encodings."""
    fields = {name.lower(): value for name, value in answer.headers}
    is_fit = (
        isinstance(answer.body, bytes)
        and len(answer.body) >= SMALLEST
        and "surrogate-control" in fields
        and fields.get("content-type", "").startswith(TEXT)
    )
    if not is_fit:
        return answer
    headers = [(n, v) for n, v in answer.headers if n.lower() != "vary"]
    headers.append(("Vary", "Accept-Encoding"))
    if "gzip" not in accepted:
        return Answer(answer.status, headers, answer.body)
    headers = [(n, _weak(v) if n.lower() == "etag" else v) for n, v in headers]
    headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
    assert isinstance(answer.body, bytes)
    return Answer(answer.status, [*headers, ("Content-Encoding", "gzip")], _gzip(answer.body))


def _weak(etag: str) -> str:
    # Other bytes, the same thing: what a weak tag is for.
    return etag if etag.startswith("W/") else f"W/{etag}"


@lru_cache(maxsize=128)
def _gzip(body: bytes) -> bytes:
    """Pages are the same bytes for everybody and asked for again and again."""
    return gzip.compress(body, 6, mtime=0)
