"""What happened: recorded in the transaction of the change, followed by its consequences.

A verb calls `record(Something(...))`; it never knows who reacts. `voxpop.consequences` holds the
table, `dispatch` runs what comes at once, `worker` the rest and whatever a crash left undone.
"""

import os
import signal
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from voxpop.rows import insert


@dataclass(frozen=True)
class Event:
    """A fact that others react to; its fields are ids and plain values that JSON can hold."""

    @classmethod
    def name(cls) -> str:
        return cls.__name__

    def payload(self) -> dict[str, Any]:
        """The fields as they are written into the outbox."""
        return dict(vars(self))

    @property
    def line(self) -> str:
        """Events of one line are followed one after the other; without one, in any order."""
        return ""


def record(event: Event) -> None:
    """Write `event` into the outbox of the current transaction; its consequences follow the commit.

    What must come at once runs in this thread right after the commit. A failure there is logged
    and left to the worker: the author's comment is already true, he must not be told otherwise.
    """
    # Models can be imported only after Django has loaded all apps, and this package is one.
    from voxpop.events import dispatch
    from voxpop.events.models import OutboxEvent

    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event.name()} was recorded outside the transaction of its change")
    row = OutboxEvent(
        name=event.name(),
        payload=event.payload(),
        due=dispatch.first_due(),
        is_purge_due=dispatch.is_purged_again(event),
        line=event.line,
    )
    insert(row)
    transaction.on_commit(partial(dispatch.follow_at_once, row.pk, event))


def kill_point(name: str) -> None:
    """End this process as SIGKILL would, when a test asked for it at this very place (F1)."""
    if os.environ.get("VOXPOP_TEST_KILL_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
