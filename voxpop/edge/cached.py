"""The only way a view sets cache headers: `@shared` for what everybody may have.

What is not marked leaves as `Cache-Control: private, no-store` (see middleware.PrivateByDefault).
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from voxpop.edge.fence import fence
from voxpop.edge.policy import ERROR_TTL, FLOOR_PARAMETER, SURFACES, UNKNOWN_TTL, Surface
from voxpop.errors import Problem

View = Callable[..., HttpResponse]


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


def shared(name: str) -> Callable[[Callable[..., Snapshot]], View]:
    """Mark a view as the maker of the surface `name`: it returns a Snapshot, we set the headers.

    The view receives `request.GET` with the known parameters only. A known one given twice is
    refused (SAFETY T17). Cookies and Authorization never reach it (see middleware.SharedFirst).
    """
    surface = SURFACES[name]

    def decorate(view: Callable[..., Snapshot]) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if request.method not in {"GET", "HEAD"}:
                    raise Problem("method_not_allowed")
                request.known = known_parameters(request, surface)  # type: ignore[attr-defined]
                snapshot = view(request, *args, **kwargs)
            except Problem as problem:
                return refuse(problem, surface)
            return dress(request, snapshot, surface)

        answer.shared_surface = surface  # type: ignore[attr-defined]
        return answer

    return decorate


def known_parameters(request: HttpRequest, surface: Surface) -> dict[str, str]:
    """The surface's own parameters; unknown ones are dropped, known ones twice are refused."""
    known: dict[str, str] = {}
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return known
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=50):
        if name in surface.parameters:
            if name in known:
                raise Problem("parameter_twice", f"{name} is given twice.")
            known[name] = value
        elif name == FLOOR_PARAMETER:
            continue
    return known


def dress(request: HttpRequest, snapshot: Snapshot, surface: Surface) -> HttpResponse:
    """The response of a snapshot, with every header of INTERFACES 2."""
    cap = surface.edge[snapshot.quietness]
    edge_ttl = cap if snapshot.ttl is None else min(cap, snapshot.ttl)
    if snapshot.status == 404:
        edge_ttl = UNKNOWN_TTL
    version = snapshot.version or hashlib.blake2b(snapshot.body, digest_size=10).hexdigest()
    etag = f'"{version}"'
    response: HttpResponse
    # Whoever compressed it has weakened the tag; the comparison is weak (RFC 9110, 13.1.2).
    known = request.META.get("HTTP_IF_NONE_MATCH", "").removeprefix("W/")
    if snapshot.status == 200 and known == etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(
            snapshot.body,
            status=snapshot.status,
            content_type=snapshot.content_type or surface.content_type,
        )
    headers = response.headers
    headers["Cache-Control"] = (
        f"public, max-age={surface.browser}"
        if surface.browser
        else "public, max-age=0, must-revalidate"
    )
    headers["Surrogate-Control"] = f"max-age={edge_ttl}, stale-if-error={surface.grace}"
    if snapshot.keys:
        headers["Surrogate-Key"] = " ".join(snapshot.keys)
        headers["Voxpop-Fence"] = fence(snapshot.keys)
    if snapshot.seq is not None:
        headers["Voxpop-Seq"] = str(snapshot.seq)
    headers["ETag"] = etag
    if surface.is_json or surface.name in {"embed_script", "count_script", "avatar"}:
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = "Voxpop-Seq, Voxpop-Stale"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers["X-Content-Type-Options"] = "nosniff"
    for name, value in snapshot.headers.items():
        headers[name] = value
    response.is_shared = True  # type: ignore[attr-defined]
    response.surface = surface.name  # type: ignore[attr-defined]
    return response


def refuse(problem: Problem, surface: Surface | None = None) -> HttpResponse:
    """The problem document; on a shared surface it may be kept for a moment (R30)."""
    response = HttpResponse(
        orjson.dumps(problem.body()), status=problem.status, content_type="application/problem+json"
    )
    if problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    response["X-Content-Type-Options"] = "nosniff"
    if surface is not None:
        ttl = UNKNOWN_TTL if problem.status == 404 else ERROR_TTL
        response["Cache-Control"] = "public, max-age=0, must-revalidate"
        response["Surrogate-Control"] = f"max-age={ttl}"
        response["Access-Control-Allow-Origin"] = "*"
        response.is_shared = True  # type: ignore[attr-defined]
        response.surface = surface.name  # type: ignore[attr-defined]
    return response
