"""What I typed is mine: the editor gets it back to change it, and nobody else does."""

from typing import Any

import pytest

from voxpop.threads.actions import edit_comment, reject_revision
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db


def source(person: Person, comment: Comment) -> Any:
    return person.send("GET", f"/me/comments/{comment.public_id}")


def test_the_author_gets_what_he_typed_and_the_revision_he_would_change() -> None:
    cast = Cast()
    comment = cast.comment("Hello **world**")
    assert source(cast.ann, comment).json() == {"source": "Hello **world**", "revision": 1}


def test_to_everybody_else_even_a_moderator_it_looks_as_if_there_were_none() -> None:
    cast = Cast()
    comment = cast.comment("Hello **world**")
    for other in (cast.bob, cast.owner, cast.guest()):
        answer = source(other, comment)
        assert answer.status_code == 404
        assert b"world" not in answer.content


def test_a_change_that_waits_is_given_back_and_a_rejected_one_is_not() -> None:
    cast = Cast()
    comment = cast.comment("First")
    cast.forum.is_premoderated = True
    cast.forum.save()
    comment.refresh_from_db()
    held = edit_comment(comment=comment, author=cast.ann.author, source="Second", revision=1)
    assert held.status == "held"
    assert source(cast.ann, comment).json() == {"source": "Second", "revision": 1}
    reject_revision(held)
    assert source(cast.ann, comment).json() == {"source": "First", "revision": 1}
