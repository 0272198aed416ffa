"""T17: permuted, padded, doubled or cloaked queries are one answer or a refusal, never two."""

import pytest
from django.test import Client

from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> str:
    cast = Cast()
    cast.comment()
    return "/embed/magazine/thread"


def test_unknown_parameters_are_dropped(page: str) -> None:
    plain = Client().get(page, {"u": PAGE})
    padded = Client().get(page, {"cachebuster": "1", "u": PAGE, "utm_source": "x", "callback": "f"})
    assert plain.status_code == 200
    assert padded.content == plain.content
    assert padded["ETag"] == plain["ETag"]


def test_a_known_parameter_twice_is_refused(page: str) -> None:
    answer = Client().get(f"{page}?u={PAGE}&u=https://evil.test/")
    assert (answer.status_code, answer.json()["code"]) == (400, "parameter_twice")


def test_order_makes_no_difference(page: str) -> None:
    one = Client().get(f"{page}?sort=newest&u={PAGE}")
    other = Client().get(f"{page}?u={PAGE}&sort=newest")
    assert one.content == other.content


def test_a_semicolon_hides_no_parameter(page: str) -> None:
    cloaked = Client().get(f"{page}?u={PAGE};sort=newest")
    plain = Client().get(page, {"u": f"{PAGE};sort=newest"})
    assert cloaked.content == plain.content


def test_identifier_and_address_together_are_refused(page: str) -> None:
    assert Client().get(page, {"u": PAGE, "i": "x"}).status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_shared_page_takes_no_writes(page: str, method: str) -> None:
    answer = getattr(Client(), method)(f"{page}?u={PAGE}")
    assert answer.status_code in {403, 405}
    assert answer["Cache-Control"] != "public"
