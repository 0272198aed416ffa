"""What a page says once, on the next one: kept in a cookie that no neighbour's host can set."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class NoteStorage(CookieStorage):
    cookie_name = "__Host-messages" if settings.IS_HTTPS else "messages"
