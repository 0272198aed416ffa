"""The OpenAPI document is true: fuzzing finds no answer that it does not describe."""

import uuid

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from voxpop.threads.tests.cast import Cast
from voxpop.wsgi import application

pytestmark = [
    pytest.mark.server,  # the whole application, hundreds of times: not for the fast tier
    # Each call ends as a request does, and lets its connection go: no transaction is around it.
    pytest.mark.django_db(transaction=True),
]

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def cast() -> Cast:
    """Of all examples of an operation: to make one takes ten times as long as an example."""
    return Cast.standing()


@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_fuzzing_finds_no_error_of_ours_and_no_undescribed_answer(
    case: schemathesis.Case, cast: Cast
) -> None:
    token = cast.owner.token
    if "forum" in case.path_parameters:
        case.path_parameters["forum"] = cast.forum.shortname
    if "thread" in case.path_parameters:
        case.path_parameters["thread"] = cast.thread.public_id
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"{uuid.uuid4()}"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
