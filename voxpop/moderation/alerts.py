"""Telling the people who run a forum what cannot wait until they look at the desk."""

from django.conf import settings
from django.core.mail import EmailMessage

from voxpop.forums.models import Forum, Role
from voxpop.mails.posting import post_mail


def tell_owners_of_flood(forum: Forum) -> int:
    """Mail the forum's owners that strangers now wait for approval; how many were told."""
    owners = forum.memberships.filter(role=Role.OWNER, user__is_active=True)
    addresses = list(owners.values_list("user__email", flat=True))
    for address in addresses:
        post_mail(
            EmailMessage(
                subject=f"Many comments at once on {forum.shortname}",
                body=(
                    f"More comments arrived at {forum.name} within a minute than people write.\n"
                    "For the next quarter of an hour comments of newcomers wait for a moderator;\n"
                    "people the forum knows still talk.\n\n"
                    f"What waits: {settings.HOST}/moderate/?forum={forum.shortname}\n"
                ),
                to=[address],
            )
        )
    return len(addresses)
