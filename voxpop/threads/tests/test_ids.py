"""Ids never repeat, follow time, and go out and come back as text."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from voxpop import ids


def test_many_made_at_once_by_several_threads_are_all_different(monkeypatch):
    monkeypatch.setattr(ids.secrets, "randbits", lambda bits: 5)
    with ThreadPoolExecutor(4) as pool:
        made = [
            number
            for some in pool.map(lambda _: [ids.new_id() for _ in range(5_000)], range(4))
            for number in some
        ]
    assert len(set(made)) == len(made)


def test_an_id_says_when_its_row_was_made():
    before = int(time.time() * 1000)
    number = ids.new_id()
    after = int(time.time() * 1000)
    assert ids.id_at(before) >> 21 <= number >> 21 <= (ids.id_at(after) >> 21) + 1


def test_the_later_is_the_larger():
    rising = ids.Rising()
    made = [rising.next(moment) for moment in [10**12, 10**12, 10**12 + 1, 10**12 + 1]]
    assert made == sorted(set(made))


@pytest.mark.parametrize("number", [0, 1, 2**21, ids.LARGEST])
def test_text_and_back(number):
    assert ids.private(ids.public(number)) == number


@pytest.mark.parametrize("text", ["", "0", "z" * 13, "o" * 13, "0" * 14])
def test_what_is_no_id_is_none(text):
    assert ids.private(text) is None
