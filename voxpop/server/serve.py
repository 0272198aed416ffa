"""`voxpop serve`: make ready what is needed, then serve until told to stop."""

import asyncio
import fcntl
import logging
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvloop
from django.conf import settings
from granian.constants import Interfaces
from granian.server.embed import Server as Granian

from voxpop.events.worker import Worker
from voxpop.limits.address import is_loopback
from voxpop.realtime.signals import signals
from voxpop.server.application import Server
from voxpop.server.prepare import collect_static, make_schema
from voxpop.settings.environment import SettingsError
from voxpop.wsgi import application, freeze

logger = logging.getLogger(__name__)

# Every parked reader is an open connection that Granian counts against its backpressure.
CONNECTIONS = 20_000
BACKLOG = 4096


@dataclass(frozen=True)
class Listener:
    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None

    @property
    def address(self) -> str:
        """As a browser writes it."""
        scheme = "https" if self.certificate else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"


def serve(listener: Listener) -> None:
    """Serve on `listener` until SIGTERM or SIGINT."""
    refuse_unlimited(listener.host)
    refuse_taken(listener)
    with sole_server():
        make_schema()
        collect_static()
        allow_connections()
        uvloop.run(_run(listener))


async def _run(listener: Listener) -> None:
    server = Server(application, signals, Path(settings.STATIC_ROOT))
    granian = Granian(
        server,
        address=listener.host,
        port=listener.port,
        interface=Interfaces.RSGI,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        websockets=False,
        log_enabled=False,
        ssl_cert=listener.certificate,
        ssl_key=listener.key,
    )

    def stop() -> None:
        server.let_go()
        granian.stop()  # type: ignore[no-untyped-call]

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    worker = Worker()
    worker.start()
    freeze()
    logger.info("serving %s, public address %s", listener.address, settings.HOST)
    try:
        await granian.serve()
    finally:
        server.close()
        worker.stop()


def refuse_unlimited(host: str) -> None:
    """Without rate limits only this machine may listen (INTERFACES 3)."""
    if not settings.LIMITS and not is_loopback(host):
        raise SettingsError(
            f"VOXPOP_LIMITS=off is for measuring on this machine only, and --host {host} can be "
            "reached from others. Remove VOXPOP_LIMITS, or write --host 127.0.0.1."
        )


def refuse_taken(listener: Listener) -> None:
    """Granian would share the port with whoever has it, and each would get half of the readers."""
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listener.host, listener.port))
        except OSError as error:
            raise SettingsError(f"{listener.address} cannot be listened on: {error}") from None


@contextmanager
def sole_server() -> Iterator[None]:
    """Two servers on one data folder would not hear each other's announcements."""
    settings.DATA.mkdir(parents=True, exist_ok=True)
    with (settings.DATA / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(f"Another server uses the data folder {settings.DATA}.") from None
        yield


def allow_connections() -> None:
    """As many open files as the system lets us have, up to what parked readers may need."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS if most == resource.RLIM_INFINITY else min(CONNECTIONS, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
