"""Where somebody is signed in: browsers on our own pages, frames on sites, scripts; and ending one.

Each is a row that is looked up at every request, so what is ended here acts nowhere any more from
the next request on, in every process.
"""

from collections.abc import Callable
from contextlib import suppress

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from voxpop.accounts.devices import device_of
from voxpop.accounts.models import AccessToken, Author, Browser, TokenKind, User
from voxpop.limits.paused import is_paused

NOTED = "noted"
ACTING = (TokenKind.EMBED, TokenKind.SCRIPT)


class NotesBrowsers:
    """Middleware: who is signed in here finds this browser among his. One row, once a day."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed:
            with suppress(DatabaseError):  # a full disk is no reason to show nobody his page
                _note(request)
        return response


def _note(request: HttpRequest) -> None:
    """A session gets another key with each sign-in and password; that is noted anew."""
    session, today = request.session, timezone.now().date()
    mark = f"{session.session_key} {today}"
    if not session.session_key or SESSION_KEY not in session or session.get(NOTED) == mark:
        return
    if not isinstance(request.user, User) or is_paused():
        return
    device = device_of(request.headers.get("User-Agent", ""))
    row = Browser.objects.filter(session_key=session.session_key)
    with transaction.atomic():
        if not row.update(user=request.user, device=device, seen=today):
            Browser.objects.create(
                session_key=session.session_key,
                user=request.user,
                device=device,
                began=today,
                seen=today,
            )
    session[NOTED] = mark


def browsers_of(user: User) -> list[Browser]:
    """Those that are signed in now, the one seen last first; two queries."""
    rows = list(Browser.objects.filter(user=user).order_by("-seen", "-id"))
    standing = Session.objects.filter(expire_date__gt=timezone.now())
    keys = standing.filter(session_key__in=[row.session_key for row in rows])
    known = set(keys.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in known]


def tokens_of(author: Author) -> list[AccessToken]:
    """What acts for him elsewhere: frames on sites, scripts; the newest first."""
    rows = AccessToken.objects.filter(author=author, kind__in=ACTING, expires__gt=timezone.now())
    return list(rows.order_by("-id"))


@transaction.atomic
def end_browser(user: User, browser: int, *, but: str = "") -> bool:
    """Signed out there; false where it is not his, or was already. The session `but` goes on."""
    row = Browser.objects.filter(user=user, id=browser).exclude(session_key=but).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


def forget_browsers_of(user: User) -> None:
    """None is his any more: what their sessions carry is no longer what it has to be
    (`User._get_session_auth_hash`). The one that goes on is noted anew."""
    Browser.objects.filter(user=user).delete()


def end_token_of(author: Author, token: int) -> bool:
    """One frame or script acts for him no more; false where it is not his, or did not."""
    gone, _ = AccessToken.objects.filter(author=author, id=token, kind__in=ACTING).delete()
    return bool(gone)


def forget_sessions() -> None:
    """Throw away sessions that are over, and what was noted of them."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    standing = Session.objects.values("session_key")
    Browser.objects.exclude(session_key__in=standing).delete()
