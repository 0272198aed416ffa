"""The buttons of the ways in that the operator has configured."""

from dataclasses import dataclass

from django import template
from django.conf import settings

register = template.Library()

ICONS = {"twitter_oauth2": "x", "openid_connect": "openid"}


@dataclass(frozen=True)
class Button:
    name: str
    label: str
    icon: str
    asks_first: bool = False  # which host


@register.simple_tag
def ways_in() -> list[Button]:
    """In the order of the settings; Mastodon, which asks for a host first, at the end."""
    found = [Button(way.name, way.label, ICONS.get(way.kind, way.kind)) for way in settings.WAYS_IN]
    if settings.MASTODON:
        found.append(Button("mastodon", "Mastodon", "mastodon", asks_first=True))
    return found
