"""One edge node for a benchmark, without a Django that beats for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voxpop.stack.ports import free_port


@contextmanager
def trusted_node(name: str, folder: Path, origin: int, **options: Any) -> Iterator[Any]:
    """A node of the product before the origin's port, in a new folder of its name, that trusts what
    it has, since a purger beats. `options` are further ones of `Node`."""
    # The settings are read with it, and a benchmark sets them first.
    from django.conf import settings

    from voxpop.edge.node import Node
    from voxpop.edge.purger import Purger

    own = folder / name
    own.mkdir()
    origins = [("127.0.0.1", origin)]
    node = Node(name, free_port(), free_port(), origins, settings.EDGE_SECRET, own, **options)
    node.start()
    purger = Purger([node.purge_url])
    purger.catch_up()
    purger.start()
    try:
        yield node
    finally:
        purger.stop()
        node.stop()
