"""T37's world in a test: made once, asked by Django's client, and taken back."""

import functools
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client, override_settings

from voxpop.audit.tenancy.table import Row
from voxpop.audit.tenancy.world import Person, World, build, filled


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Built once: every request of an actor is rolled back to it."""
    data = tmp_path_factory.mktemp("data")  # where "writes are paused" and uploads are kept
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        override_settings(
            LIMITS=False, DATA=data, STORAGES={**settings.STORAGES, "staticfiles": plain}
        ),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        yield build("magazine", "elsewhere")
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def stands(world: World) -> dict[str, list[Any]]:
    """How everything stands before whatever anybody does: each of their acts is taken back."""
    return fingerprint()


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever happens inside is as if it had never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# -- asking --------------------------------------------------------------------------------


def ask(world: World, each: Row, actor: str, objects: dict[str, str]) -> Any:
    """The request of the row, as this actor's browser or script would send it."""
    objects = {**objects, **{name: filled(it, objects) for name, it in each.instead.items()}}
    path = "/" + filled(each.route, objects)
    if each.query:
        path += "?" + filled(each.query, objects)
    body = {name: _deep(value, objects) for name, value in each.body.items()}
    person = world.people[actor]
    if each.is_json:
        return _with_token(each.method, path, body, person)
    return _with_session(each.method, path, body, world.sessions[actor])


def _deep(value: Any, objects: dict[str, str]) -> Any:
    if isinstance(value, bytes):
        return SimpleUploadedFile("export.xml", value)
    return filled(value, objects) if isinstance(value, str) else value


_keys = itertools.count()


def _with_token(method: str, path: str, body: dict[str, Any], person: Person | None) -> Any:
    headers = {"Idempotency-Key": f"key-{next(_keys)}"}
    if person is not None:
        headers["Authorization"] = f"Bearer {person.token}"
    sent = b"" if method == "GET" else json.dumps(body)
    return Client().generic(method, path, sent, content_type="application/json", headers=headers)


def _with_session(method: str, path: str, body: dict[str, Any], session: str) -> Any:
    client = Client()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    if method == "GET":
        return client.get(path)
    return client.post(path, body, headers={"Origin": "http://testserver"})


def is_let_through(answer: Any) -> bool:
    if answer.status_code in {301, 302, 303}:
        return not answer["Location"].startswith("/accounts/login/")
    return bool(answer.status_code < 400)


# SELECT … FOR UPDATE is one of these: it locks, and changes nothing.
HARMLESS = {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "EXPLAIN"}
QUIET = {"AccessToken", "Answered", "Browser"}


@contextmanager
def writes_seen() -> Iterator[list[str]]:
    """The statements that may write, as they are sent. Where there was none, nothing changed, and
    nobody needs to read the whole database to know it.
    """
    seen: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(None, 1)[0].upper() not in HARMLESS:
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def fingerprint() -> dict[str, list[Any]]:
    """Every row of the product but tokens, browsers seen today and kept answers."""
    with connection.cursor() as cursor:
        found = {}
        for name, sql in every_row().items():
            cursor.execute(sql)
            found[name] = cursor.fetchall()
    return found


@functools.cache
def every_row() -> dict[str, str]:
    """Each model's statement, made once: asked hundreds of times, to make them would take longer
    than all requests.
    """
    return {
        model.__name__: str(model.objects.order_by("pk").values_list().query)
        for config in apps.get_app_configs()
        if config.name.startswith("voxpop")
        for model in config.get_models()
        if model.__name__ not in QUIET
    }
