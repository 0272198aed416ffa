"""Walks the table over HTTP: every row × everybody, as a browser or a script asks.

Refusals and reads are asked in one world that nobody may have changed when all is done. Acts change
theirs, so where one is answered otherwise than the table says, or changes nothing, it is asked once
more in a new world before that is called wrong.
"""

import http.client
import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model, Q
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.crypto import get_random_string

from voxpop import ids
from voxpop.accounts.models import Author, User
from voxpop.audit.tenancy.table import (
    ACCOUNTS,
    ACTORS,
    ANONYMOUS,
    EVERYBODY,
    SHARED,
    TABLE,
    Row,
)
from voxpop.audit.tenancy.world import World, build, filled, take_away
from voxpop.events.models import OutboxEvent
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment, Thread

SECONDS = 10.0  # an answer that takes longer is none
WAITS, LONGEST_WAIT = 5, 60.0  # when a limit says to come again
TOO_MANY = 429
HELD_OFF = "is held off by a limit"
SETTLES = 20.0
Standing = dict[str, list[Any]]
# Of one process: who asks decides by his address, and an edge does not let them through.
OF_THE_MACHINE = {"healthz", "readyz", "metrics"}
SECRET = {
    *("forum", "shortname", "comment", "thread", "decision", "ban", "edited", "public_id"),
    *("claim", "imported"),
}
# What workers and mere reading write; and what follows from others' acts.
BESIDE = {"events", "mails", "timelines", "analytics", "trending", "limits"}
VOLATILE = {"seq", "fragment", "shape", "rank", "up", "down", "last_login", "heat", "refreshed"}
QUIET = {"AccessToken", "Browser", "Notice", "PersonalNotice", "Letter"}


@dataclass(frozen=True)
class Wrong:
    """One row and actor that are not as the table says."""

    row: str
    actor: str
    told: str


@dataclass
class Found:
    """What a walk saw."""

    asked: int = 0
    allowed: int = 0
    refused: int = 0
    limited: int = 0  # held off at doors that are open to everybody: nothing is known of these
    wrong: list[Wrong] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    kind: str
    body: bytes

    @property
    def is_let_through(self) -> bool:
        if self.status in {301, 302, 303}:
            return not urlsplit(self.location).path.startswith("/accounts/login/")
        return 200 <= self.status < 400


