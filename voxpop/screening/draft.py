"""What is judged and what comes of it."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape

# An author with so many published comments in a forum is one that it knows.
TRUSTED_AFTER = 3
# Everybody may say "Thank you very much".
SHORTEST_COMPARED = 24

PUBLISHED, HELD, REJECTED, SPAM = "published", "held", "rejected", "spam"

# Within a word there may be these; every other tag ends it.
_WITHIN_WORDS = re.compile("</?(?:em|strong|del|code|a|span)(?: [^>]*)?>")
_TAG = re.compile("<[^>]*>")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A comment that nobody has seen: what it says and the facts about who says it where."""

    source: str
    html: str
    is_edit: bool = False

    # the author, in this forum
    is_banned: bool = False
    is_moderator: bool = False
    published_count: int = 0
    recent: frozenset[str] = frozenset()  # fingerprints of what was lately written here
    is_guest: bool = False
    has_address: bool = False
    is_proven: bool = False  # the address is his: a mail to it was answered

    # the place
    is_thread_locked: bool = False
    is_thread_closed: bool = False
    is_thread_premoderated: bool = False
    is_forum_premoderated: bool = False
    holds_first_comment: bool = False
    guest_proof: str = "off"  # off, ask, required: what guests do about an address
    word_list: str = ""
    is_flooded: bool = False
    starts_flood: bool = False  # with this comment the forum is flooded

    # how it was written
    is_trapped: bool = False  # a field was filled that people do not see

    @property
    def is_trusted(self) -> bool:
        """Whether the forum knows the author well enough to let more pass."""
        return self.is_moderator or self.published_count >= TRUSTED_AFTER

    @property
    def must_prove(self) -> bool:
        """Whether this guest has an address to prove before anything of his appears here."""
        is_asked = self.guest_proof != "off" and self.is_guest and not self.is_edit
        return is_asked and not self.is_proven

    @property
    def links(self) -> int:
        """How many addresses readers could follow."""
        return self.html.count("<a href=")

    @cached_property
    def text(self) -> str:
        """What readers would see, without tags, so that nothing hides between them."""
        return unescape(_TAG.sub(" ", _WITHIN_WORDS.sub("", self.html)))


@dataclass(frozen=True)
class Verdict:
    """What becomes of a draft, by which rule and why.

    `reason` is for moderators; the author may be told it where `is_telling`. A rejected draft
    has the `code` of its Problem. `is_flood` says that the forum has just become flooded;
    `awaits_author` that not a moderator but the author himself can end the wait.
    """

    status: str
    rule: str = ""
    reason: str = ""
    is_telling: bool = True
    code: str = ""
    is_flood: bool = False
    awaits_author: bool = False


@lru_cache(maxsize=4096)
def fingerprint(source: str) -> str:
    """The same for texts that differ only in case, spaces and punctuation; "" for short ones.

    Remembered, because each new comment is compared with the same newest ones.
    """
    folded = unicodedata.normalize("NFKC", source).casefold()
    letters = "".join(letter for letter in folded if letter.isalnum())
    if len(letters) < SHORTEST_COMPARED:
        return ""
    return hashlib.blake2b(letters.encode(errors="replace"), digest_size=8).hexdigest()
