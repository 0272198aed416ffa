"""T37's world: a forum, another one, everybody who may ask, and how each of them asks."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings

from tests.regressions.t37_table import (
    ANONYMOUS,
    GUEST,
    MODERATOR,
    OPERATOR,
    OTHER_MODERATOR,
    OTHER_OWNER,
    OWNER,
    READER,
    Row,
)
from voxpop import ids
from voxpop.accounts.models import Author, AuthorKind
from voxpop.forums.models import Membership, Role, Sso
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Verb
from voxpop.notices.models import Device
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.profiles.models import Avatar
from voxpop.sso.actions import change_sso, make_key
from voxpop.sso.keys import keys_of
from voxpop.sso.models import KeyKind
from voxpop.threads.actions import edit_comment
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import ORIGIN, Cast, Person
from voxpop.transfer.models import Import


@dataclass
class World:
    """A forum with something of every kind in it, and another forum whose people look over."""

    here: Cast
    there: Cast
    people: dict[str, Person | None]
    sessions: dict[str, str]
    objects: dict[str, str]


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
        yield build()
        transaction.set_rollback(True)


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever happens inside is as if it had never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build() -> World:
    here, there = Cast(), Cast("elsewhere")
    people: dict[str, Person | None] = {
        ANONYMOUS: None,
        GUEST: here.guest(),
        READER: here.ann,
        OWNER: here.owner,
        OTHER_OWNER: there.owner,
    }
    for name, cast in ((MODERATOR, here), (OTHER_MODERATOR, there)):
        person = people[name] = cast.user(f"{name} of", f"moderator@{cast.forum.shortname}.test")
        Membership.objects.create(forum=cast.forum, user=person.author.user, role=Role.MODERATOR)
        cast.mona = person
    operator = people[OPERATOR] = here.user("Otto Operator", "operator@voxpop.test")
    operator.author.user.is_operator = True
    operator.author.user.save()
    sessions = {name: _session(person) for name, person in people.items()}
    objects = {**_objects(here), "stranger": there.comment("Elsewhere.").public_id}
    return World(here, there, people, sessions, objects)


def _session(person: Person | None) -> str:
    """The cookie of somebody who has signed in on our own origin."""
    client = Client()
    if person is None or person.author.user is None:
        return ""
    client.force_login(person.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _objects(here: Cast) -> dict[str, str]:
    """Public ids of one object of each kind in the forum."""
    by = here.owner.author.user
    comment, held = here.comment("Hers."), here.comment("To be held.")
    spam = moderation.decide(comment=held, verb=Verb.SPAM, by=by)
    writer = here.guest("Barry Banned")
    here.comment("Rude.", author=writer.author)
    banned = moderation.ban_author(forum=here.forum, author=writer.author, by=by)
    edited = here.comment("Before.")
    here.forum.is_premoderated = True
    here.forum.save()
    edited = Comment.objects.select_related("forum", "thread", "author").get(id=edited.id)
    edit_comment(comment=edited, author=here.ann.author, source="After.", revision=1)
    here.forum.is_premoderated = False
    here.forum.save()
    return {
        "forum": here.forum.shortname,
        "shortname": here.forum.shortname,
        "comment": comment.public_id,
        "edited": edited.public_id,
        "thread": comment.thread.public_id,
        "author": here.ann.author.public_id,
        "decision": spam.public_id,
        "ban": ids.public(banned.ban_id),
        "kid": _key(here),
        "member": here.mona.author.public_id,
        **_archive(here),
        "handle": _handle(here),
        "name": _avatar(here),
        "size": "96",
        "forum_id": ids.public(here.forum.id),
        "public_id": _import(here).public_id,
        "device": ids.public(_device(here).id),
        "key": "41-42-120",
        "secret": "no-such-secret",
    }


def _avatar(here: Cast) -> str:
    """The name of the reader's avatar, whatever it shows."""
    author = here.ann.author
    author.avatar = "0" * 26
    author.save(update_fields=["avatar"])
    return Avatar.objects.create(name="0" * 26, author=author, small=b"", large=b"").name


def _archive(here: Cast) -> dict[str, str]:
    """An author of an archive, his comment, and that somebody says it was he."""
    archived = here.comment("Of old.", author=here.guest("Irma Imported").author)
    Author.objects.filter(id=archived.author_id).update(
        kind=AuthorKind.IMPORTED, imported_key="disqus:irma"
    )
    claim = moderation.ask_for_comments(comment=archived, by=here.bob.author)
    return {
        "archived": archived.public_id,
        "imported": archived.author.public_id,
        "claim": claim.public_id,
    }


def _handle(here: Cast) -> str:
    """The name of the reader's public profile."""
    wanted = Wanted("ann-reader", is_public=True, shows_people=True)
    return change_profile(here.ann.author, wanted).handle or ""


def _device(here: Cast) -> Device:
    """A browser that shows the reader pushes."""
    assert here.ann.author.user is not None
    return Device.objects.create(
        author=here.ann.author,
        endpoint=f"https://push.example/{here.forum.shortname}",
        sign_outs=here.ann.author.user.sign_outs,
    )


def _key(here: Cast) -> str:
    """The forum takes its site's own users; this is the name of the key."""
    make_key(forum=here.forum, kind=KeyKind.HMAC)
    address = f"{ORIGIN}/sign-in"
    change_sso(forum=here.forum, mode=Sso.BESIDE, address=address, moderates=False)
    return keys_of(here.forum)[0].kid


def _import(here: Cast) -> Import:
    """An upload that was looked at and waits to be started."""
    file = settings.DATA / "waiting.upload"
    file.write_bytes(b"<disqus/>")
    return Import.objects.create(
        forum=here.forum, file=str(file), source="disqus", state="checked", is_dry_run=True
    )


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


def filled(text: str, objects: dict[str, str]) -> str:
    for name, value in objects.items():
        text = text.replace(f"<slug:{name}>", value).replace(f"<str:{name}>", value)
        text = text.replace(f"<{name}>", value).replace(f"<int:{name}>", value)
    return text


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


QUIET = {"AccessToken", "Answered"}


def fingerprint() -> dict[str, list[Any]]:
    """Every row of the product but tokens and kept answers."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for config in apps.get_app_configs()
        if config.name.startswith("voxpop")
        for model in config.get_models()
        if model.__name__ not in QUIET
    }
