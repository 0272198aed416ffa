"""Avatars are drawn by us from the name: no upload, no third party, no hash of an e-mail (R27).

The whole picture is in its address (initials and one of 24 hues), so it can be kept for ever and
needs no database to draw.
"""

import unicodedata
from urllib.parse import quote

HUES = 24


def avatar_path(author_id: int, name: str) -> str:
    """The address of the picture: `/avatar/AB-7.svg`."""
    return f"/avatar/{quote(initials(name))}-{author_id % 1009 % HUES}.svg"


def initials(name: str) -> str:
    """One or two letters that stand for a name in any script."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    return unicodedata.normalize("NFC", "".join(letters)).upper()[:2] or "?"
