"""Django alone, for a WSGI server behind the edge; the embedded server puts its holder in front."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxpop.settings")

application = get_wsgi_application()
