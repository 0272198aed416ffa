"""What a node can be told on its purge listener, as the bytes that are sent.

Only the node's VCL reads them (vcl/purge.vcl); both sides hold to docs/decisions/0052-purging.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings

from voxpop.edge.fence import MOST_KEYS, fence

Kind = Literal["soft", "hard", "everything", "url", "adopt", "beat", "explain"]


@dataclass(frozen=True)
class Order:
    """One request to a purge listener; `kind` is what the counters and the log call it."""

    kind: Kind
    method: Literal["PURGE", "BEAT", "GET"] = "PURGE"
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)

    def request(self) -> bytes:
        """The whole request, secret included: not for any log."""
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {urlsplit(settings.HOST).netloc}",
            f"Voxpop-Secret: {settings.EDGE_SECRET}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def forget_keys(
    keys: Sequence[str], *, is_hard: bool, number: tuple[str, int] | None, mark: str = ""
) -> Order:
    """Forget what wears one of these keys (at most MOST_KEYS of them).

    Soft: a stale copy stays for the bad day. `number` is the purger's life and the place of this
    purge in it; a purge without one is only a hint. A node that has had the hint of this `mark`
    only counts its repetition: what was fetched in between is not fetched again.
    """
    headers = {
        "Voxpop-Kind": "hard" if is_hard else "soft",
        "Voxpop-Keys": " ".join(keys),
        "Voxpop-Buckets": fence(keys),
        "Voxpop-Transport": settings.EDGE_TRANSPORT,
    }
    if mark:
        headers["Voxpop-Mark"] = mark
    if number is not None:
        headers |= {"Voxpop-Epoch": number[0], "Voxpop-Number": str(number[1])}
    return Order("hard" if is_hard else "soft", headers=headers)


def forget_everything(*, is_hard: bool = False, adopted: tuple[str, int] | None = None) -> Order:
    """Trust nothing that was stored before now; hard: keep none of it as a stale copy either."""
    headers = {"Voxpop-Kind": "everything"}
    if is_hard:
        headers["Voxpop-Hard"] = "1"
    if adopted is not None:
        headers |= _adoption(adopted)
    return Order("everything", headers=headers)


def adopt(number: tuple[str, int]) -> Order:
    """Count on from here: everything up to this number of this purger's life has been received."""
    return Order("adopt", headers={"Voxpop-Kind": "adopt", **_adoption(number)})


def forget_url(path: str) -> Order:
    """Forget the answer to one address (path and query), in every form of it."""
    return Order("url", path=path, headers={"Voxpop-Kind": "url"})


def beat(number: tuple[str, int]) -> Order:
    """The purger lives, and this is the number of its last purge."""
    headers = {"Voxpop-Epoch": number[0], "Voxpop-Number": str(number[1])}
    return Order("beat", method="BEAT", headers=headers)


def explain(path: str) -> Order:
    """How do you see this address (path and query)? Answered without any fetch."""
    return Order("explain", method="GET", path=path)


def groups(keys: Sequence[str]) -> list[Sequence[str]]:
    """The keys in as few requests as a node can take them."""
    return [keys[at : at + MOST_KEYS] for at in range(0, len(keys), MOST_KEYS)]


def _adoption(number: tuple[str, int]) -> dict[str, str]:
    return {"Voxpop-Epoch": number[0], "Voxpop-Adopt": str(number[1])}
