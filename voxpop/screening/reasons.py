"""Why a comment waits, as it is kept with it: in English, for whoever reads the rows.

Each is told apart again by its words, so that a moderator can read it in his own language.
"""

from voxpop.words.kept import Kept

REASONS = {
    "trap": "A hidden field was filled in.",
    "word_list": "It has “{word}” of the word list.",
    "links": "It has {n} links.",
    "repeated_text": "The same text was posted here lately.",
    "flood": "Too many comments came at once.",
    "premoderation": "A moderator reads every comment here first.",
    "first_comment": "A moderator reads first comments here.",
    "no_address": "A moderator reads what guests without an address write.",
    "proof": "It appears when its author has confirmed his e-mail address.",
}
_KEPT = Kept(REASONS, {"word": ".+", "n": r"\d+"})
because = _KEPT.because


def told_apart(reason: str) -> tuple[str, dict[str, str | int]] | None:
    """Which of the reasons this is, and what is told in it; None for anybody else's words."""
    found = _KEPT.told_apart(reason)
    if found is None:
        return None
    name, told = found
    return name, {key: int(word) if key == "n" else word for key, word in told.items()}
