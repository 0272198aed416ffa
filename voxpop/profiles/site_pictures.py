"""The pictures of site users: fetched from where their site says, made anew, handed out by us.

Nobody who reads is told to the site by it. Each is a row that is due; the worker takes them one
after the other, beside what others wait for: a site that hangs keeps nobody waiting (SAFETY R07).
"""

from datetime import timedelta

from django.utils import timezone

from voxpop.errors import Problem
from voxpop.outbound import PICTURE, Unreachable, fetch
from voxpop.profiles.avatars import remove_avatar, wear_site_picture
from voxpop.sso.models import SsoIdentity

AT_ONCE = 20
MOST_TRIES = 3
# Nobody else takes it meanwhile; and so long until it is tried again.
LEASE = timedelta(minutes=1)
AGAIN = timedelta(minutes=10)


def fetch_site_pictures() -> None:
    """Those that are due; at most so many, so that others have their turn."""
    now = timezone.now()
    due = SsoIdentity.objects.filter(picture_due__lte=now).select_related("author")
    for identity in due.order_by("picture_due")[:AT_ONCE]:
        if _claim(identity):
            _take(identity)


def _claim(identity: SsoIdentity) -> bool:
    standing = SsoIdentity.objects.filter(pk=identity.pk, picture_due=identity.picture_due)
    identity.picture_due = timezone.now() + LEASE
    return bool(standing.update(picture_due=identity.picture_due))


def _take(identity: SsoIdentity) -> None:
    """The picture, or the drawn one where there is none. One that cannot be had now is tried again,
    and until then what was there stays."""
    try:
        _dress(identity)
    except Unreachable:
        _settle(identity, tries=identity.picture_tries + 1)
    else:
        _settle(identity, tries=0)


def _dress(identity: SsoIdentity) -> None:
    if not identity.picture or not identity.author.is_active:
        remove_avatar(identity.author)
        return
    answer = fetch(identity.picture, PICTURE)
    if answer.status >= 500:
        raise Unreachable("The picture's server has trouble.")
    try:
        if answer.status != 200:
            raise Problem("not_found")
        wear_site_picture(identity.author, answer.body)
    except Problem as problem:
        if problem.code == "unavailable":
            raise Unreachable("Other pictures are being read.") from problem
        remove_avatar(identity.author)


def _settle(identity: SsoIdentity, *, tries: int) -> None:
    """What the site said meanwhile stays due."""
    now = timezone.now()
    is_over = tries == 0 or tries >= MOST_TRIES
    SsoIdentity.objects.filter(pk=identity.pk, picture_due=identity.picture_due).update(
        picture_due=None if is_over else now + AGAIN,
        picture_tries=0 if is_over else tries,
        picture_taken=now,
    )
