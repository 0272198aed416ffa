"""What a page answers when something of ours failed."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from voxpop import memory

AGAIN = 5  # seconds


def failed(request: HttpRequest) -> HttpResponse:
    """Django asks with the failure at hand. A database that is away, or whose disk is full, is no
    failure but a pause: 503, as over JSON. Nor is a process that has no memory left."""
    error = sys.exc_info()[1]
    if not (memory.is_cause(error) or isinstance(error, OperationalError | InterfaceError)):
        return server_error(request)
    return HttpResponse(
        render_to_string("503.html"), status=503, headers={"Retry-After": f"{AGAIN}"}
    )
