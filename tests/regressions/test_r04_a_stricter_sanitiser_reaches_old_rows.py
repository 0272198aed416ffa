"""R04 (Remark42 GHSA-rr9w): a sanitiser that is mended must reach the rows it let through."""

import pytest
from django.test import Client

from voxpop.threads import actions, markup, standing
from voxpop.threads.models import Comment, ThreadEvent
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db

EVIL = '<p><a href="javascript:alert(1)">x</a></p>'


def grown_old(comment: Comment) -> None:
    """The row as an older, laxer release left it."""
    comment.html = EVIL
    standing.dress(comment)
    Comment.objects.filter(id=comment.id).update(
        html=EVIL, fragment=comment.fragment, shape=comment.shape, sanitizer=0
    )


def test_an_old_row_is_rendered_again_and_readers_hear_of_it() -> None:
    cast = Cast()
    comment = cast.comment("harmless")
    grown_old(comment)
    page = f"/api/v1/threads/{comment.thread.public_id}"
    assert b"javascript:" in Client().get(f"{page}/comments").content
    assert actions.render_anew() == 1
    assert b"javascript:" not in Client().get(f"{page}/comments").content
    row = Comment.objects.get()
    assert b"javascript:" not in bytes(row.fragment) + bytes(row.shape)
    tail = Client().get(f"{page}/events?after=1").json()
    assert [event["kind"] for event in tail["events"]] == ["edited"]
    assert actions.render_anew() == 0


def test_a_row_that_comes_out_the_same_is_no_event() -> None:
    comment = Cast().comment("harmless")
    Comment.objects.update(sanitizer=0)
    before = ThreadEvent.objects.count()
    assert actions.render_anew() == 1
    comment.refresh_from_db()
    assert comment.sanitizer == markup.SANITIZER
    assert ThreadEvent.objects.count() == before
