"""A forum with its people, one with a moderator of his own, and an operator."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from voxpop.forums.models import Membership, Role
from voxpop.threads.tests.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    cast = Cast()
    cast.mona = cast.user("Mona Moderator", "mona@magazine.test")
    Membership.objects.create(forum=cast.forum, user=cast.mona.author.user, role=Role.MODERATOR)
    return cast


@pytest.fixture
def others(db: None) -> Cast:
    return Cast("elsewhere")


@pytest.fixture
def plain_names_of_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def desk(cast: Cast, plain_names_of_static_files: None) -> Callable[..., Any]:
    """Mona's browser; it follows where the desk leads her."""
    client = Client()
    client.force_login(cast.mona.author.user, backend=configured.AUTHENTICATION_BACKENDS[0])

    def send(path: str, body: dict[str, Any] | None = None) -> Any:
        path = f"/moderate/{path}"
        if body is None:
            return client.get(path)
        return client.post(path, body, follow=True, headers={"Origin": "http://testserver"})

    return send
