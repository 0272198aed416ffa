"""R23 (wpDiscuz CVE-2020-13640): sort orders and cursors reach SQL only as values we made.

Every parameter of every shared surface is fuzzed: the answer is a page or a clear refusal, never
an error of ours, and the tables stand as they stood.
"""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop.edge.policy import SURFACES
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.broad

HOSTILE = [
    "id; DROP TABLE threads_comment",
    "1' OR '1'='1",
    '1" UNION SELECT email FROM accounts_user --',
    "best, (SELECT email FROM accounts_user)",
    "-1",
    "99999999999999999999999",
    "1e9",
    "%00",
    "\x00",
    "' || (SELECT 1) || '",
    "newest\n",
]
PATHS = {
    "thread_page": "/embed/{forum}/thread",
    "thread_more": "/embed/{forum}/thread/{thread}/more",
    "thread_branch": "/embed/{forum}/thread/{thread}/branch",
    "thread_around": "/embed/{forum}/thread/{thread}/around",
    "widget": "/embed/{forum}/widget",
    "public_page": "/t/{thread}/",
    "thread_lookup_json": "/api/v1/forums/{forum}/threads",
    "counts_json": "/api/v1/forums/{forum}/counts",
    "comment_link": "/c/{comment}",
    "comment_page": "/c/{comment}/",
    "thread_link": "/t/{thread}/visit",
    "oembed": "/oembed",
    "profile_page": "/u/nobody/",
    "profile_people": "/u/nobody/followers/",
    "profile_followed": "/u/nobody/followed/",
    "comments_json": "/api/v1/threads/{thread}/comments",
    "tail": "/api/v1/threads/{thread}/events",
}
CASES = [
    (PATHS[name], parameter)
    for name, surface in sorted(SURFACES.items())
    for parameter in sorted(surface.parameters)
    if parameter != "hold"
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80))


def test_every_surface_with_parameters_is_fuzzed() -> None:
    assert {name for name, surface in SURFACES.items() if surface.parameters} == set(PATHS)


@pytest.mark.django_db
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=st.sampled_from(CASES), value=texts)
def test_a_hostile_parameter_is_a_value_or_is_refused(case: tuple[str, str], value: str) -> None:
    path, parameter = case
    cast = Cast.standing()
    before = Comment.objects.count()
    where = path.format(
        forum=cast.forum.shortname,
        thread=cast.thread.public_id,
        comment=Comment.objects.earliest("id").public_id,
    )
    answer = Client().get(
        where, {"i": "x", **({"after": "0"} if "events" in path else {})} | {parameter: value}
    )
    assert answer.status_code in {200, 302, 400, 404}, (where, parameter, value)
    assert b"@magazine.test" not in answer.content
    assert Comment.objects.count() == before
