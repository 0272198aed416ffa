"""Every surface, by who may have it. Read top to bottom: the order is the trust.

`public` is answered first, before any middleware that knows readers (edge/middleware.py); what is
below it is private by default. Rates stand in limits/rates.py, cache policy in edge/policy.py.
"""

from django.urls import URLPattern, URLResolver, include, path

from voxpop.analytics.web.shared import reader_mark
from voxpop.api import READS, api, openapi
from voxpop.metrics.page import metrics
from voxpop.pages.comment import comment_frame, comment_link, comment_page, comment_picture
from voxpop.pages.error_codes import error_codes
from voxpop.pages.feeds import (
    forum_atom,
    forum_json_feed,
    person_atom,
    person_json_feed,
    thread_atom,
    thread_json_feed,
)
from voxpop.pages.health import healthz, readyz
from voxpop.pages.oembed import oembed
from voxpop.pages.public import public_page
from voxpop.pages.thread_shared import thread_frame, thread_link, thread_picture, thread_share
from voxpop.pages.trending import (
    forum_page,
    forum_trending_atom,
    forum_trending_json_feed,
    network_atom,
    network_json_feed,
    network_page,
)
from voxpop.profiles.web.shared import (
    followed_page,
    followers_page,
    profile_page,
    uploaded_avatar,
)

Patterns = list[URLPattern | URLResolver]

# Everybody's: shared snapshots, the same bytes for all, kept by the edge.
public: Patterns = [
    path("", include("voxpop.embed.urls")),
    path("embed/<forum>/reader", reader_mark),
    path("t/<str:thread>/", public_page),
    path("t/<str:thread>/feed.atom", thread_atom),
    path("t/<str:thread>/feed.json", thread_json_feed),
    path("f/<str:forum>/feed.atom", forum_atom),
    path("f/<str:forum>/feed.json", forum_json_feed),
    path("avatar/<str:name>-<int:size>.webp", uploaded_avatar),
    path("u/<str:handle>/", profile_page),
    path("u/<str:handle>/followers/", followers_page),
    path("u/<str:handle>/followed/", followed_page),
    path("u/<str:handle>/feed.atom", person_atom),
    path("u/<str:handle>/feed.json", person_json_feed),
    path("f/<str:forum>/", forum_page),
    path("f/<str:forum>/trending.atom", forum_trending_atom),
    path("f/<str:forum>/trending.json", forum_trending_json_feed),
    path("trending/", network_page),
    path("trending/feed.atom", network_atom),
    path("trending/feed.json", network_json_feed),
    path("c/<str:comment>", comment_link),
    path("c/<str:comment>/", comment_page),
    path("c/<str:comment>/frame", comment_frame),
    path("c/<str:comment>/picture.png", comment_picture),
    path("t/<str:thread>/share", thread_share),
    path("t/<str:thread>/frame", thread_frame),
    path("t/<str:thread>/picture.png", thread_picture),
    path("t/<str:thread>/visit", thread_link),
    path("oembed", oembed),
    *[path(f"api/v1/{read.path}", read.view) for read in READS],
    path("api/v1/openapi.json", openapi),
]

# Writers, viewers and moderators over JSON: a bearer token says who; every write is limited.
programs: Patterns = [path("api/v1/", api.urls)]

# On our own origin: sign-in, forums, moderation, import; a first-party session and CSRF.
pages: Patterns = [
    path("", include("voxpop.pages.urls")),
    path("", include("voxpop.transfer.web.urls")),
    path("", include("voxpop.analytics.web.urls")),
    path("", include("voxpop.notices.web.urls")),
    path("", include("voxpop.home.urls")),
    path("", include("voxpop.privacy.web.urls")),
    path("", include("voxpop.claims.web.urls")),
    path("", include("voxpop.profiles.web.urls")),
    path("accounts/", include("voxpop.identities.urls")),
    path("accounts/sso/", include("voxpop.sso.urls")),
    path("accounts/", include("voxpop.accounts.urls")),
    path("moderate/", include("voxpop.timelines.web.urls")),
    path("moderate/", include("voxpop.moderation.desk.urls")),
    path("docs/errors", error_codes),
]

# The operator's, never at the edge.
operator: Patterns = [path("healthz", healthz), path("readyz", readyz), path("metrics", metrics)]

# Pages only: whatever fails over JSON is answered by voxpop/api.py.
handler500 = "voxpop.pages.away.failed"
urlpatterns: Patterns = [*programs, *pages, *operator, path("", include(public))]
