"""The only way a view sets cache headers: `@shared` for what everybody may have.

What is not marked leaves as `Cache-Control: private, no-store` (see middleware.PrivateByDefault).
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol
from urllib.parse import parse_qsl

import orjson
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse

from voxpop.edge.fence import fence
from voxpop.edge.headers import SCRIPT_HEADERS, SHARED_HEADERS
from voxpop.edge.policy import ERROR_TTL, SURFACES, UNKNOWN_TTL, Surface
from voxpop.errors import Problem, not_storable

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Asked:
    """All that a shared answer may depend on: an address. Nothing in it tells who asks."""

    query: str = ""
    if_none_match: str = ""
    # The surface's own parameters, each once.
    known: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """A finished answer, before any server's own form of it."""

    status: int
    headers: Headers
    body: bytes | IO[bytes]


@dataclass
class Snapshot:
    """A shared answer: bytes that do not depend on who asks, and its place in the log."""

    body: bytes
    keys: Sequence[str] = ()
    seq: int | None = None
    quietness: int = 1
    ttl: int | None = None  # instead of the surface's cap, never above it
    # Names the bytes among all that this URL ever had; without it the body is hashed.
    version: str = ""
    content_type: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


# What publishers' pages load beside JSON.
FROM_OTHER_ORIGINS = {"embed_script", "count_script", "avatar", "uploaded_avatar"}


class Missing(Problem):
    """What is asked for is not there yet, or not any more: wears the keys of what will purge this
    answer when that changes, and the place in the log at which it was so."""

    def __init__(self, keys: Sequence[str], seq: int = 0, detail: str = "") -> None:
        super().__init__("not_found", detail)
        self.keys = keys
        self.seq = seq


class SharedView(Protocol):
    """A view that makes shared answers: `make` for those who only have an address (edge/front.py);
    called as a Django view it wraps the same."""

    shared_surface: Surface
    make: Callable[..., Answer]

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def shared(name: str) -> Callable[[Callable[..., Snapshot]], SharedView]:
    """Mark a view as the maker of the surface `name`: it returns a Snapshot, we set the headers.

    The view receives an `Asked` with the known parameters only. A known one given twice is refused
    (SAFETY T17). Cookies and Authorization never reach it: there is no place for them (T16, T20).
    """
    surface = SURFACES[name]

    def decorate(view: Callable[..., Snapshot]) -> SharedView:
        def make(asked: Asked, *args: Any, **kwargs: Any) -> Answer:
            try:
                asked.known = known_parameters(asked.query, surface)
                return dress(asked, view(asked, *args, **kwargs), surface)
            except Problem as problem:
                return refusal(problem, surface)
            except Http404:
                return refusal(Problem("not_found"), surface)
            except DataError as error:
                return refusal(not_storable(error), surface)

        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                made = refusal(Problem("method_not_allowed"), surface)
            else:
                meta = request.META
                query, known = meta.get("QUERY_STRING", ""), meta.get("HTTP_IF_NONE_MATCH", "")
                made = make(Asked(query, known), *args, **kwargs)
            response = HttpResponse(made.body, status=made.status, headers=dict(made.headers))
            response.shared_surface = surface.name  # type: ignore[attr-defined]
            return response

        answer.shared_surface = surface  # type: ignore[attr-defined]
        answer.make = make  # type: ignore[attr-defined]
        return answer  # type: ignore[return-value]

    return decorate


def known_parameters(query: str, surface: Surface) -> dict[str, str]:
    """The surface's own parameters; unknown ones are dropped, known ones twice are refused."""
    known: dict[str, str] = {}
    if not query:
        return known
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=50):
        if name in surface.parameters:
            if name in known:
                raise Problem("parameter_twice", f"{name} is given twice.")
            known[name] = value
    return known


def dress(asked: Asked, snapshot: Snapshot, surface: Surface) -> Answer:
    """The answer of a snapshot, with every header of INTERFACES 2."""
    cap = surface.edge[snapshot.quietness]
    edge_ttl = cap if snapshot.ttl is None else min(cap, snapshot.ttl)
    if snapshot.status == 404:
        edge_ttl = UNKNOWN_TTL
    version = snapshot.version or hashlib.blake2b(snapshot.body, digest_size=10).hexdigest()
    etag = f'"{version}"'
    headers = [
        ("Content-Type", snapshot.content_type or surface.content_type),
        ("Surrogate-Control", f"max-age={edge_ttl}, stale-if-error={surface.grace}"),
        ("ETag", etag),
        *_constant(surface),
    ]
    headers += _worn(snapshot.keys)
    if snapshot.seq is not None:
        headers.append(("Voxpop-Seq", str(snapshot.seq)))
    headers += snapshot.headers.items()
    if "Content-Security-Policy" not in snapshot.headers:
        headers.append(SHARED_HEADERS[0])
    # Whoever compressed it has weakened the tag; the comparison is weak (RFC 9110, 13.1.2).
    if snapshot.status == 200 and asked.if_none_match.removeprefix("W/") == etag:
        return Answer(304, headers[1:], b"")
    return Answer(snapshot.status, headers, snapshot.body)


def _worn(keys: Sequence[str]) -> Headers:
    return [("Surrogate-Key", " ".join(keys)), ("Voxpop-Fence", fence(keys))] if keys else []


@functools.cache
def _constant(surface: Surface) -> Headers:
    """What every answer of a surface says, whatever is in it."""
    kept = f"max-age={surface.browser}" if surface.browser else "max-age=0, must-revalidate"
    headers = [("Cache-Control", f"public, {kept}"), *SHARED_HEADERS[1:]]
    if surface.is_json or surface.name in FROM_OTHER_ORIGINS:
        headers += SCRIPT_HEADERS
    return headers


def refusal(problem: Problem, surface: Surface) -> Answer:
    """A problem document on a shared surface, where it may be kept for a moment (R30)."""
    ttl = UNKNOWN_TTL if problem.status == 404 else ERROR_TTL
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Cache-Control", "public, max-age=0, must-revalidate"),
        ("Surrogate-Control", f"max-age={ttl}"),
        ("Access-Control-Allow-Origin", "*"),
        *SHARED_HEADERS,
    ]
    if isinstance(problem, Missing):
        headers += [*_worn(problem.keys), ("Voxpop-Seq", str(problem.seq))]
    if problem.retry_after is not None:
        headers.append(("Retry-After", str(problem.retry_after)))
    return Answer(problem.status, headers, orjson.dumps(problem.body()))


def refuse(problem: Problem) -> HttpResponse:
    """A problem document for whoever asked, and nobody else."""
    response = HttpResponse(
        orjson.dumps(problem.body()), status=problem.status, content_type="application/problem+json"
    )
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    response["X-Content-Type-Options"] = "nosniff"
    return response
