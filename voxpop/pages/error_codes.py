"""`/docs/errors`: what a problem document's `type` points to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voxpop.errors import CODES


@require_safe
def error_codes(request: HttpRequest) -> HttpResponse:
    """Every code with its status and meaning."""
    rows = [(code, status, title) for code, (status, title) in CODES.items()]
    return render(request, "pages/error_codes.html", {"rows": rows})
