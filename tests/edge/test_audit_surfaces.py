"""What the auditor reads in an answer is what the answer says, on every surface that it reads."""

import pytest
from django.test import Client

from voxpop.audit.surfaces import COMMENTS, PAGES, RECENT, TAIL, Surface, Thread
from voxpop.threads import actions
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import PAGE, Cast, Person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("surface", [*PAGES, RECENT, TAIL], ids=lambda each: each.name)
def test_comments_texts_votes_and_counts_are_found(client: Client, surface: Surface) -> None:
    cast = Cast()
    ref = actions.ThreadRef(identifier="page", url=PAGE, title="Story")

    def post(said: str, by: Person, parent: Comment | None = None) -> Comment:
        source = f"{said} & more"
        return actions.post_comment(
            forum=cast.forum, thread=ref, author=by.author, source=source, parent=parent
        )

    first, second, gone = (post(f"say-w1-{number}-r0", cast.ann) for number in (1, 2, 3))
    reply = post("say-w2-1-r0", cast.bob, gone)
    actions.vote(comment=second, author=cast.bob.author, value=1)
    actions.fold_votes()
    actions.remove_comment(gone, Status.REJECTED)
    thread = Thread("magazine", "page", first.thread.public_id)
    answer = client.get(surface.path(thread, 0))
    assert answer.status_code == 200
    value = surface.parse(answer.content)
    if "shown" in value:
        assert sorted(value["shown"]) == sorted([
            [first.public_id, "say-w1-1-r0", 0],
            [second.public_id, "say-w1-2-r0", 1],
            [reply.public_id, "say-w2-1-r0", 0],
        ])  # fmt: skip
    assert value.get("count", 3) == 3
    assert ("count" in value) is (surface not in (COMMENTS, RECENT))
    assert value.get("whole", True)
