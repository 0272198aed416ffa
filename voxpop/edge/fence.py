"""The fence: which of a node's few clocks a surrogate key is counted on.

A node remembers when it was last told to forget a bucket, not a key: there are endless keys, and
what shares a bucket by chance is merely fetched once more. Django says the buckets of what it
answers (`Voxpop-Fence`) and of what it purges, so that the node never computes one (DESIGN 4).
"""

from binascii import crc32
from collections.abc import Iterable

BUCKETS = 1024
# As many as the node's VCL looks at; more keys on one answer would go unguarded.
MOST_KEYS = 4


def bucket(key: str) -> int:
    """The bucket of one surrogate key, 0 up to BUCKETS - 1: the same in every version for good."""
    return crc32(key.encode()) % BUCKETS


def fence(keys: Iterable[str]) -> str:
    """The buckets of these keys as a header's value: decimal, in the keys' order.

    Raises ValueError for more keys than a node guards.
    """
    buckets = [str(bucket(key)) for key in keys]
    if len(buckets) > MOST_KEYS:
        raise ValueError(f"{len(buckets)} keys on one answer; a node guards {MOST_KEYS}")
    return " ".join(buckets)
