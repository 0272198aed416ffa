"""The desk is in its moderator's language, down to what the script says and why something waits."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

import voxpop
from voxpop.moderation.tests.test_decisions import held, held_edit
from voxpop.screening.reasons import REASONS, because, told_apart
from voxpop.threads.actions import flag_comment
from voxpop.threads.models import Comment, Flag
from voxpop.words import say, words

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
WORDS = Path(voxpop.__file__).parent / "words" / "desk"
HOST = "http://localhost:8000"
ENGLISH = json.loads((WORDS / "en.json").read_text(encoding="utf-8"))


class Said(HTMLParser):
    """All that a page says, in its texts and in what is read aloud or shown on hovering."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: set[str] = set()
        self.feed(page)

    def handle_starttag(self, _: str, attributes: list[tuple[str, str | None]]) -> None:
        self.said |= {
            value
            for name, value in attributes
            if value and name in {"aria-label", "placeholder", "title"}
        }

    def handle_data(self, data: str) -> None:
        self.said.add(data.strip(" \n,.:…"))


def text(answer) -> str:
    return answer.content.decode()


def speaks(cast, language: str) -> None:
    cast.mona.author.user.language = language
    cast.mona.author.user.save()


@pytest.mark.broad
@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("ar", "rtl"), ("sv", "ltr")])
def test_no_page_of_the_desk_has_english_left(cast, desk, language, direction):
    speaks(cast, language)
    flagged, pinned, gone = (cast.comment(word) for word in ("Flag me.", "Pin me.", "Gone."))
    cast.comment("Ban me.", author=cast.bob.author)
    for reason in ("spam", "abuse", "off-topic"):
        author = cast.user(reason, f"{reason}@reader.test").author
        flag_comment(comment=flagged, author=author, reason=reason)
    edit = held_edit(cast)
    waiting = held(cast, source="Wait.")
    Comment.objects.filter(id=waiting.id).update(verdict=because("links", n=5))
    author = f"forum=magazine&author={cast.ann.author.public_id}"
    thread = f"threads/{pinned.thread.public_id}/decide/"
    for verb in ("lock", "premoderate", "sensitive", "pin"):
        desk(thread, {"decision": verb, "comment": pinned.public_id if verb == "pin" else ""})
    desk("decide/", {"one": f"delete:{gone.public_id}", "told": "rules", "reason": "x"})
    desk(f"bans/new/?{author}", {"days": "0", "remove_hours": "0"})
    for path in (
        *("", "?kind=held", "?kind=flagged", "?kind=edits", "?kind=removed", "?q=nothing"),
        *("?kind=every", f"?{author}", "threads/", "threads/?q=nothing", "bans/", "claims/"),
        *("claims/?kind=answered", "history/", f"comments/{pinned.public_id}/"),
        f"bans/new/?forum=magazine&author={cast.bob.author.public_id}",
        f"comments/{edit.comment.public_id}/",
    ):
        answer = desk(path)
        page = text(answer)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}" dir="{direction}">' in page, path
        own, said = words(language), Said(page).said
        left = {
            key
            for key, word in ENGLISH.items()
            if isinstance(word, str) and word.strip(".:…") in said and word != own[key]
        }
        assert left == set(), path
    with override(language):
        assert say("why_links", n=5) in text(desk(""))


def test_what_the_script_says_is_on_the_page(cast, desk):
    speaks(cast, "de")
    (said,) = re.findall(
        r'<script id="words" type="application/json">(.*?)</script>', text(desk(""))
    )
    script = (WORDS.parent.parent / "moderation/static/moderation/desk.js").read_text()
    used = {*re.findall(r"WORDS\.(\w+)", script), *re.findall(r'counting\("(\w+)"', script)}
    used |= {f"toast_{verb}" for verb in ("approve", "reject", "spam", "delete", "restore")}
    assert used <= json.loads(said).keys()
    assert json.loads(said)["toast_spam"] == words("de")["toast_spam"]


def test_a_refusal_is_told_to_the_desk_in_the_moderators_language_and_to_programs_in_english(
    cast, settings
):
    settings.HOST = HOST
    speaks(cast, "de")
    client = Client()
    client.force_login(cast.mona.author.user, backend=BACKEND)
    path = f"/moderation/comments/{cast.comment().public_id}/decisions"
    answer = client.post(
        f"/api/v1{path}",
        {"decision": "approve"},
        content_type="application/json",
        headers={"Origin": HOST},
    )
    own = words("de")
    expected = own["refused_same"].format(status=own["status_published"])
    assert answer.json()["detail"] == expected
    answer = cast.owner.send("POST", path, {"decision": "approve"})
    assert answer.json()["detail"] == "This comment is already published."


def test_a_reason_of_screening_is_told_apart_by_its_words_and_others_stay(cast, desk):
    for name in REASONS:
        told = {"word": "“odd” {word}"} if name == "word_list" else {"n": 3}
        given = told if name in {"word_list", "links"} else {}
        assert told_apart(because(name, **told)) == (name, given)
        assert f"why_{name}" in ENGLISH
    assert told_apart("It has links.") is None
    speaks(cast, "de")
    Comment.objects.filter(id=held(cast).id).update(verdict="Somebody’s own <b>words</b>.")
    assert "Somebody’s own &lt;b&gt;words&lt;/b&gt;." in text(desk(""))


def test_a_code_that_nobody_knows_loses_no_page_of_the_desk_and_obeys_nobody(cast, desk):
    comment = held(cast)
    hostile = "<b>x"
    Comment.objects.filter(id=comment.id).update(
        badge=hostile, verdict=f"It has {'9' * 150} links."
    )
    flag = Flag.objects.create(comment=comment, author=cast.bob.author, reason="odd")
    Comment.objects.filter(id=comment.id).update(flags=1)
    page = text(desk("?kind=held"))
    assert '<span class="badge">&lt;b&gt;x</span>' in page
    assert f"flagged: {flag.reason}" in page
