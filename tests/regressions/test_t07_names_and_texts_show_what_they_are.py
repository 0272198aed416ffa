"""SAFETY T07: bidi overrides, towers of accents, invisible letters, names that pass for others."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpora import read
from voxpop.errors import Problem
from voxpop.names import LONGEST, clean_name, skeleton
from voxpop.plaintext import MARKS_PER_LETTER, drop_unseen, is_blank, visible
from voxpop.threads.markup import render, render_imported

# Format characters that are drawn: signs set under or around digits.
SEEN_FORMATS = {
    *map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
}
EVERY_LETTER = [chr(number) for number in range(0x110000)]
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def test_no_control_or_format_character_is_kept_but_the_drawn_ones():
    unseen = [each for each in EVERY_LETTER if unicodedata.category(each) in {"Cc", "Cf", "Cs"}]
    kept = {each for each in unseen if drop_unseen(f"a{each}b") != "ab"}
    assert kept == SEEN_FORMATS | {"\t", "\n"}


@pytest.mark.parametrize("letter", BIDI)
def test_nobody_turns_the_line_around(letter):
    assert letter not in clean_name(f"ada{letter}gpj.exe")
    for spelling in (letter, f"&#{ord(letter)};", f"&#x{ord(letter):x};"):
        assert letter not in render(
            f"abc{spelling}def `{spelling}` [x{spelling}](http://a.example)"
        )
        assert letter not in render_imported(f"<p>abc{spelling}def</p>")


@pytest.mark.parametrize("mark", ["\u0301", "\u0489", "\u20dd", "\u0e47", "\u0334"])
def test_accents_do_not_make_towers(mark):
    tower = f"z{mark * 500}"
    for shown in (
        clean_name(tower),
        render(tower),
        render(f"z{f'&#{ord(mark)};' * 500}"),
        render_imported(f"<p>z{f'&#{ord(mark)};' * 500}</p>"),
    ):
        assert 0 < shown.count(mark) <= MARKS_PER_LETTER


def test_a_joiner_does_not_restart_the_tower():
    assert visible("ก" + ("็" * 4 + "\u200d") * 50).count("็") == MARKS_PER_LETTER


@pytest.mark.broad
def test_every_emoji_stays_whole():
    emoji = read("emoji.json")
    assert len(emoji) > 3600
    assert [each for each in emoji if visible(f"a {each} b") != f"a {each} b"] == []
    assert [each for each in emoji if clean_name(f"Ada {each}") != f"Ada {each}"] == []
    assert [each for each in emoji if each not in render(f"x {each}")] == []


@pytest.mark.parametrize(
    "text", ["می‌خواهم", "क्‍ष", "ക്‍", "ශ්‍රී", "עִבְרִית", "العَرَبِيَّة", "ไม่ใช่", "Việt", "葛󠄀"]
)
def test_scripts_keep_what_they_need(text):
    text = unicodedata.normalize("NFC", text)
    # A joiner at the very end joins nothing.
    assert visible(f"{text}x".replace("\u200dx", "x")) == f"{text}x".replace("\u200dx", "x")


def test_joiners_and_selectors_do_not_hide_between_latin_letters():
    assert visible("a\u200db\u200cc\ufe0fd") == "abcd"


def test_naughty_strings_go_through_unharmed():
    for text in read("hostile.json")["blns"]:
        shown = visible(text)
        assert visible(shown) == shown
        kept = [each for each in text if each.isalnum()]
        still = [each for each in shown if each.isalnum()]
        assert unicodedata.normalize("NFC", "".join(kept)) == unicodedata.normalize(
            "NFC", "".join(still)
        )


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert visible(visible(text)) == visible(text)
    assert clean_name(clean_name(text)) == clean_name(text)
    assert unicodedata.is_normalized("NFC", visible(text))


@given(st.text(max_size=200))
def test_a_name_is_one_short_line(text):
    name = clean_name(text)
    assert len(name) <= LONGEST
    assert name == " ".join(name.split())
    assert name == "" or not is_blank(name)


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\u3164\u3164", "\u2800", "\u00ad", "\u0301"])
def test_a_name_that_shows_nothing_is_none(text):
    assert clean_name(text) == ""


@pytest.mark.parametrize(
    "text", ["\u200b", "\u3164", "&#8203;", "> ", "***", "[](http://a.example)"]
)
def test_a_comment_that_shows_nothing_is_refused(text):
    with pytest.raises(Problem) as refusal:
        render(text)
    assert refusal.value.code == "source_empty"


@pytest.mark.parametrize(
    ("name", "double"),
    [
        ("PayPal", "PayPaI"),
        ("PayPal", "paypa1"),
        ("paypal", "раураl"),
        ("PAYPAL", "ΡΑΥΡΑL"),
        ("Paypal", "ＰａｙＰａｌ"),
        ("admin", "аdmin"),
        ("admin", "ad\u200bmin"),
        ("admin", "a d m i n"),
        ("admin", "ádmin"),
        ("mike", "rnike"),
        ("Olga", "0lga"),
        ("Ian", "ian"),
        ("IAN", "lan"),
        ("scope", "ѕсоре"),
        ("Нина", "НИНА"),
        ("moderator", "𝓶𝓸𝓭𝓮𝓻𝓪𝓽𝓸𝓻"),
        ("Ada|Bo", "AdalBo"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(name, double):
    assert skeleton(name) == skeleton(double)


def test_names_that_do_not_look_alike_have_two():
    names = [
        "Ada",
        "Bo",
        "Nina",
        "Нина",
        "Viva",
        "李明",
        "李華",
        "محمد",
        "Zoë B",
        "Zoey",
        "🐸",
        "🦊",
    ]
    assert len({skeleton(name) for name in names}) == len(names)
