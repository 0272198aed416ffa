"""Who may not write."""

from django.db.models import Q
from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.forums.models import Forum
from voxpop.screening.models import Ban


def is_banned(forum: Forum, author: Author, address: str = "") -> bool:
    """Whether a ban of this forum is in force for the author, or for the network he writes from.

    `address` is a network as `limits.address` writes it; an unknown one is nobody's.
    """
    whom = Q(author=author)
    if address and address != "unknown":
        whom |= Q(address=address)
    in_force = Q(ends=None) | Q(ends__gt=timezone.now())
    return Ban.objects.filter(in_force, whom, forum=forum, lifted=None).exists()
