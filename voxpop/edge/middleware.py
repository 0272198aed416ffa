"""Default deny for caches, and the early way out for what is shared.

Both stand at the top of MIDDLEWARE. A shared view therefore cannot see a session, a cookie or an
Authorization header, and cannot set one: nothing that knows about readers runs (SAFETY T16, T20).
"""

import time
from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse

from voxpop.edge.cached import refuse
from voxpop.edge.front import find
from voxpop.edge.headers import FRAMED_BY_NOBODY
from voxpop.edge.why import count_request
from voxpop.errors import not_storable

Handler = Callable[[HttpRequest], HttpResponse]


class PrivateByDefault:
    """Whatever no view declared shared is nobody else's: `private, no-store`; framed by nobody."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        count_request(request, response, began)
        headers = response.headers
        if not hasattr(response, "shared_surface"):
            headers["Cache-Control"] = "private, no-store"
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Content-Security-Policy", FRAMED_BY_NOBODY)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Only what the database cannot keep is answered here."""
        return refuse(not_storable(error)) if isinstance(error, DataError) else None


class SharedFirst:
    """Answers shared URLs before any middleware that reads a cookie gets to see the request.

    What is not among the public surfaces goes on to the rest of the product, and there nothing is
    shared.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = find(request.path_info) if request.method in {"GET", "HEAD"} else None
        return found.view(request, **found.named) if found else self.get_response(request)
