"""Forgetting by hand: an operator tells the nodes directly, whatever has become of the rest.

No database and no worker is asked: this is for the day on which both are dead and something must
not be shown for one second more (SAFETY T43). What Django would still answer comes back with the
next reader; so remove it there too, as soon as it stands.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from voxpop.edge.line import Line
from voxpop.edge.orders import Order, forget_everything, forget_keys, forget_url, groups

CONNECT = 1.0
ANSWER = 2.0
KEY = re.compile(r"[a-z]:[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Told:
    """What became of it at one node."""

    node: str
    is_done: bool
    told: str


def orders_of(targets: Sequence[str]) -> list[Order]:
    """What to say about these keys and addresses. Raises ValueError for what is neither."""
    keys: list[str] = []
    orders: list[Order] = []
    for target in targets:
        if KEY.fullmatch(target):
            kind, _, name = target.partition(":")
            # Whoever wants a thread gone means its tail as well.
            keys += [target, f"e:{name}"] if kind == "t" else [target]
        elif target.startswith(("/", "http://", "https://")):
            parts = urlsplit(target)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            if not re.fullmatch(r"/[!-~]*", path):
                raise ValueError(f"{target} is not an address as it stands in a request.")
            orders.append(forget_url(path))
        else:
            raise ValueError(
                f"{target} is neither a key (t:THREAD, f:FORUM, s:FORUM) nor an address."
            )
    distinct = list(dict.fromkeys(keys))
    return [forget_keys(group, is_hard=True, number=None) for group in groups(distinct)] + orders


def everything() -> list[Order]:
    """What to say when nothing at all may stay."""
    return [forget_everything(is_hard=True)]


def tell_all(addresses: Sequence[str], orders: Sequence[Order]) -> list[Told]:
    """Tell every node at the same time; a node that is away takes no more than CONNECT + ANSWER."""
    told: dict[str, Told] = {}

    def tell(address: str) -> None:
        told[address] = _tell(address, orders)

    threads = [threading.Thread(target=tell, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [told[address] for address in addresses]


def _tell(address: str, orders: Sequence[Order]) -> Told:
    line = Line(address)
    count = 0
    try:
        for order in orders:
            answer = line.ask(order, connect=CONNECT, answer=ANSWER)
            if answer.status == 404 and order.kind == "url":
                return Told(address, False, f"no answers are kept under {order.path}")
            if answer.status == 403:
                return Told(address, False, "it refuses our VOXPOP_EDGE_SECRET")
            if answer.status != 200:
                return Told(address, False, f"it answers {answer.status}")
            count += int(answer.headers.get("voxpop-purged", "0"))
    except OSError as error:
        return Told(address, False, f"not reached: {error}")
    finally:
        line.close()
    return Told(address, True, "forgotten" + (f", {count} answers" if count else ""))
