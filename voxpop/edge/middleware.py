"""Default deny for caches, and the early way out for what is shared.

Both stand at the top of MIDDLEWARE. A shared view therefore cannot see a session, a cookie or an
Authorization header, and cannot set one: nothing that knows about readers runs (SAFETY T16, T20).
"""

import time
from collections.abc import Callable
from functools import cached_property

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from voxpop.edge.cached import refuse
from voxpop.edge.why import count_request
from voxpop.errors import Problem

Handler = Callable[[HttpRequest], HttpResponse]

# What our own pages need and nothing more. No nonces: a cached nonce is a shared secret (T06).
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; "
    "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types voxpop"
)


# What a shared answer may not depend on: it would be one reader's, kept for all (SAFETY T16).
UNKEYED = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT_LANGUAGE")


class PrivateByDefault:
    """Whatever no view declared shared is nobody else's: `private, no-store`; framed by nobody."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        count_request(request, response, began)
        headers = response.headers
        if not getattr(response, "is_shared", False):
            headers["Cache-Control"] = "private, no-store"
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = f"{CONTENT_SECURITY}; frame-ancestors 'none'"
        return response


class SharedFirst:
    """Answers shared URLs before any middleware that reads a cookie gets to see the request.

    A GET is looked for among the public surfaces first (`PUBLIC_PATTERNS` names their list); what
    is not there goes on to the rest of the product, and there nothing is shared.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    @cached_property
    def public(self) -> URLResolver:
        """The resolver of the public surfaces; made at the first request, when all apps stand."""
        return URLResolver(RegexPattern(r"^/"), import_string(settings.PUBLIC_PATTERNS))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        try:
            match = self.public.resolve(request.path_info)
        except Http404:
            return self.get_response(request)
        for header in UNKEYED:
            request.META.pop(header, None)
        try:
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        except Http404:
            return refuse(Problem("not_found"), getattr(match.func, "shared_surface", None))
        return response
