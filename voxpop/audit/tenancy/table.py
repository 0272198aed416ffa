"""THE table of tenancy (SAFETY T37, R24): who may use each route on an object of a forum `here`.

It is read by people. Each row says who gets through; everybody else must be refused, change
nothing, and be told no more than about an object that does not exist. A route without a row fails,
and so does a row without a route (`tests/regressions/test_t37_…`). `voxpop audit tenancy` walks it
over HTTP (`walk.py`); the forums and their people are in `world.py`.
"""

from dataclasses import dataclass, field
from typing import Any

# -- who -----------------------------------------------------------------------------------

ANONYMOUS, GUEST, READER = "anonymous", "guest", "reader"
MODERATOR, OWNER = "moderator", "owner"
OTHER_MODERATOR, OTHER_OWNER, OPERATOR = "other moderator", "other owner", "operator"
ACTORS = [
    ANONYMOUS, GUEST, READER, MODERATOR, OWNER, OTHER_MODERATOR, OTHER_OWNER, OPERATOR
]  # fmt: skip
EVERYBODY = frozenset(ACTORS)
WRITERS = EVERYBODY - {ANONYMOUS}
ACCOUNTS = WRITERS - {GUEST}
TEAM = frozenset({MODERATOR, OWNER, OPERATOR})
OWNERS = frozenset({OWNER, OPERATOR})
HERSELF = frozenset({READER})  # the reader wrote the comment that the rows are about
NOBODY: frozenset[str] = frozenset()


# -- the rows ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One way of using a route: `path` and `body` have the world's objects filled in."""

    route: str
    method: str
    who: frozenset[str]
    body: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    # Where another object than the route's usual one is meant.
    instead: dict[str, str] = field(default_factory=dict)
    # Whether a refusal must look like that of an object that does not exist.
    is_secret: bool = True
    # Whether who gets through changes something (so that no row holds for a wrong reason).
    is_act: bool = True
    note: str = ""

    def __str__(self) -> str:
        crossed = "crossed" if not self.who and self.instead else ""
        return f"{self.method} {self.route} {self.note}{crossed}".strip()

    @property
    def is_json(self) -> bool:
        return self.route.startswith("api/")


def row(route: str, method: str, who: frozenset[str], **more: Any) -> Row:
    return Row(route, method, who, **more)


PAGE = {"url": "https://magazine.test/story", "title": "Story"}
API, MODERATE, FORUM = "api/v1", "moderate", "home/forums/<slug:shortname>"

# Shared: the same bytes for everybody, published things only (the bytes are compared below).
SHARED = [
    row("embed.js", "GET", EVERYBODY),
    row("count.js", "GET", EVERYBODY),
    row("embed/<forum>/thread", "GET", EVERYBODY, query="u=https://magazine.test/story"),
    row("embed/<forum>/thread/<thread>/more", "GET", EVERYBODY),
    row("embed/<forum>/thread/<thread>/branch", "GET", EVERYBODY, query="comment=<comment>"),
    row("embed/<forum>/thread/<thread>/around", "GET", EVERYBODY, query="comment=<comment>"),
    row("embed/<forum>/widget", "GET", EVERYBODY, query="kind=recent"),
    row("embed/<forum>/reader", "GET", EVERYBODY),
    row("avatar/<key>.svg", "GET", EVERYBODY),
    row("avatar/<str:name>-<int:size>.webp", "GET", EVERYBODY),
    row("c/<str:comment>", "GET", EVERYBODY),
    row("c/<str:comment>/", "GET", EVERYBODY),
    row("c/<str:comment>/frame", "GET", EVERYBODY),
    row("c/<str:comment>/picture.png", "GET", EVERYBODY),
    row("t/<str:thread>/share", "GET", EVERYBODY),
    row("t/<str:thread>/frame", "GET", EVERYBODY),
    row("t/<str:thread>/picture.png", "GET", EVERYBODY),
    row("t/<str:thread>/visit", "GET", EVERYBODY),
    row("oembed", "GET", EVERYBODY, query="url=<host>/c/<comment>"),
    row("u/<str:handle>/", "GET", EVERYBODY),
    row("u/<str:handle>/followers/", "GET", EVERYBODY),
    row("u/<str:handle>/followed/", "GET", EVERYBODY),
    row("u/<str:handle>/feed.atom", "GET", EVERYBODY),
    row("u/<str:handle>/feed.json", "GET", EVERYBODY),
    row("t/<str:thread>/", "GET", EVERYBODY),
    row("t/<str:thread>/feed.atom", "GET", EVERYBODY),
    row("t/<str:thread>/feed.json", "GET", EVERYBODY),
    row("f/<str:forum>/feed.atom", "GET", EVERYBODY),
    row("f/<str:forum>/feed.json", "GET", EVERYBODY),
    row(f"{API}/threads/<thread>/events", "GET", EVERYBODY, query="after=0"),
    row(f"{API}/threads/<thread>/comments", "GET", EVERYBODY),
    row(f"{API}/threads/<thread>", "GET", EVERYBODY),
    row(f"{API}/comments/<comment>", "GET", EVERYBODY),
    row(f"{API}/forums/<forum>/counts", "GET", EVERYBODY, query="urls=https://magazine.test/story"),
    row(f"{API}/forums/<forum>/threads", "GET", EVERYBODY, query="url=https://magazine.test/story"),
    row(f"{API}/forums/<forum>/comments", "GET", EVERYBODY),
    row(f"{API}/forums/<forum>/trending", "GET", EVERYBODY),
    row(f"{API}/trending", "GET", EVERYBODY),
    row("f/<str:forum>/", "GET", EVERYBODY),
    row("f/<str:forum>/trending.atom", "GET", EVERYBODY),
    row("f/<str:forum>/trending.json", "GET", EVERYBODY),
    row("trending/", "GET", EVERYBODY),
    row("trending/feed.atom", "GET", EVERYBODY),
    row("trending/feed.json", "GET", EVERYBODY),
    row(f"{API}/forums/<forum>", "GET", EVERYBODY),
    row(f"{API}/openapi.json", "GET", EVERYBODY),
]

