"""By which way people came from what was shared: the link says it, and says nothing of anybody."""

from enum import StrEnum
from urllib.parse import parse_qsl


class Way(StrEnum):
    """What `from=` in a shared link may say. Anything else is not counted."""

    MAIL = "mail"
    SHEET = "sheet"  # the share sheet of somebody's device
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    X = "x"
    FACEBOOK = "facebook"
    REDDIT = "reddit"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    EMBED = "embed"  # the frame of one comment on another's page


WAYS = frozenset(Way)
# The surfaces that lead to the publisher's page: followed once is one referral.
REFERRING = frozenset({"comment_link", "thread_link"})


def way_of(query: str) -> str:
    """The way that an address names, or nothing."""
    named = dict(parse_qsl(query, max_num_fields=50)).get("from", "") if query else ""
    return named if named in WAYS else ""
