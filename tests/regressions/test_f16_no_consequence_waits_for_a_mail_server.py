"""F16: the thread that drains the outbox and folds votes posts its mails and goes on."""

import ast
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

import voxpop
from voxpop.accounts.actions import become_guest
from voxpop.events.worker import drain_outbox
from voxpop.mails.models import Mail
from voxpop.moderation.alerts import tell_owners_of_flood
from voxpop.privacy.asking import ask_for_erasure
from voxpop.privacy.links import ask_for_links
from voxpop.threads.tests.cast import Cast

PACKAGE = Path(voxpop.__file__).parent
PATIENCE = 3.0
# Whose threads wait for a mail server; and who sends at once only what no server takes.
SENDERS = {"mails/sending.py", "notices/sending.py", "server/doctor.py", "mails/posting.py"}


@pytest.fixture
def hanging(settings):
    """Takes connections and says nothing, for ever."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listening.getsockname()
        settings.EMAIL_TIMEOUT = PATIENCE
        yield


def erasure(cast: Cast) -> None:
    ask_for_erasure(cast.ann.author, keeps_text=True)


def links(cast: Cast) -> None:
    become_guest(forum=cast.forum, name="Gus", email="gus@reader.test")
    with transaction.atomic():
        ask_for_links("gus@reader.test")


def flood(cast: Cast) -> None:
    tell_owners_of_flood(cast.forum)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [erasure, links, flood])
def test_the_outbox_goes_on(ask: Callable[[Cast], None], hanging) -> None:
    cast = Cast.standing()
    drain_outbox()
    started = time.monotonic()
    ask(cast)
    drain_outbox()
    assert time.monotonic() - started < PATIENCE
    assert Mail.objects.count() == 1


def connecting(source: str) -> bool:
    """Whether a module sends mail itself: it opens a connection, or sends what it has made."""
    names = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
    }
    makes_mail = "EmailMessage" in names or "EmailMultiAlternatives" in names
    if "get_connection" in names:
        return "django.core.mail" in source
    return makes_mail and "send" in names


@pytest.mark.broad  # it reads every file
def test_nobody_else_sends_mail() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.parts and connecting(path.read_text())
    }
    assert found == SENDERS


def test_the_rule_sees_one_that_does() -> None:
    assert connecting("EmailMessage(subject='a').send()")
