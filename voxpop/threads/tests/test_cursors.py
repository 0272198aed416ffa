import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.errors import Problem
from voxpop.threads.cursors import pack, unpack


@given(st.binary(max_size=200))
def test_a_cursor_leads_back(place: bytes) -> None:
    assert unpack("7 best", pack("7 best", place)) == place


def test_a_cursor_of_another_thread_or_sort_is_refused() -> None:
    with pytest.raises(Problem, match="bad_cursor"):
        unpack("8 best", pack("7 best", b"x"))


@pytest.mark.broad
@given(st.text(max_size=60))
def test_a_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="bad_cursor"):
        unpack("7 best", text)
