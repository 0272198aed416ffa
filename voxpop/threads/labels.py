"""The words of a fragment: control characters in stored bytes, a language's words in an answer.

A fragment is one for all languages. Where a word belongs stands a control character that no
comment can contain (the sanitiser removes them); an answer puts its language's word there.
Names of icon buttons are not repeated per comment: `aria-labelledby` points at `BUTTONS`.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from voxpop.words.files import read

REPLY, IN_REPLY, EDITED, REMOVED, MODERATOR, OWNER = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
DELETED_USER = "\x07"
TOKENS = {
    "reply": REPLY,
    "in_reply": IN_REPLY,
    "edited": EDITED,
    "removed": REMOVED,
    "moderator": MODERATOR,
    "owner": OWNER,
    "deleted_user": DELETED_USER,
}
BADGES = {"moderator": MODERATOR, "owner": OWNER}
BUTTONS = ("up", "down", "share", "menu", "collapse")
FOLDER = Path(__file__).parent / "languages"


def labels(language: str, reply: str = "") -> dict[str, str]:
    """token -> word; a forum may have its own word for replying."""
    words = read(FOLDER, language)
    found = {token: words[name] for name, token in TOKENS.items()}
    return found | {REPLY: reply} if reply else found


def button_names(language: str) -> dict[str, str]:
    """Name of a button -> what it is called aloud; the page carries each once as `w-NAME`."""
    words = read(FOLDER, language)
    return {name: words[name] for name in BUTTONS}


def worded(fragments: bytes, words: Mapping[bytes, bytes]) -> bytes:
    """Joined fragments with a language's (already escaped) words in the places of the tokens."""
    for token, word in words.items():
        fragments = fragments.replace(token, word)
    return fragments


def escaped_labels(language: str, reply: str = "") -> dict[bytes, bytes]:
    """What `worded` takes."""
    return {
        token.encode(): escape(word).encode() for token, word in labels(language, reply).items()
    }
