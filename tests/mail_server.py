"""A real SMTP server that keeps what it is given, and one that takes connections and hangs."""

import email.policy
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from voxpop.stack.ports import free_port

# Its thread has something to say when the test that listened is over, into a file that is closed.
# By its level: `disabled` is taken back whenever somebody configures logging.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Taken:
    """What the server was given, and what it is to answer instead of yes."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.senders: list[str] = []  # of their envelopes
        self.refusals: dict[str, str] = {}
        self.connections: set[object] = set()

    def clear(self) -> None:
        self.mails.clear()
        self.senders.clear()
        self.refusals.clear()
        self.connections.clear()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.connections.add(session.peer)
        self.senders.append(envelope.mail_from)
        self.mails.append(message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@contextmanager
def running_mail_server(port: int = 0) -> Iterator[tuple[Taken, int]]:
    """What it takes, and its port: a free one without `port`."""
    if not port:
        port = free_port()
    taken = Taken()
    controller = Controller(taken, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield taken, port
    finally:
        controller.stop()


@contextmanager
def hanging_mail_server() -> Iterator[int]:
    """The port of one that takes connections and says nothing, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
