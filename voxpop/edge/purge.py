"""Purging: which snapshots the edge must forget. Keys come in as strings; nothing else is known.

There is no edge node in the embedded default: then there is nothing to tell and this says so in
the log at debug level. The transport to Varnish hides here (DESIGN 4).
"""

import logging
from collections.abc import Sequence

logger = logging.getLogger(__name__)


def purge(keys: Sequence[str], *, is_hard: bool = False) -> None:
    """Forget everything that wears one of these keys; hard: not even as a stale copy."""
    logger.debug("purge %s %s", "hard" if is_hard else "soft", " ".join(keys))
