"""T44: paths and error texts carry tokens and addresses into logs that nobody guards."""

import json
import logging
import secrets

import pytest

from voxpop.logs import HIDDEN, hidden, line_formatter


def logged(message, *args, **more):
    record = logging.getLogger("voxpop.test").makeRecord(
        "voxpop.test", logging.ERROR, __file__, 1, message, args, more.get("exc_info")
    )
    return line_formatter().format(record)


@pytest.mark.parametrize("length", [24, 32, 48])
def test_a_token_in_a_path_is_hidden(length):
    for _ in range(200):
        token = secrets.token_urlsafe(length)
        if any(c.isdigit() for c in token) and any(c.isupper() for c in token):
            assert token not in logged("Not Found: /accounts/link/%s", token)
            assert token not in hidden(f"Authorization: Bearer {token}")


def test_an_address_is_hidden_wherever_it_stands():
    try:
        raise ValueError("no such user: ada.lovelace+x@mail.example.org")
    except ValueError as error:
        line = logged("it failed", exc_info=(ValueError, error, error.__traceback__))
    assert "ada.lovelace" not in line
    assert "ValueError" in line


def test_the_values_of_a_refused_row_are_hidden():
    """PostgreSQL's words for a row that is there already."""
    words = (
        'duplicate key value violates unique constraint "handle_name"\nDETAIL:  Key (name)=(ada).'
    )
    try:
        raise ValueError(words)
    except ValueError as error:
        line = logged("it failed", exc_info=(ValueError, error, error.__traceback__))
    assert "ada" not in line
    assert "handle_name" in line


def test_what_an_operator_needs_stays():
    line = json.loads(logged("%s failed after %s", "purge_softly", "thread abcdefghjkmnpqrstvwx"))
    assert line["event"] == "purge_softly failed after thread abcdefghjkmnpqrstvwx"
    assert line["level"] == "error"
    assert line["logger"] == "voxpop.test"
    for text in (
        "voxpop/threads/actions/post.py",
        "test_what_an_operator_needs_stays_even_if_it_is_long",
        "/static/embed/reader.0123456789ab.js",
    ):
        assert hidden(text) == text
    assert HIDDEN not in json.dumps(line)
