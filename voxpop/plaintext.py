"""What people type, without what cannot be seen or wrecks the line (SAFETY T07).

Removed: control characters (the label tokens of fragments among them), bidi and other format
characters, joiners and variation selectors where no script or emoji needs them, towers of accents.
"""

import re
import unicodedata

import re2

MARKS_PER_LETTER = 4

# Every format character (Cf) but the visible Arabic and Kaithi signs, the joiners and the tags
# that spell a flag; controls, lone surrogates and noncharacters. A test compares it with Unicode.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
_JOINER = "\u200c\u200d"
_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SUSPECT = re.compile(f"({_FLAG})|[{_UNSEEN}]|([{_JOINER}])|([{_SELECTOR}])")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
_TOWER = re2.compile(rf"([\p{{Mn}}\p{{Me}}]{{{MARKS_PER_LETTER}}})[\p{{Mn}}\p{{Me}}]+")
# Letters and symbols that draw nothing: Hangul fillers, the empty Braille cell.
_DRAWS_NOTHING = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")


def visible(text: str) -> str:
    """The text in NFC with only what can be seen, its lines ended by newlines; a fixpoint."""
    text = drop_unseen(unicodedata.normalize("NFC", _LINE_END.sub("\n", text)))
    return unicodedata.normalize("NFC", text)


def drop_unseen(text: str) -> str:
    """The text without unseen characters and towers, nothing else changed: HTML stays HTML."""
    if text.isascii():
        return _CONTROL.sub("", text)
    return str(_TOWER.sub(r"\1", _SUSPECT.sub(_keep_needed, text)))


def is_blank(text: str) -> bool:
    """Whether the text would be shown as nothing at all."""
    return all(
        letter in _DRAWS_NOTHING or unicodedata.category(letter)[0] in "CZM" for letter in text
    )


def _keep_needed(found: re.Match[str]) -> str:
    flag, joiner, selector = found.groups()
    if flag:
        return flag
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    if (joiner and _joins(before, after)) or (selector and _varies(before)):
        return found.group()
    return ""


def _joins(before: str, after: str) -> bool:
    """Persian, Indic scripts and emoji need joiners; between Latin letters they only hide."""
    return (
        before >= "\u0590"
        and after >= "\u0590"
        and unicodedata.category(before)[0] in "LMS"
        and unicodedata.category(after)[0] in "LS"
    )


def _varies(before: str) -> bool:
    """Emoji, keycaps, punctuation and ideographs have variants; other letters do not."""
    if not before:
        return False
    kind = unicodedata.category(before)[0]
    return kind in "SPN" or (kind == "L" and before >= "\u2100")
