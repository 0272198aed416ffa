"""Django alone, for a WSGI server behind the edge; the embedded server puts its holder in front."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxpop.settings")

application = get_wsgi_application()


def freeze() -> None:
    """Take what is loaded by now out of the garbage collector's rounds.

    Django and its models are a quarter of a million objects that live as long as the process; a
    full round over them costs a page ten times its own work. Every view is loaded before, which
    else the first reader would wait for.
    """
    resolve("/healthz")
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
