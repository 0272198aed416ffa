"""Purging: which snapshots the edge must forget. Keys come in as strings; nothing else is known.

`purge` is the quick one, called right after the commit, before the author is answered. It is a
hint: it never fails and never waits for long. What makes sure is the purger, which repeats every
purge from the outbox until each node has answered (purger.py). Without nodes nobody is told.
"""

import functools
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from voxpop.edge.counters import PURGE_DELAY, PURGES, counters
from voxpop.edge.line import Line, Sent
from voxpop.edge.orders import Order, forget_keys, groups
from voxpop.edge.why import note_purged
from voxpop.settings.environment import SettingsError

logger = logging.getLogger(__name__)

# Seconds that an author waits for a node to be reached, and for it to answer.
CONNECT = 0.1
ANSWER = 0.25
# A node that failed is left to the purger for so long: one author in these seconds waits for it.
PAUSE = 3.0
FORBIDDEN = 403


@dataclass(frozen=True)
class Purge:
    """What a change made old; hard: nobody may have it any more, not even as a stale copy."""

    keys: Sequence[str]
    is_hard: bool = False


def purge(what: Purge, mark: int | None = None) -> None:
    """Tell every node to forget what wears one of these keys; never raises.

    `mark` names this purge, so that its repetition is known for one.
    """
    purge_all([(what, mark)])


def purge_all(marked: Sequence[tuple[Purge, int | None]]) -> None:
    """The same for several, waited for together: all are on their way before one is answered."""
    try:
        if settings.EDGE_NODES:
            _tell([order for what, mark in marked for order in _orders(what, mark)])
    except Exception:
        logger.exception("a purge failed; the purger will repeat it")


def _orders(what: Purge, mark: int | None) -> Iterator[Order]:
    note_purged(what.keys)
    for part, keys in enumerate(groups(what.keys)):
        name = "" if mark is None else f"{mark}.{part}"
        yield forget_keys(keys, is_hard=what.is_hard, number=None, mark=name)


def knows_our_secret(address: str) -> bool:
    """Whether the node at this address takes our purges. Raises OSError when it does not answer."""
    line = Line(address)
    try:
        # A purge of nothing: refused in one way or in the other.
        nothing = forget_keys([], is_hard=False, number=None)
        return line.ask(nothing, connect=1, answer=1).status != FORBIDDEN
    finally:
        line.close()


def refuse_wrong_secret() -> None:
    """Raises SettingsError when a node says that our secret is wrong; one that is away may be."""
    for address in settings.EDGE_NODES:
        try:
            is_right = knows_our_secret(address)
        except OSError as error:
            logger.warning("edge node %s is not reached yet: %s", address, error)
            continue
        if not is_right:
            raise SettingsError(
                f"The edge node {address} refuses our secret: write the same VOXPOP_EDGE_SECRET "
                "here and there."
            )


def _tell(orders: Sequence[Order]) -> None:
    began = time.monotonic()
    known = nodes(tuple(settings.EDGE_NODES))
    asked = [(node, order, node.send(order)) for order in orders for node in known]
    for node, order, sent in asked:
        if sent is not None:
            node.hear(sent, order, began)


@functools.lru_cache(maxsize=4)
def nodes(addresses: Sequence[str]) -> "tuple[Node, ...]":
    """The nodes at these addresses, with their connections, for this whole process."""
    return tuple(Node(address) for address in addresses)


class Node:
    """One node as authors know it: skipped for a while after it has failed."""

    def __init__(self, address: str) -> None:
        self._line = Line(address)
        self._lock = threading.Lock()
        self._skipped_until = 0.0
        self._is_well = True

    def send(self, order: Order) -> Sent | None:
        """The order on its way; None when the node is skipped or cannot be reached."""
        if not self._may_try():
            counters.count(PURGES, order.kind, "at_once", "skipped")
            return None
        try:
            return self._line.send(order, connect=CONNECT, answer=ANSWER)
        except OSError as error:
            self._fail(order, error)
            return None

    def hear(self, sent: Sent, order: Order, began: float) -> None:
        """Wait for the answer, no longer than ANSWER allows."""
        try:
            status = sent.answer().status
        except OSError as error:
            self._fail(order, error)
            return
        if status != 200:
            self._fail(order, f"it answered {status}")
            return
        self._is_well = True
        self._skipped_until = 0.0
        counters.count(PURGES, order.kind, "at_once", "done")
        counters.observe(PURGE_DELAY, time.monotonic() - began)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._line.close()

    def _may_try(self) -> bool:
        """Of the threads that come when the pause is over, one tries and the others go on."""
        with self._lock:
            now = time.monotonic()
            if now < self._skipped_until:
                return False
            if not self._is_well:
                self._skipped_until = now + PAUSE
            return True

    def _fail(self, order: Order, why: object) -> None:
        counters.count(PURGES, order.kind, "at_once", "failed")
        if self._is_well:
            logger.warning("edge node %s did not take a purge: %s", self._line.address, why)
        self._is_well = False
        self._skipped_until = time.monotonic() + PAUSE
