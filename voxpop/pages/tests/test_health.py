import pytest
from django.db import DatabaseError, connection

from voxpop.errors import CODES


@pytest.mark.django_db
def test_a_server_with_a_database_is_alive_and_ready(client):
    assert client.get("/healthz").content == b"ok\n"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_a_server_without_its_database_is_alive_but_not_ready(client, monkeypatch):
    def away(*_):
        raise DatabaseError("postgres://user:secret@host")

    monkeypatch.setattr(connection, "cursor", away)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_every_error_code_has_its_place_on_the_page(client, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    page = client.get("/docs/errors").content.decode()
    for code in CODES:
        assert f'id="{code}"' in page
