"""What is kept of an import is English; its owner reads it in the language in force."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.transfer import arrange, disqus, judged, spool, tasks
from voxpop.transfer.models import Import
from voxpop.transfer.stops import STOPS, because, told_apart
from voxpop.transfer.tests.making import DATA
from voxpop.transfer.tests.test_web import HOME, drop, forum, somebody
from voxpop.transfer.web.said import why_left_out, why_stopped
from voxpop.words import saying, words

__all__ = ["forum"]
TOLD: dict[str, dict[str, str | int]] = {
    "skipped": {"n": "1,000,000"},
    "sites": {"n": 1000},
    "field": {"field": "created"},
    "room": {"free": "0.2", "needed": "3.0"},
}
ENGLISH = words("en")


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language that puts a mark before whatever English says."""
    marked = {key: _marked(word) for key, word in ENGLISH.items()}
    monkeypatch.setattr(saying, "words", lambda _: marked)


def _marked(word: Any) -> Any:
    return {each: f"¶{word[each]}" for each in word} if isinstance(word, dict) else f"¶{word}"


@pytest.mark.parametrize("name", STOPS)
def test_why_an_import_stopped_is_told_apart_by_its_words(name: str, other: None) -> None:
    stop = because(name, **TOLD.get(name, {}))
    found = told_apart(stop)
    assert found is not None
    assert found[0] == name
    assert found[1] == {hole: str(word) for hole, word in TOLD.get(name, {}).items()}
    assert why_stopped(Problem("invalid", stop)).startswith("¶")


def test_the_same_stands_on_a_page_in_english() -> None:
    sites = why_stopped(Problem("invalid", because("sites", n=1000)))
    assert sites == "An export has at most 1,000 sites."
    room = why_stopped(Problem("unavailable", because("room", **TOLD["room"])))
    assert room.startswith("The server’s disk has 0.2 GiB free, and this file needs 3.0.")


def test_a_stop_without_words_of_its_own_says_its_code_and_anybody_elses_stay(other: None) -> None:
    assert why_stopped(Problem("not_found")) == f"¶{ENGLISH['no_not_found']}"
    assert why_stopped(Problem("invalid", "Somebody’s own.")) == "Somebody’s own."


@pytest.mark.parametrize("module", [arrange, disqus, judged, spool])
def test_every_reason_for_leaving_a_record_out_is_said(module: Any, other: None) -> None:
    named = {name: word for name, word in vars(module).items() if isinstance(word, str)}
    reasons = {word for name, word in named.items() if name.isupper() and word.startswith("it")}
    assert reasons
    assert {why_left_out(reason) for reason in reasons} == {f"¶{reason}" for reason in reasons}
    assert why_left_out("somebody’s own") == "somebody’s own"


@pytest.mark.django_db
def test_pages_say_it_and_what_is_kept_and_taken_away_is_english(forum: Forum, other: None) -> None:
    owner = somebody("ada", forum)
    page = drop(owner)["Location"]
    tasks.work_on(Import.objects.get())
    kept = Import.objects.get().report["skipped_why"]
    assert disqus.NO_DATE in kept
    assert f"¶{disqus.NO_DATE}" in text_of(owner, page)
    assert f"<td>¶{disqus.NO_DATE}</td>" in text_of(owner, f"{page}skipped/")
    table = b"".join(owner.get(f"{page}skipped.csv").streaming_content).decode()
    assert disqus.NO_DATE in table
    assert "¶" not in table


@pytest.mark.django_db
def test_a_refusal_in_the_way_and_one_that_is_kept_are_said(forum: Forum, other: None) -> None:
    owner = somebody("ada", forum)
    refused = owner.post(f"{HOME}/import/")
    assert refused.status_code == 400
    assert f"¶{ENGLISH['import_choose_first']}" in refused.content.decode()
    damaged = SimpleUploadedFile("e.xml.gz", b"\x1f\x8b" + bytes(100))
    refused = owner.post(f"{HOME}/import/", {"file": damaged})
    assert f"¶{STOPS['gzip']}" in refused.content.decode()
    page = drop(owner, "cat.jpg", b"\xff\xd8\xff\xe0 a cat")["Location"]
    tasks.work_on(Import.objects.get())
    assert Import.objects.get().report["error"] == STOPS["nothing"]
    assert f"¶{STOPS['nothing']}" in text_of(owner, page)


@pytest.mark.django_db
def test_how_far_it_is_is_told_to_the_script_as_the_page_says_it(forum: Forum) -> None:
    owner = somebody("ada", forum)
    page = drop(owner, data=(DATA / "sample.xml").read_bytes())["Location"]
    Import.objects.update(state="running", is_dry_run=False, position=1200, size=5000)
    told = owner.get(page, headers={"Accept": "application/json"}).json()
    assert told["far"] == "1,200 of 5,000 comments"
    assert told["far"] in text_of(owner, page)


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()
