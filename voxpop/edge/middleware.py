"""Default deny for caches, and the early way out for what is shared.

Both stand at the top of MIDDLEWARE. A shared view therefore cannot see a session, a cookie or an
Authorization header, and cannot set one: nothing that knows about readers runs (SAFETY T16, T20).
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from voxpop.edge.cached import refuse
from voxpop.errors import Problem

Handler = Callable[[HttpRequest], HttpResponse]

# What our own pages need and nothing more. No nonces: a cached nonce is a shared secret (T06).
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types voxpop"
)


class PrivateByDefault:
    """Whatever no view declared shared is nobody else's: `private, no-store`; framed by nobody."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        if not getattr(response, "is_shared", False):
            headers["Cache-Control"] = "private, no-store"
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = f"{CONTENT_SECURITY}; frame-ancestors 'none'"
        return response


class SharedFirst:
    """Answers shared URLs before any middleware that reads a cookie gets to see the request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            match = resolve(request.path_info)
        except Http404:
            return self.get_response(request)
        if not hasattr(match.func, "shared_surface") or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        for header in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT_LANGUAGE"):
            request.META.pop(header, None)
        try:
            return match.func(request, *match.args, **match.kwargs)  # type: ignore[no-any-return]
        except Http404:
            return refuse(Problem("not_found"), match.func.shared_surface)
