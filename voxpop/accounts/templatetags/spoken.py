"""What our own pages say, and how it is written."""

from datetime import date, datetime

from django import template
from django.utils.formats import date_format
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


@register.filter(expects_localtime=True)
def day(value: date) -> str:
    """ "3 May 2026", as the language writes it."""
    return date_format(value, "j F Y" if words.spoken() == "en" else "DATE_FORMAT")


@register.filter(expects_localtime=True)
def day_of_year(value: date) -> str:
    """The same without its year."""
    return date_format(value, "j F" if words.spoken() == "en" else "MONTH_DAY_FORMAT")


@register.filter(expects_localtime=True)
def month(value: date) -> str:
    """ "May 2026"."""
    return date_format(value, "YEAR_MONTH_FORMAT")


@register.filter(expects_localtime=True)
def day_and_time(value: datetime) -> str:
    """The same with its time of day."""
    return f"{day(value)}, {value:%H:%M}"
