"""Avatars are drawn by us from the name: no third party, no hash of an e-mail (R27). Whoever wants
uploads another one (voxpop/profiles).

The whole picture stands in its address (letters and hue), so it can be kept for ever and needs no
database to draw. Pages draw the same in CSS and ask for nothing.
"""

import hashlib


def avatar_path(author_id: int, name: str) -> str:
    """Where the picture is: `/avatar/41-42-120.svg`, letters as hex code points, then the hue."""
    letters = "".join(f"{ord(letter):x}-" for letter in initials(name))
    return f"/avatar/{letters}{hue(author_id)}.svg"


def uploaded_path(name: str, size: int = 96) -> str:
    """Where an uploaded avatar is, in one of its sizes (voxpop/profiles/avatars.py)."""
    return f"/avatar/{name}-{size}.webp"


def initials(name: str) -> str:
    """The first letters of the first and last word: what an avatar shows."""
    words = [word for word in ("".join(filter(str.isalnum, part)) for part in name.split()) if word]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()[:2] if words else ""


def hue(author_id: int) -> int:
    """The author's colour, the same wherever he writes and whatever he is called."""
    return hashlib.blake2b(author_id.to_bytes(8, "big"), digest_size=2).digest()[0] * 360 // 256
