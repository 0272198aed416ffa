"""T44: which page an account reads is in no log, nor a text, a token or an address of anybody.

A frame's day goes by, with what may go wrong in it, and every line of the log is looked through.
"""

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from voxpop.accounts.models import AccessToken
from voxpop.logs import line_formatter
from voxpop.threads.tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
SAID, MAIL, PASSWORD = "zanthoxylum", "zan@thoxylum.test", "zanthoxylum-password-1"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that anything logs, as an operator reads it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(line_formatter())
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, ("django", "django.request", "voxpop"))]
    before = [(each, each.level) for each in loggers]
    for each in loggers:
        each.setLevel(logging.DEBUG if each is root else logging.INFO)
        each.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    for each, level in before:
        each.removeHandler(handler)
        each.setLevel(level)


def test_a_frames_day_leaves_no_page_no_text_no_token_no_address(log: io.StringIO):
    cast = Cast()
    comment = cast.comment("There.", author=cast.bob.author)
    thread, page = comment.thread.public_id, f"/me/threads/{comment.thread.public_id}"
    ann = cast.ann
    assert ann.send("GET", page).status_code == 200
    assert ann.post(cast.forum, f"I say {SAID}").status_code == 201
    assert ann.post(cast.forum, f"I say {SAID}", url="https://evil.test/x").status_code == 403
    assert ann.send("PUT", f"/comments/{comment.public_id}/vote", {"value": 7}).status_code == 400
    assert ann.send("GET", "/me/threads/nosuchthreadnosuchth").status_code in {200, 404}
    guest = {"forum": cast.forum.shortname, "name": "Gus", "email": MAIL}
    assert ann.send("POST", "/guests", guest).status_code in {200, 201}
    browser = Client(headers={"Origin": "http://testserver"})
    browser.post("/accounts/login/", {"login": MAIL, "password": PASSWORD})
    AccessToken.objects.all().delete()
    # Signed out elsewhere: what is asked from now on is refused, and a refusal is logged.
    assert ann.send("GET", page).status_code == 401
    lines = log.getvalue()
    assert "Unauthorized" in lines
    for told in (SAID, MAIL, PASSWORD, ann.token, thread, "magazine.test/story"):
        assert told not in lines, told
