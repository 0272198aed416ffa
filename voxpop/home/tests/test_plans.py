"""A page of mine goes over an index, and looks at no more than a stretch of what I wrote."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.plans import analyze, plans
from voxpop import ids
from voxpop.home import reading
from voxpop.home.reading import Asked, State, my_sites, read_my_comments
from voxpop.threads.models import Comment, Thread
from voxpop.threads.tests.cast import Cast

pytestmark = [pytest.mark.broad, pytest.mark.django_db]
MANY = 6000
STRETCH = 200
ASKED = (
    Asked(),
    Asked(text="Comment 1."),
    Asked(site="magazine"),
    Asked(state=State.WAITING),
    Asked(text="none", site="magazine", state=State.PUBLISHED),
)


@pytest.fixture
def cast() -> Cast:
    """Ann wrote hundreds of comments among the thousands of somebody else."""
    cast = Cast()
    thread = Thread.objects.create(public_id="large", forum=cast.forum)
    made = []
    for turn in range(MANY):
        number = ids.new_id()
        author = (cast.bob if turn % 10 else cast.ann).author
        made.append(
            Comment(
                id=number, forum=cast.forum, thread=thread, author=author, root_id=number,
                path=number.to_bytes(8, "big"), status="published", is_shown=True,
                source=f"Comment {turn}.", html="<p>html</p>",
            )
        )  # fmt: skip
    Comment.objects.bulk_create(made, batch_size=500)
    analyze()
    return cast


def test_a_page_looks_at_a_stretch_of_mine_and_at_nobody_elses(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOKED_AT", STRETCH)
    for asked in ASKED:
        with CaptureQueriesContext(connection) as queries:
            read = read_my_comments(cast.ann.author, asked, after=ids.LARGEST)
            read_my_comments(cast.ann.author, asked, after=read.next)
            my_sites(cast.ann.author)
        looks = [each for each in plans(queries) if '"threads_comment"."author_id" =' in each.sql]
        assert looks, asked
        for each in looks:
            assert each.rows <= 2 * STRETCH, (asked, each)
            assert "threads_comment" not in each.read_whole, (asked, each)
            assert "OFFSET" not in each.sql, (asked, each)
