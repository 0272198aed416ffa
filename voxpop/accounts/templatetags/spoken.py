"""What our own pages say, and how it is written."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

from voxpop import words

register = template.Library()
register.simple_tag(words.say)
register.simple_tag(words.refusal)

_PASSKEY_WORDS = ("passkey_not_used", "passkey_there", "passkey_https", "passkey_failed")


@register.simple_tag
def language_and_direction() -> SafeString:
    """The attributes of `<html>`."""
    direction = "rtl" if get_language_bidi() else "ltr"
    return format_html('lang="{}" dir="{}"', words.spoken(), direction)


@register.simple_tag
def passkey_words() -> dict[str, str]:
    """What the script says of a passkey that came to nothing."""
    return {key.removeprefix("passkey_"): words.say(key) for key in _PASSKEY_WORDS}