# Writers and viewers: anybody who is somebody; what was written belongs to its author alone.
WRITING = [
    row(f"{API}/tokens", "POST", NOBODY, body={"code": "wrong", "verifier": "v" * 43}),
    row(f"{API}/tokens/renew", "POST", NOBODY, body={"renewal": "wrong.0.wrong"}),
    row(f"{API}/tokens", "DELETE", WRITERS, is_secret=False, is_act=False),
    row(f"{API}/forums/<forum>/sso", "POST", NOBODY, body={"token": "a.b.c"}, is_secret=False),
    row("accounts/sso/<slug:shortname>/", "GET", EVERYBODY, query="nonce=0123456789abcdefgh"),
    row("accounts/sso/<slug:shortname>/back/", "GET", EVERYBODY),
    row(
        "accounts/sso/<slug:shortname>/back/",
        "POST",
        NOBODY,
        body={"token": "a.b.c"},
        is_secret=False,
    ),
    row(f"{API}/guests", "POST", EVERYBODY, body={"forum": "<forum>", "name": "New Guest"}),
    row(
        f"{API}/forums/<forum>/comments",
        "POST",
        WRITERS,
        body={"thread": PAGE, "source": "Hello from <author>."},
        is_secret=False,
    ),
    row(
        f"{API}/comments/<comment>",
        "PATCH",
        HERSELF,
        body={"source": "Mine.", "revision": 1},
        is_secret=False,
    ),
    row(f"{API}/comments/<comment>", "DELETE", HERSELF, is_secret=False),
    row(
        f"{API}/comments/<comment>/vote",
        "PUT",
        WRITERS - HERSELF,
        body={"value": 1},
        is_secret=False,
    ),
    row(f"{API}/comments/<comment>/flag", "PUT", WRITERS, body={"reason": "spam"}, is_secret=False),
    row(f"{API}/preview", "POST", EVERYBODY, body={"source": "Hello."}, is_act=False),
    row("t/<str:thread>/write", "GET", EVERYBODY, query="parent=<comment>"),
    row(
        "t/<str:thread>/write",
        "POST",
        EVERYBODY,
        query="parent=<comment>",
        body={"source": "Without a script.", "name": "Nora Noscript", "key": "k1"},
    ),
    row(f"{API}/me/threads/<thread>", "GET", WRITERS, is_secret=False),
    row(f"{API}/me/comments/<comment>", "GET", HERSELF, is_secret=False),
    # This guest left no address.
    row(
        f"{API}/me/threads/<thread>/names",
        "GET",
        WRITERS,
        query="begins=an",
        is_secret=False,
    ),
    row(
        f"{API}/me/mail",
        "PUT",
        ACCOUNTS,
        body={"replies": True},
        is_secret=False,
        is_act=False,
        note="what everybody has unless he says otherwise",
    ),
    # What one wants of others is one's own; the person meant is the reader, and nobody does this to
    # himself.
    row(f"{API}/me/people/<author>", "GET", WRITERS, is_secret=False),
    row(f"{API}/me/follows/<author>", "PUT", ACCOUNTS - HERSELF, is_secret=False),
    row(f"{API}/me/follows/<author>", "DELETE", WRITERS, is_secret=False, is_act=False),
    row(f"{API}/me/mutes/<author>", "PUT", WRITERS - HERSELF, is_secret=False),
    row(f"{API}/me/mutes/<author>", "DELETE", WRITERS, is_secret=False, is_act=False),
    row(f"{API}/me/watches/<thread>", "PUT", ACCOUNTS, is_secret=False),
    row(f"{API}/me/watches/<thread>", "DELETE", WRITERS, is_secret=False, is_act=False),
    row(f"{API}/me/privacy", "POST", WRITERS, is_secret=False, is_act=False),
    # No secret of a guest: there is nothing to claim, and nothing to be seen.
    row(f"{API}/me/claims/look", "POST", WRITERS, is_secret=False, is_act=False),
    row(f"{API}/me/claims", "PUT", ACCOUNTS, is_secret=False, is_act=False),
]

