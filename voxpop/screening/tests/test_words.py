"""What a forum's word list finds, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.screening import Draft, judge
from voxpop.screening.words import find_word, read_words


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("casino", "A Casino!", "casino"),
        ("casino", "casinos", None),
        ("casino*", "casinos", "casinos"),
        ("*casino", "supercasino now", "supercasino"),
        ("c*o", "a casino b", "casino"),
        ("c*o", "a cas ino b", None),
        ("cunt", "Scunthorpe", None),
        ("ass", "class assess ass.", "ass"),
        ("buy now", "Buy\n\n  NOW!", "buy now"),
        ("buy now", "buy it now", None),
        ("f-word", "the F word", "f word"),
        ("straße", "STRASSE", "strasse"),
        ("casino", "ＣＡＳＩＮＯ", "casino"),
        ("casino", "cas\u200bino", "casino"),
        ("北京", "我爱北京天安门", "北京"),
        ("คาสิโน", "เว็บคาสิโนออนไลน์", "คาสิโน"),
        ("казино", "Казино", "казино"),
        ("казино", "казинохолл", None),
        ("🎰", "win 🎰 win", "🎰"),
        ("a.c", "abc", None),
        ("(", "(", None),
        ("[a-z]", "b", None),
        (".*", "anything", None),
        ("*", "anything", None),
        ("# casino", "casino", None),
        ("", "anything", None),
    ],
)
def test_finding(word, text, found):
    assert find_word(word, text) == found


def test_one_word_a_line_and_remarks_between():
    assert read_words("# money\nCasino\n\n  loan* \n*\ncasino") == ["casino", "loan*"]


def test_a_word_in_pieces_of_markup_is_one_word():
    html = "<p>cas<strong>in</strong>o &amp; more</p>"
    assert judge(Draft(source="x", html=html, word_list="casino")).rule == "word_list"


def test_words_of_two_paragraphs_are_two_words():
    html = "<p>ca</p><p>sino</p>"
    assert judge(Draft(source="x", html=html, word_list="casino")).rule == ""
    assert judge(Draft(source="x", html=html, word_list="sino")).rule == "word_list"


def test_what_stands_in_an_address_only_is_not_said():
    html = '<p><a href="http://casino.example/">words</a></p>'
    assert judge(Draft(source="x", html=html, word_list="casino")).rule == ""


@pytest.mark.broad
@given(st.text(max_size=80), st.text(max_size=200))
def test_no_list_is_an_error(word, text):
    find_word(word, text)


@pytest.mark.broad
@given(
    st.text("abc é北!", min_size=1, max_size=10).filter(lambda text: any(map(str.isalpha, text)))
)
def test_a_word_is_found_where_it_stands_alone(word):
    assert find_word(word, f"x {word} y") is not None
