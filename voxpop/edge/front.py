"""Shared answers, made from their address alone, before Django's request machinery.

A server that stands in front of Django asks `find` whose address it is and `answer` for the rest.
A request, its headers, its cookies are not handed on: what a shared view cannot see, it cannot
leak (SAFETY T16, T20). Through Django itself the same views are reached by middleware.SharedFirst.
"""

import functools
import logging
import time
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from voxpop.edge.cached import Answer, Asked, SharedView, refusal
from voxpop.edge.why import count_shared
from voxpop.errors import Problem, failure

logger = logging.getLogger(__name__)


class Found(NamedTuple):
    """A shared view, and what the address names."""

    path: str
    view: SharedView
    named: dict[str, Any]


@functools.lru_cache(maxsize=4096)
def find(path: str) -> Found | None:
    """The shared view at this address; None when it belongs to the rest of the product."""
    try:
        match = _public().resolve(path)
    except Http404:
        return None
    return Found(path, match.func, match.kwargs)  # type: ignore[arg-type]


def answer(found: Found, asked: Asked, node: str | None = None, why: str = "") -> Answer:
    """The answer; `node` and `why` are what an edge node says of itself (edge/why.py)."""
    began = time.monotonic()
    surface = found.view.shared_surface
    try:
        made = found.view.make(asked, **found.named)
    except DatabaseError:
        logger.exception("the database refused")
        made = refusal(Problem("unavailable", retry_after=5), surface)
    except Exception as error:
        logger.exception("%s could not be answered", found.path)
        made = refusal(failure(error), surface)
    finally:
        connection.close_if_unusable_or_obsolete()
    address = f"{found.path}?{asked.query}"
    count_shared(surface.name, node, why, address, made.status, made.headers, began)
    return made


@functools.cache
def _public() -> URLResolver:
    """The resolver of the public surfaces; made at the first request, when all apps stand."""
    return URLResolver(RegexPattern(r"^/"), import_string(settings.PUBLIC_PATTERNS))
