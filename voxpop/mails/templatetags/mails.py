"""Whether a page that promises a mail has to say that it may take longer."""

from django import template

from voxpop.mails import posting

register = template.Library()


@register.simple_tag
def mail_is_late() -> bool:
    """The same for everybody: it says nothing of the address that was typed (SAFETY T24)."""
    return posting.mail_is_late()
