"""A fragment knows no viewer, no clock and no language."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from voxpop.accounts.models import Author, AuthorKind
from voxpop.threads.fragments import comment_fragment
from voxpop.threads.labels import TOKENS, escaped_labels, worded
from voxpop.threads.models import Comment, Status
from voxpop.words.languages import LANGUAGES

AUTHOR = Author(id=7, kind=AuthorKind.USER, name='Eve "<i>" O’Neill\x01')


def comment(**fields: object) -> Comment:
    values = {
        "id": 11,
        "parent_id": 9,
        "depth": 2,
        "status": Status.PUBLISHED,
        "html": "<p>Said</p>",
        "created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "author": AUTHOR,
    }
    return Comment(**{**values, **fields})


def test_it_is_the_same_at_any_time_in_any_language(monkeypatch: pytest.MonkeyPatch) -> None:
    before = comment_fragment(comment(), AUTHOR)
    later = timezone.now() + timedelta(days=900)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with translation.override("he"), timezone.override("Asia/Tokyo"):
        assert comment_fragment(comment(), AUTHOR) == before
    assert b'datetime="2026-01-02T03:04:05Z"' in before


def test_a_name_cannot_leave_its_place_nor_forge_a_token() -> None:
    html = comment_fragment(comment(), AUTHOR).decode()
    assert "Eve &quot;&lt;i&gt;&quot; O’Neill</bdi>" in html
    assert sum(html.count(token) for token in TOKENS.values()) == 1  # in reply


@pytest.mark.parametrize("status", [Status.HELD, Status.REJECTED, Status.SPAM, Status.DELETED])
def test_what_is_not_published_is_only_a_place(status: Status) -> None:
    html = comment_fragment(comment(status=status), AUTHOR).decode()
    assert "Said" not in html
    assert "Eve" not in html
    assert "data-author" not in html
    assert 'data-depth="2"' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_take_the_places_of_all_tokens(language: str) -> None:
    edited = comment(edited=timezone.now(), badge="owner")
    html = worded(comment_fragment(edited, AUTHOR), escaped_labels(language))
    assert not any(token.encode() in html for token in TOKENS.values())
