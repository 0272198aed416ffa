"""Is this write from our own pages? The wall against forged requests (SAFETY T08, R02).

A bearer token is proof by itself: a foreign page cannot add the header without our consent, and
no answer of ours gives it (no CORS on writes). Everything else is judged here.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from voxpop.accounts.tokens import bearer
from voxpop.edge.cached import refuse
from voxpop.errors import Problem

PROGRAMS = "/api/v1/"
READS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class CookieWritesFromHereOnly:
    """Middleware: a write that comes with a session cookie must come from our own origin.

    Browsers send `Origin` with every write; one without it, or with another one, is refused
    before the session is read. It stands beside Django's CSRF token, not instead of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_cookie_write = (
            request.method not in READS
            and settings.SESSION_COOKIE_NAME in request.COOKIES
            and bearer(request) is None
        )
        if is_cookie_write and not is_own_origin(request, request.META.get("HTTP_ORIGIN")):
            return refuse(Problem("cross_site"))
        return self.get_response(request)


class BearerFirst:
    """Middleware: whoever shows a token to the API is known by it, and no session is looked for.

    It stands before everything that reads one, and so a cookie beside a token changes nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PROGRAMS) or bearer(request) is None:
            return self.get_response(request)
        match = request.resolver_match = resolve(request.path_info)
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return answer


def refuse_cross_site(request: HttpRequest) -> None:
    """For writes that need no account: JSON, and no other site's page behind them."""
    if bearer(request) is not None:
        return
    if request.content_type != "application/json":
        raise Problem("cross_site", "Send JSON.")
    if request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") not in {"same-origin", "none"}:
        raise Problem("cross_site")
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and not is_own_origin(request, origin):
        raise Problem("cross_site")


def require_own_origin(request: HttpRequest) -> None:
    """For writes that a first-party cookie authorises: the exact Origin must be there."""
    if not is_own_origin(request, request.META.get("HTTP_ORIGIN")):
        raise Problem("cross_site")


def is_own_origin(request: HttpRequest, origin: str | None) -> bool:
    """Whether an Origin header names us, compared whole. ALLOWED_HOSTS has judged the host."""
    return origin in {settings.HOST, f"{request.scheme}://{request.get_host()}"}