# Moderators: of this forum, and the operator.
DECISIONS = f"{API}/moderation/comments/<comment>/decisions"
THREADS = f"{API}/moderation/threads/<thread>/decisions"
MODERATING = [
    row(f"{API}/moderation/queue", "GET", TEAM, query="forum=<forum>"),
    *[
        row(DECISIONS, "POST", TEAM, body={"decision": verb}, note=verb)
        for verb in ("reject", "spam", "delete")
    ],
    row(
        DECISIONS,
        "POST",
        TEAM,
        body={"decision": "approve", "revision": 2},
        instead={"comment": "<edited>"},
        note="edit",
    ),
    *[
        row(THREADS, "POST", TEAM, body={"decision": verb}, note=verb)
        for verb in ("lock", "premoderate", "sensitive")
    ],
    row(THREADS, "POST", TEAM, body={"decision": "pin", "comment": "<comment>"}, note="pin"),
    row(f"{API}/moderation/forums/<forum>/bans", "POST", TEAM, body={"author": "<author>"}),
    row(f"{API}/moderation/forums/<forum>/bans/<ban>", "DELETE", TEAM),
    row(f"{API}/moderation/decisions/<decision>/undo", "POST", TEAM),
    row(f"{MODERATE}/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/", "GET", TEAM, query="forum=<forum>&author=<author>", note="author"),
    row(f"{MODERATE}/decide/", "POST", TEAM, body={"one": "spam:<comment>"}),
    row(
        f"{MODERATE}/decide/",
        "POST",
        TEAM,
        body={"bulk": "spam", "comment": "<comment>"},
        note="bulk",
    ),
    row(f"{MODERATE}/decide/", "POST", TEAM, body={"one": "approve:<edited>:2"}, note="edit"),
    row(f"{MODERATE}/comments/<comment>/", "GET", TEAM),
    row(f"{MODERATE}/threads/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/threads/<thread>/decide/", "POST", TEAM, body={"decision": "lock"}),
    row(f"{MODERATE}/bans/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/bans/new/", "GET", TEAM, query="forum=<forum>&author=<author>"),
    row(
        f"{MODERATE}/bans/new/",
        "POST",
        TEAM,
        query="forum=<forum>&author=<author>",
        body={"days": "7", "remove_hours": "24"},
    ),
    row(f"{MODERATE}/bans/<ban>/lift/", "POST", TEAM),
    row(f"{MODERATE}/claims/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/claims/new/", "GET", TEAM, query="forum=<forum>&author=<imported>"),
    row(
        f"{MODERATE}/claims/new/",
        "POST",
        TEAM,
        query="forum=<forum>&author=<imported>",
        body={"handle": "<handle>"},
    ),
    *[
        row(f"{MODERATE}/claims/<claim>/decide/", "POST", TEAM, body={"decision": verb}, note=verb)
        for verb in ("give", "refuse")
    ],
    row(f"{MODERATE}/history/", "GET", TEAM, query="forum=<forum>"),
    row(f"{MODERATE}/<slug:shortname>/activity/", "GET", TEAM),
    row(f"{MODERATE}/outbox/", "GET", frozenset({OPERATOR})),
    row(f"{MODERATE}/outbox/", "POST", frozenset({OPERATOR}), is_act=False),
    row(f"{MODERATE}/undo/", "POST", TEAM, body={"decision": "<decision>"}),
]

