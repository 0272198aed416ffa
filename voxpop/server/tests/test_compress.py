import gzip

import pytest

from voxpop.edge.cached import Answer
from voxpop.server.compress import SMALLEST, compressed

PAGE = b"<p>Hello</p>" * SMALLEST
SHARED = [("Content-Type", "text/html"), ("ETag", '"a"'), ("Surrogate-Control", "max-age=60")]


def test_a_shared_page_is_compressed_for_those_who_accept_it():
    answer = compressed(Answer(200, SHARED, PAGE), "br, gzip")
    headers = dict(answer.headers)
    assert gzip.decompress(answer.body) == PAGE
    assert headers["Content-Encoding"] == "gzip"
    assert headers["ETag"] == 'W/"a"'
    assert headers["Vary"] == "Accept-Encoding"


def test_who_does_not_accept_it_gets_the_page_as_it_is_and_caches_are_told():
    answer = compressed(Answer(200, SHARED, PAGE), "")
    assert answer.body == PAGE
    assert dict(answer.headers)["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("Content-Type", "text/html"), ("Cache-Control", "private, no-store")], PAGE),
        (SHARED, b"short"),
        ([("Content-Type", "image/png"), ("Surrogate-Control", "max-age=60")], PAGE),
    ],
    ids=["private", "short", "picture"],
)
def test_what_is_private_or_gains_nothing_is_left_alone(headers, body):
    answer = Answer(200, headers, body)
    assert compressed(answer, "gzip") is answer
