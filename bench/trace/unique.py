"""The one place that says which requests had to reach Django: all others are counted against us."""

from collections.abc import Hashable

PRIVATE = frozenset({"overlay", "write"})


def is_truly_unique(kind: str, version: Hashable, given_before: Hashable | None) -> bool:
    """A write, a viewer's own call, or the first read by this node of bytes that it never had.

    `version` names the bytes that the address answers now, `given_before` those that this node was
    last given for it: None if it never asked. Whether the node still has them makes no difference:
    what expired, was evicted or was purged without having changed could have been spared.
    """
    return kind in PRIVATE or given_before is None or version != given_before
