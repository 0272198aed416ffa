"""What it says."""

from voxpop.screening.draft import HELD, Draft, Verdict, fingerprint
from voxpop.screening.reasons import because
from voxpop.screening.words import find_word

MOST_LINKS_OF_STRANGERS = 1
MOST_LINKS = 10


def word_list(draft: Draft) -> Verdict | None:
    """The forum's own list of words that a person should look at."""
    word = find_word(draft.word_list, draft.text)
    if word is None:
        return None
    return Verdict(HELD, "word_list", because("word_list", word=word[:60]), is_telling=False)


def links(draft: Draft) -> Verdict | None:
    """Strangers come to link; those who are known may link more."""
    most = MOST_LINKS if draft.is_trusted else MOST_LINKS_OF_STRANGERS
    if draft.links <= most:
        return None
    return Verdict(HELD, "links", because("links", n=draft.links))


def repeated_text(draft: Draft) -> Verdict | None:
    """The same was said here a moment ago."""
    if draft.is_edit or fingerprint(draft.source) not in draft.recent - {""}:
        return None
    return Verdict(HELD, "repeated_text", because("repeated_text"))
