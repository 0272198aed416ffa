"""A thread that is not there yet is purged by its first comment, and its name injects nothing."""

import pytest
from django.test import Client

from voxpop.threads.addresses import thread_public_id

pytestmark = pytest.mark.django_db

PLACES = ["/t/{}/", "/api/v1/threads/{}", "/api/v1/threads/{}/comments"]
ODD = ["a%0aSet-Cookie:%20x=1", "a%20t:b", "%E2%82%AC", "UPPERCASEUPPERCASE00", "short"]


@pytest.mark.parametrize("place", PLACES)
def test_what_is_not_there_wears_the_key_of_what_will_be(client: Client, place: str) -> None:
    thread = thread_public_id("magazine", "i", "a-page")
    answer = client.get(place.format(thread))
    assert answer.status_code == 404
    assert answer["Surrogate-Key"] == f"t:{thread}"
    assert answer["Voxpop-Seq"] == "0"


@pytest.mark.parametrize("place", [*PLACES, "/api/v1/threads/{}/events?after=0"])
@pytest.mark.parametrize("odd", ODD)
def test_a_name_that_no_thread_can_have_is_in_no_header(
    client: Client, place: str, odd: str
) -> None:
    answer = client.get(place.format(odd))
    assert answer.status_code == 404
    assert "Surrogate-Key" not in answer