# Owners: the forum's own pages.
SETTINGS = {
    "name": "Renamed",
    "language": "en",
    "sort": "newest",
    "depth_shown": "6",
    "vote_mode": "both",
    "guest_proof": "off",
    "edit_minutes": "15",
}
OWNING = [
    *[
        row(f"{FORUM}/figures{rest}", "GET", OWNERS)
        for rest in ("/", ".csv", "/threads.csv", ".json")
    ],
    row(f"{FORUM}/", "GET", OWNERS),
    row(f"{FORUM}/install/", "GET", OWNERS),
    row(f"{FORUM}/settings/", "GET", OWNERS),
    row(f"{FORUM}/settings/", "POST", OWNERS, body=SETTINGS),
    row(f"{FORUM}/sso/", "GET", OWNERS),
    row(f"{FORUM}/sso/", "POST", OWNERS, body={"sso": "only"}),
    row(f"{FORUM}/sso/keys/", "POST", OWNERS, body={"kind": "EdDSA"}),
    row(f"{FORUM}/sso/keys/retire/", "POST", OWNERS, body={"key": "<kid>"}),
    row(f"{FORUM}/sites/", "GET", OWNERS),
    row(f"{FORUM}/sites/", "POST", OWNERS, body={"origin": "https://evil.test"}),
    row(f"{FORUM}/sites/remove/", "POST", OWNERS, body={"origin": "https://magazine.test"}),
    row(f"{FORUM}/people/", "GET", OWNERS),
    row(f"{FORUM}/people/", "POST", OWNERS, body={"role": "owner"}),
    row(f"{FORUM}/people/remove/", "POST", OWNERS, body={"author": "<member>"}),
    row(f"{FORUM}/wipe/", "GET", OWNERS),
    row(f"{FORUM}/wipe/", "POST", OWNERS, body={"sure": "<forum>"}),
    row(
        f"{FORUM}/wipe/",
        "POST",
        OWNERS,
        query="author=<author>",
        body={"sure": "<forum>"},
        note="author",
    ),
    row(f"{FORUM}/export/", "GET", OWNERS),
    row(f"{FORUM}/import/", "GET", OWNERS),
    row(f"{FORUM}/import/", "POST", OWNERS, body={"file": b"<?xml version='1.0'?><disqus/>"}),
    row(f"{FORUM}/import/<str:public_id>/", "GET", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/start/", "POST", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/discard/", "POST", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/skipped/", "GET", OWNERS),
    row(f"{FORUM}/import/<str:public_id>/skipped.csv", "GET", OWNERS),
]

# Crossed: through the door of a forum that is theirs to an object that is not. Nobody may, not
# even the operator: an object of one forum is not there in another.
THEIRS = {"forum": "<elsewhere>", "shortname": "<elsewhere>"}
CROSSED = [
    row(f"{API}/moderation/forums/<forum>/bans/<ban>", "DELETE", NOBODY, instead=THEIRS),
    row(
        f"{API}/moderation/forums/<forum>/bans",
        "POST",
        NOBODY,
        instead=THEIRS,
        body={"author": "<author>"},
    ),
    row(
        f"{API}/forums/<forum>/comments",
        "POST",
        NOBODY,
        instead=THEIRS,
        body={"thread": PAGE, "source": "A reply.", "parent": "<comment>"},
    ),
    row("embed/<forum>/thread/<thread>/more", "GET", NOBODY, instead=THEIRS),
    row(
        "embed/<forum>/thread/<thread>/branch",
        "GET",
        NOBODY,
        query="comment=<comment>",
        instead=THEIRS,
    ),
    row(
        "embed/<forum>/thread/<thread>/around",
        "GET",
        NOBODY,
        query="comment=<comment>",
        instead=THEIRS,
    ),
    row(f"{MODERATE}/", "GET", NOBODY, query="forum=<forum>&author=<author>", instead=THEIRS),
    row(
        f"{MODERATE}/bans/new/",
        "POST",
        NOBODY,
        query="forum=<forum>&author=<author>",
        body={"days": "7", "remove_hours": "24"},
        instead=THEIRS,
    ),
    row(
        f"{MODERATE}/claims/new/",
        "POST",
        NOBODY,
        query="forum=<forum>&author=<imported>",
        body={"handle": "<handle>"},
        instead=THEIRS,
    ),
    row(f"{FORUM}/people/remove/", "POST", NOBODY, body={"author": "<member>"}, instead=THEIRS),
    row(f"{FORUM}/sso/keys/retire/", "POST", NOBODY, body={"key": "<kid>"}, instead=THEIRS),
    *[
        row(f"{FORUM}/import/<str:public_id>/{act}", method, NOBODY, instead=THEIRS)
        for act, method in [
            ("", "GET"),
            ("start/", "POST"),
            ("discard/", "POST"),
            ("skipped/", "GET"),
            ("skipped.csv", "GET"),
        ]
    ],
]

# Our own pages that are about nobody's forum: what they show is the viewer's own.
OWN = [
    row("", "GET", EVERYBODY),
    row("home/", "GET", ACCOUNTS, is_secret=False),
    row("home/account/", "GET", ACCOUNTS, is_secret=False),
    row("home/account/sign-out/", "POST", ACCOUNTS, is_secret=False),
    row("home/join/<str:secret>", "GET", NOBODY, is_secret=False),
    row("home/forums/new/", "GET", ACCOUNTS, is_secret=False),
    row("home/comments/", "GET", ACCOUNTS, is_secret=False),
    row("home/comments/<str:comment>/", "GET", HERSELF),
    row(
        "home/comments/<str:comment>/",
        "POST",
        HERSELF,
        body={"source": "Mine.", "revision": "1", "key": "k2"},
    ),
    row("home/comments/<str:comment>/conversation/", "GET", HERSELF),
    row("home/comments/<str:comment>/delete/", "POST", HERSELF, body={"key": "k3"}),
    row("home/feed/", "GET", ACCOUNTS, is_secret=False),
    row("home/signed-in/", "GET", ACCOUNTS, is_secret=False),
    row(
        "home/signed-in/",
        "POST",
        ACCOUNTS,
        body={"token": "<author>"},
        is_secret=False,
        is_act=False,
    ),
    row("home/votes/", "GET", ACCOUNTS, is_secret=False),
    row("home/watching/", "GET", ACCOUNTS, is_secret=False),
    row(
        "home/watching/",
        "POST",
        ACCOUNTS,
        body={"thread": "<thread>"},
        is_secret=False,
        is_act=False,
    ),
    row("home/people/", "GET", ACCOUNTS, is_secret=False),
    row(
        "home/people/",
        "POST",
        ACCOUNTS,
        body={"act": "unmute", "person": "<author>"},
        is_secret=False,
        is_act=False,
    ),
    row("home/profile/", "GET", ACCOUNTS, is_secret=False),
    row("home/profile/", "POST", ACCOUNTS, body={"about": "I."}, is_secret=False),
    row(
        "home/profile/avatar/",
        "POST",
        ACCOUNTS,
        is_secret=False,
        is_act=False,
        note="no file",
    ),
    # Of those asked, the reader alone has written there.
    row(
        "home/profile/site/",
        "POST",
        HERSELF,
        body={"forum": "<forum_id>"},
    ),
    row("home/follow/<str:handle>/", "GET", ACCOUNTS, is_secret=False),
    row("home/follow/<str:handle>/", "POST", ACCOUNTS - HERSELF, is_secret=False),
    # What is one's own, to take or to erase. There is no file before it is packed, and to be erased
    # one proves oneself anew: these have nothing to do so with. Lone owners hand over first.
    row("home/privacy/", "GET", ACCOUNTS, is_secret=False),
    row("home/privacy/takeout/", "POST", ACCOUNTS, is_secret=False),
    row("home/privacy/takeout/file", "GET", NOBODY, is_secret=False),
    row("home/privacy/erase/", "GET", ACCOUNTS, is_secret=False),
    row(
        "home/privacy/erase/",
        "POST",
        ACCOUNTS - {OWNER, OTHER_OWNER},
        body={"texts": "keep"},
        is_secret=False,
    ),
    row("home/privacy/stay/", "POST", ACCOUNTS, is_secret=False, is_act=False),
    # A guest's, behind a secret that is his alone.
    row("privacy/", "GET", EVERYBODY),
    row("privacy/", "POST", EVERYBODY, body={"email": "nobody@x.test"}, is_act=False),
    row("privacy/<str:secret>/", "GET", NOBODY),
    row("privacy/<str:secret>/", "POST", NOBODY, body={"act": "erase", "texts": "keep"}),
    row("privacy/<str:secret>/file", "GET", NOBODY),
    row("home/claims/", "GET", ACCOUNTS, is_secret=False),
    row("home/claims/", "POST", ACCOUNTS, is_secret=False, is_act=False),
    row(
        "home/claims/imported/",
        "POST",
        ACCOUNTS,
        body={"act": "ask", "comment": "<archived>"},
        is_secret=False,
    ),
    # The claim is Bob's, and nobody's of those who ask.
    row(
        "home/claims/imported/",
        "POST",
        NOBODY,
        body={"act": "take_back", "claim": "<claim>"},
        note="another's",
    ),
    row("home/merge/", "GET", ACCOUNTS, is_secret=False),
    row("home/merge/", "POST", ACCOUNTS, body={"act": "cancel"}, is_secret=False, is_act=False),
    row("home/inbox/", "GET", ACCOUNTS, is_secret=False),
    row("home/inbox/read/", "POST", ACCOUNTS, is_secret=False, is_act=False),
    row("home/settings/notices/", "GET", ACCOUNTS, is_secret=False),
    row(
        "home/settings/notices/",
        "POST",
        ACCOUNTS,
        body={"reply.mail": "never"},
        is_secret=False,
    ),
    row("home/settings/notices/devices/", "POST", ACCOUNTS, is_secret=False, is_act=False),
    row("home/settings/notices/devices/<str:device>/", "POST", HERSELF),
    row("hooks/mail/", "POST", NOBODY, is_secret=False, note="the mail provider's, by its secret"),
    row("home/push.js", "GET", EVERYBODY, is_secret=False),
    row("home/mail/<str:secret>/", "GET", NOBODY),
    row("home/mail/<str:secret>/", "POST", NOBODY, body={"stop": "1"}),
    row("home/mail/<str:secret>/stop/<str:what>/", "GET", NOBODY),
    row("home/mail/<str:secret>/stop/<str:what>/", "POST", NOBODY),
    row("home/mail/<str:secret>/confirm/", "GET", NOBODY),
    row("home/mail/<str:secret>/confirm/", "POST", NOBODY),
    row("accounts/identities/", "GET", ACCOUNTS, is_secret=False),
    row(
        "accounts/identities/",
        "POST",
        ACCOUNTS,
        body={"identity": "1"},
        is_secret=False,
        is_act=False,
    ),
    row("docs/errors", "GET", EVERYBODY),
    row("healthz", "GET", EVERYBODY),
    row("readyz", "GET", EVERYBODY),
    # Of this machine only, or with a token (voxpop/metrics); these ask from this machine.
    row("metrics", "GET", EVERYBODY),
]

# Sign-in: before anybody is anybody. They take no id of anything, only the name of a provider;
# only a secret opens them.
SIGN_IN = {
    "accounts/connect/",
    "accounts/link/<str:secret>",
    "accounts/page/",
    "accounts/login/",
    "accounts/signup/",
    "accounts/identities/new/",
    "accounts/identities/link/",
    "accounts/with/<str:way>/",
    "accounts/with/<str:way>/back/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/reauthenticate/",
    "accounts/email/",
    "accounts/confirm-email/",
    "accounts/password/change/",
    "accounts/password/set/",
    "accounts/password/reset/",
    "accounts/login/code/",
    "accounts/login/code/confirm/",
    "accounts/signup/passkey/",
    "accounts/2fa/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/reauthenticate/",
    "accounts/2fa/totp/activate/",
    "accounts/2fa/totp/deactivate/",
    "accounts/2fa/recovery-codes/",
    "accounts/2fa/recovery-codes/generate/",
    "accounts/2fa/recovery-codes/download/",
    "accounts/2fa/webauthn/",
    "accounts/2fa/webauthn/add/",
    "accounts/2fa/webauthn/login/",
    "accounts/2fa/webauthn/reauthenticate/",
    "accounts/2fa/webauthn/keys/<int:pk>/remove/",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/",
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$",
    "accounts/password/reset/confirm/",
    "accounts/password/reset/complete/",
    "accounts/password/reset/done/",
}
# ninja's own front page: switched off, answers 404.
OFF = {f"{API}/"}

TABLE = [*SHARED, *WRITING, *MODERATING, *OWNING, *CROSSED, *OWN]
