"""Many addresses, one page: the canonical key of an address, and a thread's computed id."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from voxpop import ids
from voxpop.errors import Problem

MAX_URL = 2000
MAX_IDENTIFIER = 300

# Parameters that only say where a reader came from. Prefixes end in an underscore.
TRACKING = {
    *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid"),
    *("igshid", "mc_cid", "mc_eid", "ref_src", "_ga", "_gl", "_hsenc", "_hsmi", "vero_id", "wt_mc"),
    *("oly_enc_id", "oly_anon_id", "rb_clickid", "s_cid", "ml_subscriber", "ml_subscriber_hash"),
}
TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_")


def url_key(url: str) -> str:
    """What an address names: host, path and meaningful parameters, without the ways to write it.

    http and https, `www` kept, default ports, a trailing slash, index files' absence, fragments,
    tracking parameters and their order make no difference. Raises Problem("bad_request").
    """
    if len(url) > MAX_URL:
        raise Problem("bad_request", f"An address has at most {MAX_URL} characters.")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except (ValueError, UnicodeError):
        raise Problem("bad_request", "This is not an address of a page.") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise Problem("bad_request", "A page's address starts with http:// or https://.")
    place = host if port in {None, 80, 443} else f"{host}:{port}"
    path = quote(unquote(parts.path).rstrip("/"), safe="/:@!$&'()*+,;=~-._")
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.lower() not in TRACKING and not name.lower().startswith(TRACKING_PREFIXES)
    )
    return f"{place}{path}" + (f"?{urlencode(kept)}" if kept else "")


def alias_of(identifier: str | None, url: str | None) -> tuple[str, str]:
    """The (kind, value) under which a page's thread is filed: its identifier, else its address."""
    if identifier:
        if len(identifier) > MAX_IDENTIFIER:
            raise Problem("bad_request", f"An identifier has at most {MAX_IDENTIFIER} characters.")
        return "i", identifier
    if url:
        return "u", url_key(url)
    raise Problem("bad_request", "A thread is named by an identifier or by a page's address.")


def thread_public_id(shortname: str, kind: str, value: str) -> str:
    """The id a thread has before it exists: an empty page has a key and a tail (DESIGN 1)."""
    return ids.digest_id("thread", shortname, kind, value)
