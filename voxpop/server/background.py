"""What a process does beside serving: the outbox, and what is due regularly.

`voxpop serve` does it itself unless told not to; behind several serving processes it is
`voxpop worker`, of which there may be several as well.
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from voxpop import memory
from voxpop.edge.purge import refuse_wrong_secret
from voxpop.events.worker import Worker
from voxpop.server.prepare import make_ready
from voxpop.tenure import together

logger = logging.getLogger(__name__)


def work() -> None:
    """Be a worker of this data folder until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    refuse_wrong_secret()
    with together():
        make_ready()
        with background():
            logger.info("working on %s", settings.DATA)
            while not stopping.wait(memory.LOOK):
                if memory.has_run_out():
                    memory.end_soon()
                    break
    if memory.has_run_out() and not stopping.is_set():
        memory.begin_anew()


@contextmanager
def background() -> Iterator[None]:
    """The background work runs inside; it has finished what it was doing when this is left."""
    worker = Worker()
    worker.start()
    try:
        yield
    finally:
        worker.stop()
