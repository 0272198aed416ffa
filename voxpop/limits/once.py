"""The same request sent twice acts once and is answered alike (INTERFACES 2, SAFETY 6.3).

The answer is kept in the transaction of the act, so a server killed at any point either did
both or neither. A key belongs to one actor; another body under it is refused.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from voxpop.errors import Problem
from voxpop.limits.models import Answered
from voxpop.rows import insert, look_up

MAX_KEY = 100
KEPT = timedelta(hours=24)


class AlreadyAnswered(Exception):
    """This request was answered before; here is that answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        super().__init__("already answered")


class Once:
    """One keyed request. Verbs open their transaction with it and keep their result in it."""

    def __init__(
        self, *, actor: str, key: str, body: bytes, answer: Callable[[Any], tuple[int, bytes]]
    ) -> None:
        if not key:
            raise Problem("idempotency_key_missing")
        if len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
            raise Problem("bad_request", f"An Idempotency-Key has at most {MAX_KEY} characters.")
        self._actor = actor
        self._key = key
        self._digest = hashlib.sha256(body).digest()
        self._answer = answer
        self.status = 0
        self.body = b""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The verb's transaction. Raises AlreadyAnswered, or Problem for a key used otherwise."""
        try:
            with transaction.atomic():
                self._refuse_if_answered()
                yield
        except IntegrityError:
            # A twin of this request committed between our look and our insert.
            self._refuse_if_answered()
            raise

    @contextmanager
    def before_refusing(self) -> Iterator[None]:
        """What was answered before is answered so again, even if it would be refused by now.

        Whoever never heard that his comment was deleted or edited asks for it once more; by then
        it is gone, or another revision. Raises AlreadyAnswered in place of such a Problem.
        """
        try:
            yield
        except Problem:
            self._refuse_if_answered()
            raise

    def keep(self, result: Any) -> None:
        """Store the answer for `result`; called last inside the transaction."""
        self.status, self.body = self._answer(result)
        insert(
            Answered(
                actor=self._actor,
                key=self._key,
                body_digest=self._digest,
                status=self.status,
                body=self.body,
            )
        )

    def _refuse_if_answered(self) -> None:
        rows = look_up(
            "SELECT body_digest, status, body FROM limits_answered WHERE actor = %s AND key = %s",
            [self._actor, self._key],
        )
        if not rows:
            return
        digest, status, body = rows[0]
        if bytes(digest) != self._digest:
            raise Problem("idempotency_key_reused")
        raise AlreadyAnswered(status, bytes(body))


class NotKeyed(Once):
    """For callers that cannot repeat themselves: the importer, a command, a test."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with transaction.atomic():
            yield

    def keep(self, result: Any) -> None:
        return


NOT_TWICE = NotKeyed()


def forget_old_answers() -> int:
    """Drop answers older than a day: a client that repeats itself does so within minutes."""
    old = Answered.objects.filter(created__lt=timezone.now() - KEPT)
    return old.delete()[0]
