"""Which account a merge began with: this browser alone remembers it, for a quarter of an hour.

Not the address: a link that somebody else sends would merge the account of whoever follows it into
the sender's. The cookie is signed and dies with the sign-ins of its account.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from voxpop import ids
from voxpop.accounts.models import Author

LASTS = 15 * 60  # seconds
_SALT = "voxpop.claims merge"


def remember(response: HttpResponse, author: Author) -> None:
    """The account that is to stay is this one."""
    assert author.user is not None
    value = signing.dumps([author.public_id, author.user.get_session_auth_hash()], salt=_SALT)
    response.set_cookie(
        _cookie(),
        value,
        max_age=LASTS,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def remembered(request: HttpRequest) -> Author | None:
    """The account that is to stay, if this browser began a merge a moment ago."""
    try:
        public_id, lived = signing.loads(
            request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=LASTS
        )
    except signing.BadSignature:
        return None
    found = Author.objects.select_related("user").filter(id=ids.private(public_id) or 0).first()
    if found is None or found.user is None or not (found.is_active and found.user.is_active):
        return None
    # Over with a new password, and with signing out everywhere.
    is_same = constant_time_compare(lived, found.user.get_session_auth_hash())
    return found if is_same else None


def forget(response: HttpResponse) -> HttpResponse:
    """It is done, or given up."""
    response.delete_cookie(_cookie(), samesite="Lax")
    return response


def _cookie() -> str:
    return "__Host-merge" if settings.IS_HTTPS else "merge"
