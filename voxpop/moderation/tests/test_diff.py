import random
import time

import pytest

from voxpop.moderation.diff import difference

WORDS = ["one", "two", "three", "\n\n", "ほげ", "🎈", "a  b", ""]


def said(pieces, *kinds):
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


@pytest.mark.parametrize("seed", range(40))
def test_the_pieces_make_both_texts(seed):
    chance = random.Random(seed)
    before, after = (" ".join(chance.choices(WORDS, k=chance.randrange(20))) for _ in "ab")
    pieces = difference(before, after)
    assert said(pieces, "same", "gone") == before
    assert said(pieces, "same", "added") == after


def test_only_what_changed_is_marked():
    pieces = difference("The quick brown fox.", "The slow brown fox.")
    assert said(pieces, "gone") == "quick "
    assert said(pieces, "added") == "slow "


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 10_000, "b a " * 5_000),
        ("a " * 599, "b a " * 299),
        ("a b " * 99, "b a a " * 66),
        (" " * 20_000, "\n" * 20_000),
    ],
)
def test_no_text_makes_a_moderator_wait(before, after):
    start = time.process_time()
    difference(before, after)
    assert time.process_time() - start < 0.5