class Walk:
    """Asks one server at `url`, which has the database of this process."""

    def __init__(self, url: str, tell: Callable[[str], None]) -> None:
        self._parts = urlsplit(url)
        self._tell = tell
        self.found = Found()

    def is_answered(self) -> bool:
        """Whether anybody answers there: else everybody would be refused."""
        answer, _ = self._once("GET", "/", {}, b"")
        return answer.is_let_through

    def walk(self, rows: list[Row]) -> Found:
        """The whole table, or some rows of it."""
        rows = [each for each in rows if each.route not in OF_THE_MACHINE]
        with _world() as calm:
            stands = _fingerprint(calm)
            for each in rows:
                stands = self._refuse(each, calm, stands)
            for each in rows:
                if each.method == "GET":
                    self._let_read(each, calm)
            self._still_signed_in(calm)
        self._let_act([each for each in rows if each.method != "GET"])
        return self.found

    def _refuse(self, each: Row, world: World, before: Standing) -> Standing:
        """Everybody else is refused, changes nothing, and learns nothing; how the world stands."""
        others = [actor for actor in ACTORS if actor not in each.who]
        named = _named(each) if each.is_secret and each.who < ACCOUNTS else set()
        for actor in others:
            answer = self._ask(world, each, actor, {})
            if answer.is_let_through or not 300 <= answer.status < 500:
                self._wrong(each, actor, f"is let through: {answer.status}")
                continue
            self.found.refused += 1
            if named and actor != ANONYMOUS:
                unknown = self._ask(world, each, actor, {name: _nowhere(name) for name in named})
                if (unknown.status, unknown.kind) != (answer.status, answer.kind):
                    told = f"learns that it is there: {answer.status}, not {unknown.status}"
                    self._wrong(each, actor, told)
        after = _fingerprint(world) if others and each.method != "GET" else before
        if after != before:
            told = ", ".join(name for name in after if after[name] != before[name])
            self._wrong(each, ", ".join(others), f"refused, and something is changed: {told}")
        return after

    def _let_read(self, each: Row, world: World) -> None:
        bodies = set()
        for actor in each.who:
            answer = self._ask(world, each, actor, {})
            bodies.add(answer.body)
            if answer.is_let_through:
                self.found.allowed += 1
            else:
                self._wrong(each, actor, f"is refused: {answer.status}")
        if each in SHARED and len(bodies) > 1:
            # Something may just have followed from the making of the world.
            again = {self._ask(world, each, actor, {}).body for actor in each.who}
            if len(again) > 1:
                self._wrong(each, "everybody", "a shared answer differs by who asks")

    def _let_act(self, rows: list[Row]) -> None:
        """Each act by each who may, in one world as long as that answers as it should."""
        kept: list[World] = []
        stands: Standing = {}
        try:
            for each in rows:
                for actor in sorted(each.who):
                    told = "there is no world yet"
                    if kept:
                        told, stands = self._act(each, actor, kept[0], stands)
                    if told and told != HELD_OFF:
                        _leave(kept)
                        kept = [_made()]
                        told, stands = self._act(each, actor, kept[0], _fingerprint(kept[0]))
                    if told == HELD_OFF:
                        self.found.limited += 1
                    elif told:
                        self._wrong(each, actor, told)
                    else:
                        self.found.allowed += 1
        finally:
            _leave(kept)

    def _act(self, each: Row, actor: str, world: World, before: Standing) -> tuple[str, Standing]:
        """What is wrong with the answer, or nothing; and how the world stands."""
        answer = self._ask(world, each, actor, {})
        # What is open to everybody is limited by the address, and all of these come from one.
        if answer.status == TOO_MANY and each.who == EVERYBODY:
            return HELD_OFF, before
        if not answer.is_let_through:
            return f"is refused: {answer.status}", before
        after = _fingerprint(world) if each.is_act else before
        if each.is_act and after == before:
            return f"is let through and changes nothing: {answer.status}", before
        return "", after

    def _still_signed_in(self, world: World) -> None:
        """Else everybody who was refused may have been refused for that."""
        home = next(each for each in TABLE if (each.route, each.method) == ("home/", "GET"))
        for actor in ACCOUNTS:
            if not self._ask(world, home, actor, {}).is_let_through:
                self._wrong(home, actor, "was signed out on the way: nothing is known of him")

    def _wrong(self, each: Row, actor: str, told: str) -> None:
        self.found.wrong.append(Wrong(str(each), actor, told))
        self._tell(f"WRONG {each}: {actor} {told}")

    # -- asking ----------------------------------------------------------------------------

    def _ask(self, world: World, each: Row, actor: str, instead: dict[str, str]) -> Answer:
        """The request of the row, as this actor's browser or script would send it."""
        objects = {**world.objects}
        objects |= {name: filled(it, world.objects) for name, it in each.instead.items()}
        objects |= instead
        path = "/" + filled(each.route, objects)
        if each.query:
            path += "?" + filled(each.query, objects)
        body = {
            name: filled(value, objects) if isinstance(value, str) else value
            for name, value in each.body.items()
        }
        headers, sent = _as_script(body) if each.is_json else _as_browser(body)
        person = world.people[actor]
        if each.is_json and person is not None:
            headers["Authorization"] = f"Bearer {person.token}"
        if not each.is_json and world.sessions[actor]:
            headers["Cookie"] += f"; {settings.SESSION_COOKIE_NAME}={world.sessions[actor]}"
        for _ in range(WAITS):
            answer, wait = self._once(each.method, path, headers, sent)
            if answer.status != TOO_MANY:
                break
            time.sleep(min(wait, LONGEST_WAIT))
        self.found.asked += 1
        return answer

    def _once(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[Answer, float]:
        connection = self._dialled()
        told = {"Host": urlsplit(settings.HOST).netloc, **headers}
        try:
            connection.request(method, path, None if method == "GET" else body, told)
            came = connection.getresponse()
            answer = Answer(
                came.status,
                came.getheader("Location", "") or "",
                came.getheader("Content-Type", "") or "",
                came.read(),
            )
            after = came.getheader("Retry-After") or "1"
            return answer, float(after) if after.isdecimal() else 1.0
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, "", type(error).__name__, b""), 1.0
        finally:
            connection.close()

    def _dialled(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme != "https":
            return http.client.HTTPConnection(host, port, timeout=SECONDS)
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=self._trusted)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whom everybody trusts, and the authority that the stack made for its data folder."""
        context = ssl.create_default_context()
        own = settings.DATA / "certificates" / "authority.pem"
        if own.exists():
            context.load_verify_locations(own)
        return context


def _as_script(body: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(12)}
    return headers, json.dumps(body).encode()


def _as_browser(body: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    token = get_random_string(32)
    headers = {
        "Content-Type": MULTIPART_CONTENT,
        "Cookie": f"{settings.CSRF_COOKIE_NAME}={token}",
        "Origin": settings.HOST,
    }
    fields = {
        name: SimpleUploadedFile("export.xml", value) if isinstance(value, bytes) else value
        for name, value in body.items()
    }
    return headers, encode_multipart(BOUNDARY, {"csrfmiddlewaretoken": token, **fields})


def _named(each: Row) -> set[str]:
    """The objects of the forum that a row names, in its path, query or body."""
    bodies = [value for value in each.body.values() if isinstance(value, str)]
    text = " ".join([each.route, each.query, *bodies, *each.instead.values()])
    return {name for name in SECRET if f"<{name}>" in text or f":{name}>" in text}


def _nowhere(name: str) -> str:
    return "nothing-here" if name in {"forum", "shortname"} else ids.public(ids.id_at(0))


# -- worlds --------------------------------------------------------------------------------


@contextmanager
def _world() -> Iterator[World]:
    world = _made()
    try:
        yield world
    finally:
        _leave([world])


def _made() -> World:
    """A world whose making has been followed by everything that follows."""
    here, there = (f"audit-{secrets.token_hex(4)}" for _ in range(2))
    with transaction.atomic():
        world = build(here, there)
    _settle()
    return world


def _leave(worlds: list[World]) -> None:
    """Take them away once nothing follows any more: a worker would write of what is just going."""
    _settle()
    for world in worlds:
        take_away(world)


def _settle() -> None:
    """Wait until a worker has done what is due, or for so long."""
    end = time.monotonic() + SETTLES
    while OutboxEvent.objects.exists() and time.monotonic() < end:
        time.sleep(0.05)


def _fingerprint(world: World) -> Standing:
    """Every row of the product that is about somebody or something of the world."""
    authors = Author.objects.filter(Q(forum__in=world.forums) | Q(user__in=world.users))
    of: dict[type[Model], Any] = {
        Forum: world.forums,
        User: world.users,
        Author: list(authors.values_list("id", flat=True)),
        Thread: list(Thread.objects.filter(forum__in=world.forums).values_list("id", flat=True)),
        Comment: list(Comment.objects.filter(forum__in=world.forums).values_list("id", flat=True)),
    }
    found = {}
    for model in _models():
        about = Q(pk__in=of[model]) if model in of else Q(pk__in=[])
        for each in model._meta.concrete_fields:
            if each.related_model in of:
                about |= Q(**{f"{each.name}__in": of[each.related_model]})
        names = [f.attname for f in model._meta.concrete_fields if f.name not in VOLATILE]
        rows = model._default_manager.filter(about).order_by("pk").values_list(*names)
        found[model.__name__] = list(rows)
    return found


def _models() -> Iterator[type[Model]]:
    for config in apps.get_app_configs():
        if config.name.startswith("voxpop") and config.label not in BESIDE:
            yield from (each for each in config.get_models() if each.__name__ not in QUIET)
