"""What failed for good is shown to the operator, who lets it be tried again; to nobody else."""

import pytest
from django.test import Client

from voxpop.events.models import OutboxEvent
from voxpop.moderation.desk import outbox as desk
from voxpop.moderation.tests.test_desk import BACKEND, text

PATH = "/moderate/outbox/"


@pytest.fixture(autouse=True)
def _plain_names_of_static_files(settings):
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def lost(cast):
    """Two events that were given up, and one that was not."""
    OutboxEvent.objects.create(name="waits", payload={}, error="not yet")
    return [
        OutboxEvent.objects.create(
            name=f"lost{n}", payload={"secret": "words"}, attempts=9, is_given_up=True,
            error=f"no node <{n}>", finished=["mails"],
        )
        for n in range(2)
    ]  # fmt: skip


def browser(user):
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def operator(cast):
    user = cast.mona.author.user
    user.is_operator = True
    user.save()
    return browser(user)


def test_it_says_what_failed_and_why_and_nothing_of_what_was_in_it(operator, lost):
    page = text(operator.get(PATH))
    assert "lost0" in page
    assert "no node &lt;1&gt;" in page
    assert "done: mails" in page
    assert "waits" not in page
    assert "words" not in page


def test_one_is_tried_again_by_its_button(operator, lost):
    answer = operator.post(PATH, {"event": lost[1].pk}, follow=True)
    assert "1 will be tried again." in text(answer)
    still = OutboxEvent.objects.filter(is_given_up=True)
    assert [event.name for event in still] == ["lost0"]
    assert OutboxEvent.objects.get(name="lost1").attempts == 0


@pytest.mark.parametrize("named", ["all", "9" * 40, "-1", "1; DROP TABLE x"])
def test_nonsense_is_none_and_not_all(operator, lost, named):
    assert "0 will be tried again." in text(operator.post(PATH, {"event": named}, follow=True))


def test_of_very_many_the_oldest_are_shown(operator, lost, monkeypatch):
    monkeypatch.setattr(desk, "MOST_SHOWN", 1)
    page = text(operator.get(PATH))
    assert "2 failed for good; the oldest stand here." in page
    assert "lost1" not in page


def test_all_are_tried_again_by_the_other(operator, lost):
    answer = operator.post(PATH, follow=True)
    assert "2 will be tried again." in text(answer)
    assert "Nothing was given up" in text(answer)


def test_it_is_the_operators_alone(cast, lost):
    moderator = browser(cast.mona.author.user)
    assert moderator.get(PATH).status_code == 404
    assert moderator.post(PATH).status_code == 404
    assert OutboxEvent.objects.filter(is_given_up=True).count() == 2
    assert "/moderate/outbox/" not in text(moderator.get("/moderate/"))
