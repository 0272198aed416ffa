"""Is this write from our own pages? The wall against forged requests (SAFETY T08, R02).

A bearer token is proof by itself: a foreign page cannot add the header without our consent, and
no answer of ours gives it (no CORS on writes). Everything else is judged here.
"""

from django.http import HttpRequest

from voxpop.accounts.tokens import bearer
from voxpop.errors import Problem


def refuse_cross_site(request: HttpRequest) -> None:
    """For writes that no cookie authorises: JSON, and no other site's page behind them."""
    if bearer(request) is not None:
        return
    if request.content_type != "application/json":
        raise Problem("cross_site", "Send JSON.")
    if request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") not in {"same-origin", "none"}:
        raise Problem("cross_site")
    if request.META.get("HTTP_ORIGIN", own_origin(request)) != own_origin(request):
        raise Problem("cross_site")


def require_own_origin(request: HttpRequest) -> None:
    """For writes that a first-party cookie authorises: the exact Origin must be there."""
    if request.META.get("HTTP_ORIGIN") != own_origin(request):
        raise Problem("cross_site")


def own_origin(request: HttpRequest) -> str:
    """The origin this request was sent to; Django has checked the host against ALLOWED_HOSTS."""
    return f"{request.scheme}://{request.get_host()}"
