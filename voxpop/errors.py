"""Every refusal a client can be told, with its stable code (RFC 9457 problem details).

`docs/errors.md` lists the codes; a test compares it with `CODES`.
"""

import logging
from typing import Any

from voxpop import memory

logger = logging.getLogger(__name__)

# code -> (status, title). The code is what clients hold on to; the title is for people.
CODES: dict[str, tuple[int, str]] = {
    "bad_request": (400, "The request could not be understood"),
    "parameter_twice": (400, "A query parameter was given twice"),
    "bad_cursor": (400, "This place in the list is not known"),
    "invalid": (400, "Some fields need another look"),
    "sign_in_required": (401, "Sign in to do this"),
    "bad_token": (401, "Your sign-in has ended; sign in again"),
    "bad_code": (401, "This one-time code or link was used or is too old"),
    "not_allowed": (403, "You may not do this"),
    "second_factor_required": (403, "This forum asks for a second factor; set one up first"),
    "cross_site": (403, "This has to be done on our own pages"),
    "address_needed": (403, "Guests leave an e-mail address here"),
    "banned": (403, "You may not comment here"),
    "sso_invalid": (401, "The site's sign-in cannot be accepted"),
    "sso_expired": (401, "The site's sign-in is too old; load the page again"),
    "sso_used": (401, "The site's sign-in was used before; load the page again"),
    "sso_off": (403, "This forum does not take the sign-in of its site"),
    "sso_required": (403, "Sign in on the site to take part"),
    "guests_not_allowed": (403, "Sign in to comment here"),
    "origin_not_allowed": (403, "This site may not use this forum"),
    "edit_window_over": (403, "The time for editing this comment is over"),
    "forum_creation_closed": (403, "Forums cannot be created here"),
    "not_found": (404, "There is nothing here"),
    "forum_unknown": (404, "There is no forum of this name"),
    "method_not_allowed": (405, "This cannot be done here"),
    "already_undone": (409, "This decision was already undone"),
    "already_decided": (409, "Somebody has already decided this"),
    "decision_superseded": (409, "Something else was decided since"),
    "revision_conflict": (409, "Somebody changed this comment meanwhile"),
    "in_progress": (409, "The same request is still being handled"),
    "too_large": (413, "This is too large"),
    "idempotency_key_reused": (422, "This key was used for something else"),
    "idempotency_key_missing": (400, "An Idempotency-Key is needed"),
    "source_empty": (422, "Write something first"),
    "source_too_long": (422, "This comment is too long"),
    "source_not_renderable": (422, "This text could not be rendered safely"),
    "thread_locked": (423, "This thread is locked"),
    "thread_closed": (423, "This thread is closed for new comments"),
    "rate_limited": (429, "Too much at once; wait a moment"),
    "server_error": (500, "Something went wrong on our side"),
    "writes_paused": (503, "Writing is paused for a moment"),
    "unavailable": (503, "The server cannot answer just now"),
}


class Problem(Exception):
    """A refusal with a stable code; ways in turn it into application/problem+json or a page."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: dict[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.code = code
        self.status, self.title = CODES[code]
        self.detail = detail or self.title
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(f"{code}: {self.detail}")

    def body(self) -> dict[str, Any]:
        """The problem document."""
        document: dict[str, Any] = {
            "type": f"/docs/errors#{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = self.errors
        return document


def failure(error: Exception) -> Problem:
    """What somebody is told of a failure that nobody expected: for want of memory, try again."""
    if memory.is_cause(error):
        return Problem("unavailable", retry_after=5)
    return Problem("server_error")


def not_storable(error: Exception) -> Problem:
    """What was sent has a value that the database refuses, such as PostgreSQL a NUL in a text."""
    logger.warning("the database cannot take a value: %s", error)
    return Problem("bad_request")
