"""Who is signed in on our own pages, at every request: two rows by their keys.

What Django and allauth do, but for how the rows are found: to put a query together and to have
PostgreSQL plan it takes several times as long as to look a row up by its key.
"""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from voxpop.accounts.models import User
from voxpop.rows import read_one


class SessionStore(db.SessionStore):
    """A session is a row; one that has ended is none."""

    def _get_session_from_db(self) -> Session | None:
        row = read_one(Session, "WHERE t.session_key = %s", [self.session_key])
        if row is None or row.expire_date <= timezone.now():
            self._session_key = None
            return None
        return row


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Ways in are allauth's; whose session it is, is looked up here."""

    def get_user(self, user_id: Any) -> User | None:
        user = read_one(User, "WHERE t.id = %s", [user_id])
        return user if user is not None and self.user_can_authenticate(user) else None
