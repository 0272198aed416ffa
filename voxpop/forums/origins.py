"""Origins, spelled the one way browsers spell them."""

from ada_url import URL

from voxpop.errors import Problem
from voxpop.words import say

LONGEST_ADDRESS = 1000


def origin_of(address: str) -> str | None:
    """The http(s) origin of an address as a browser reads it, or None (SAFETY R04, R15)."""
    try:
        url = URL(address)
    except ValueError:
        return None
    if url.protocol not in {"http:", "https:"} or url.username or url.password or not url.hostname:
        return None
    return url.origin


def web_address(text: str | None) -> str:
    """An http(s) address as a browser reads it, or "" for whatever else it is (SAFETY R04)."""
    if not text or len(text) > LONGEST_ADDRESS or origin_of(text) is None:
        return ""
    href = URL(text).href
    return href if len(href) <= LONGEST_ADDRESS else ""


def check_origin(text: str) -> str:
    """The origin that somebody typed for a site; Problem("invalid") when it is not one."""
    written = text.strip()
    if "://" not in written:
        written = f"https://{written}"
    origin = origin_of(written)
    if origin is None or "*" in origin or len(origin) > 255:
        raise Problem("invalid", errors={"origin": say("origin_form")})
    return origin
