"""The OpenAPI document is complete: every route is in it, and what each refuses with."""

import re

from django.urls import URLPattern, URLResolver, get_resolver

from voxpop.api import document


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
