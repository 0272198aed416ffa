"""What a forum may be called: the shortname stands in addresses and in every snippet."""

import re

from voxpop.errors import Problem
from voxpop.words import say

_SHORTNAME = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,39}")
# Names that could be taken for a part of this server, or for somebody who runs it.
RESERVED = frozenset(
    [
        *("account", "accounts", "admin", "administrator", "all", "api", "app", "assets"),
        *("avatar", "comment", "comments", "count", "dashboard", "docs", "embed", "error"),
        *("errors", "export", "feed", "feeds", "forum", "forums", "guest", "healthz", "help"),
        *("home", "host", "import", "index", "info", "invite", "join", "legal", "link", "login"),
        *("logout", "mail", "me", "metrics", "moderate", "moderation", "moderator", "new"),
        *("null", "operator", "owner", "page", "pages", "password", "postmaster", "preview"),
        *("privacy", "public", "readyz", "root", "search", "security", "settings", "signin"),
        *("signout", "signup", "site", "sites", "static", "status", "support", "system"),
        *("terms", "thread", "threads", "token", "tokens", "undefined", "user", "users"),
        *("voxpop", "webmaster", "widget", "widgets", "www"),
    ]
)


def check_shortname(text: str) -> str:
    """The shortname as it is kept, or Problem("invalid") that says what is wrong with it."""
    shortname = text.strip().lower()
    if not _SHORTNAME.fullmatch(shortname) or len(shortname) > 40:
        raise Problem("invalid", errors={"shortname": say("shortname_form")})
    if shortname in RESERVED:
        raise Problem("invalid", errors={"shortname": say("shortname_kept")})
    return shortname
