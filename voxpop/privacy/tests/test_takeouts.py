"""A takeout holds all that is his, and nothing that he may not see (R32)."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.test import Client
from django.utils import timezone

from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Verb
from voxpop.privacy.erase import erase
from voxpop.privacy.models import Takeout
from voxpop.privacy.sections import SECTIONS
from voxpop.privacy.table import TABLE
from voxpop.privacy.takeouts import (
    ask_for_takeout,
    file_of,
    find_takeout,
    forget_old_takeouts,
    pack_waiting_takeouts,
)
from voxpop.privacy.tests.test_erase import CANARY, Full
from voxpop.threads.models import Status

pytestmark = [pytest.mark.django_db, pytest.mark.broad]


@pytest.fixture(autouse=True)
def apart(settings: Any, tmp_path: Path) -> None:
    settings.DATA, settings.LEDGER = tmp_path, tmp_path / "ledger"


@pytest.fixture
def full() -> Full:
    return Full()


def signed_in(full: Full, who: str = "zoe") -> Client:
    client = Client(headers={"Origin": "http://testserver"})
    user = getattr(full, who).author.user
    client.force_login(user, backend=product.AUTHENTICATION_BACKENDS[0])
    return client


def unpacked(body: bytes) -> dict[str, str]:
    packed = zipfile.ZipFile(io.BytesIO(body))
    assert packed.testzip() is None
    return {name: packed.read(name).decode() for name in packed.namelist()}


def taken_out(full: Full) -> dict[str, str]:
    ask_for_takeout(full.zoe.author)
    assert pack_waiting_takeouts() == 1
    return unpacked(file_of(Takeout.objects.get()).read_bytes())


def test_every_field_that_is_his_is_in_a_section():
    """`is_given` in the table is a promise; a field with it that is in no section breaks it."""
    promised = {
        (label, name)
        for label, kept in TABLE.items()
        for group in kept.personal
        if group.is_given
        for name in group.fields.split()
    }
    given = {
        (label, name)
        for section in SECTIONS
        for label, names in section.gives.items()
        for name in names.split()
    }
    assert given == promised


def test_it_holds_what_is_his_in_both_forms(full: Full):
    files = taken_out(full)
    comments = json.loads(files["json/comments.json"])
    (edited,) = [each for each in comments if each["text"] == f"{CANARY} edited"]
    assert [text["text"] for text in edited["texts"]] == [f"{CANARY} alone", f"{CANARY} edited"]
    assert {each["network"] for each in comments} == {"", "198.51.100.0/24"}
    assert json.loads(files["json/votes.json"])[0]["vote"] == 1
    assert json.loads(files["json/flags.json"])[0]["reason"] == "abuse"
    assert json.loads(files["json/account.json"])[0]["signs_in"]["email"] == f"{CANARY}@zoe.test"
    people = json.loads(files["json/people.json"])
    assert [set(each) for each in people] == [{"you_follow", "id"}, {"follows_you", "id"}]
    assert json.loads(files["json/watched.json"])[0]["title"] == "Story"
    assert json.loads(files["json/forums-membership.json"])[0]["role"] == "moderator"
    assert json.loads(files["json/decisions.json"])[-1]["banned_from"] == "Magazine"
    about = json.loads(files["json/profiles-profile.json"])
    assert about[0]["about"] == f"about {CANARY}"
    assert f"{CANARY} edited" in files["comments.html"]
    for section in SECTIONS:
        assert f"{section.name}.html" in files
        assert f'href="{section.name}.html"' in files["index.html"]


def test_a_moderators_words_and_who_mutes_him_are_not_his(full: Full):
    comment = full.comment("Zoe's spam", author=full.ann.author)
    comment.author = full.zoe.author
    comment.save()
    moderation.decide(
        comment=comment, verb=Verb.SPAM, by=full.owner.author.user, reason="smells of spam"
    )
    text = "".join(taken_out(full).values())
    for hidden in (f"said {CANARY}", f"{CANARY} it is", "smells", '"spam"', "marked as spam"):
        assert hidden not in text, hidden
    assert "Bob" not in text
    assert full.owner.author.public_id not in text
    (waiting,) = [
        each
        for each in json.loads(taken_out_again(full)["json/comments.json"])
        if each["text"] == "Zoe's spam"
    ]
    assert waiting["state"] == "waiting"
    comment.refresh_from_db()
    assert comment.status == Status.SPAM


def taken_out_again(full: Full) -> dict[str, str]:
    return unpacked(file_of(Takeout.objects.get(author=full.zoe.author)).read_bytes())


def test_what_was_typed_is_text_in_the_pages(full: Full):
    full.comment("<script>alert(1)</script> & <b>bold</b>", author=full.bob.author)
    ask_for_takeout(full.bob.author)
    pack_waiting_takeouts()
    page = unpacked(file_of(Takeout.objects.get()).read_bytes())["comments.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


def test_the_file_is_his_alone_and_no_cache_keeps_it(full: Full):
    zoe = signed_in(full)
    assert zoe.post("/home/privacy/takeout/").status_code == 302
    told = zoe.get("/home/privacy/", headers={"Accept": "application/json"}).json()
    assert told["state"] == "waiting"
    assert zoe.get("/home/privacy/takeout/file").status_code == 404
    pack_waiting_takeouts()
    told = zoe.get("/home/privacy/", headers={"Accept": "application/json"}).json()
    assert told["state"] == "packed"
    assert told["done"] == told["size"] > 5
    answer = zoe.get("/home/privacy/takeout/file")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"]
    assert f"{CANARY}@zoe.test" in unpacked(b"".join(answer))["json/account.json"]
    assert signed_in(full, "ann").get("/home/privacy/takeout/file").status_code == 404
    assert Client().get("/home/privacy/takeout/file").status_code == 302
    assert file_of(Takeout.objects.get()).stat().st_mode & 0o077 == 0


def test_it_goes_after_its_days_and_with_its_person(full: Full):
    ask_for_takeout(full.zoe.author)
    pack_waiting_takeouts()
    file = file_of(Takeout.objects.get())
    assert file.exists()
    assert forget_old_takeouts() == 0
    Takeout.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert find_takeout(full.zoe.author) is None
    assert forget_old_takeouts() == 1
    assert not file.exists()
    ask_for_takeout(full.zoe.author)
    pack_waiting_takeouts()
    file = file_of(Takeout.objects.get())
    erase(full.zoe.author, keeps_text=False)
    assert not file.exists()
    assert list(file.parent.iterdir()) == []


def test_asked_twice_it_is_packed_once_and_a_killed_packer_begins_anew(full: Full):
    first = ask_for_takeout(full.zoe.author)
    assert ask_for_takeout(full.zoe.author).id == first.id
    Takeout.objects.update(state="packing")
    file_of(first).parent.mkdir()
    file_of(first).with_suffix(".part").write_bytes(b"half")
    assert pack_waiting_takeouts() == 1
    assert unpacked(file_of(first).read_bytes())
    assert not file_of(first).with_suffix(".part").exists()
    assert ask_for_takeout(full.zoe.author).id != first.id
    assert not file_of(first).exists()
