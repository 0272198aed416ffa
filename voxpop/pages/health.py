"""For whoever watches this server: is it alive, and can it do its work?"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Its database answers as well; while it does not, nobody should be sent here."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except Exception as error:
        # The text of a database error can name hosts and users.
        told = f"database: {type(error).__name__}\n"
        return HttpResponse(told, status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
