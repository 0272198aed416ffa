"""The OpenAPI document is complete and true: every route is in it, and fuzzing finds no lie."""

import re

import pytest
import schemathesis
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from voxpop.api import document
from voxpop.threads.tests.cast import Cast
from voxpop.wsgi import application

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for each in patterns:
        where = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            found |= routes(each.url_patterns, where)
        else:
            found.add("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", where))
    return found


def test_every_route_of_the_api_is_described() -> None:
    described = set(document()["paths"])
    existing = {path for path in routes(get_resolver().url_patterns) if path.startswith("/api/v1/")}
    undescribed = existing - described - {"/api/v1/openapi.json", "/api/v1/"}
    assert undescribed == set()


def test_every_refusal_is_described_as_a_problem() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            assert "default" in operation["responses"], (path, method)


@pytest.mark.server  # the whole application, hundreds of times: not for the fast tier
# Each call ends as a request does, and lets its connection go: no transaction may be around it.
@pytest.mark.django_db(transaction=True)
@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_fuzzing_finds_no_error_of_ours_and_no_undescribed_answer(case: schemathesis.Case) -> None:
    cast = Cast.standing()
    token = cast.owner.token
    if "forum" in case.path_parameters:
        case.path_parameters["forum"] = cast.forum.shortname
    if "thread" in case.path_parameters:
        case.path_parameters["thread"] = cast.thread.public_id
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "fuzzed"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
