"""`voxpop serve`: make ready what is needed, then serve until told to stop."""

import logging
import resource
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import uvloop
from django.conf import settings
from granian.constants import Interfaces
from granian.server.embed import Server as Granian

from voxpop import cassandra, memory
from voxpop.edge.purge import refuse_wrong_secret
from voxpop.limits.address import is_loopback
from voxpop.realtime.chosen import signals
from voxpop.server.application import Server
from voxpop.server.background import background
from voxpop.server.ending import Ending
from voxpop.server.fellows import fellows
from voxpop.server.prepare import make_ready
from voxpop.settings.environment import SettingsError
from voxpop.tenure import together
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

    @property
    def arguments(self) -> list[str]:
        """As `voxpop serve` is told of it."""
        told = ["--host", self.host, "--port", str(self.port)]
        if self.certificate:
            told += ["--tls-cert", str(self.certificate)]
        return [*told, "--tls-key", str(self.key)] if self.key else told


def serve(listener: Listener, *, has_worker: bool = True, processes: int = 1) -> None:
    """Serve on `listener` until SIGTERM or SIGINT, in so many processes.

    With `has_worker` each of them also does background work, with all others that do: what follows
    a comment is cheapest where it was written.
    """
    refuse_unlimited(listener.host)
    refuse_taken(listener)
    refuse_wrong_secret()
    with ExitStack() as standing:
        standing.enter_context(together())
        make_ready()
        arguments = [*listener.arguments, *([] if has_worker else ["--no-worker"])]
        standing.enter_context(fellows(arguments, processes - 1))
        is_to_begin_anew = uvloop.run(_run(listener, has_worker=has_worker))
    if is_to_begin_anew:
        memory.begin_anew()


def serve_as_fellow(listener: Listener, *, has_worker: bool) -> None:
    """Serve beside the process that started this one, until its end."""
    cassandra.connect_early()
    with together():
        uvloop.run(_run(listener, has_worker=has_worker, is_fellow=True))


async def _run(listener: Listener, *, has_worker: bool, is_fellow: bool = False) -> bool:
    """Serve until the end; whether that was for want of memory."""
    allow_connections()
    signals.listen()
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
    ending = Ending(server, granian, is_fellow=is_fellow)
    ending.watch()
    with ExitStack() as standing:
        standing.callback(signals.close)
        if has_worker:
            standing.enter_context(background())
        standing.callback(server.close)
        freeze()
        logger.info("serving %s, public address %s", listener.address, settings.HOST)
        await granian.serve()
    return ending.is_to_begin_anew


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


def allow_connections() -> None:
    """As many open files as the system lets us have, up to what parked readers may need."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS if most == resource.RLIM_INFINITY else min(CONNECTIONS, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
