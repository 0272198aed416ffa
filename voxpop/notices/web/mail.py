"""Where the links in mails lead: no sign-in, no script, no cookie.

The signed end of the address says whose it is and that a mail of ours brought him here; a page of
another site cannot know it, so it stands in for a CSRF token too. GET changes nothing: programs
that look for evil in mails follow links.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from voxpop.accounts.models import Author
from voxpop.notices import words
from voxpop.notices.composing import PAGES
from voxpop.notices.wishes import (
    BY_MAIL,
    FOR_GUESTS,
    author_confirming_with,
    author_with,
    change_wishes,
    confirm_address,
    secret_of,
    stop_mail,
    wishes_of,
)
from voxpop.threads import labels

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058: what a mail program sends


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, secret: str) -> HttpResponse:
    """What is mailed to me: change it, or stop all of it; a mail program's one click stops it."""
    author = author_with(secret)
    if author is None:
        return _page(request, None, {"is_gone": True}, status=404)
    said = ""
    if request.method == "POST":
        if "stop" in request.POST or request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            stop_mail(author)
            said = "stopped"
        else:
            change_wishes(
                author, [kind for kind, field in BY_MAIL.items() if field in request.POST]
            )
            said = "saved"
    return _page(request, author, {"wish": wishes_of(author), "said": said})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """A guest says that the address is his; a button, because programs follow links."""
    guest = author_confirming_with(secret)
    if guest is None:
        return _page(request, None, {"is_gone": True}, status=404)
    if request.method == "POST":
        confirm_address(guest)
    wish = wishes_of(guest)
    is_confirming = wish.confirmed is None
    said = "" if is_confirming else "confirmed"
    return _page(request, guest, {"wish": wish, "is_confirming": is_confirming, "said": said})


def _page(
    request: HttpRequest, author: Author | None, context: dict[str, object], status: int = 200
) -> HttpResponse:
    forum = author.forum if author else None
    language = words.language_of(labels.language_of(forum.language)) if forum else "en"
    w = words.words(language)
    said = str(context.get("said", ""))
    context |= {
        "w": w,
        "asked": _asked(author, w) if author else [],
        "settings_path": f"{PAGES}/{secret_of(author)}/" if author else "",
        "said_words": w[said] if said else "",
        "confirm_text": w["confirm_text"].format(forum=forum.name) if forum else "",
        "language": language,
        "direction": "rtl" if language in labels.RIGHT_TO_LEFT else "ltr",
    }
    response = render(request, "notices/mail_settings.html", context, status=status)
    # The address of this page is a secret: it is told to nobody, and no search engine keeps it.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _asked(author: Author, w: dict[str, str]) -> list[tuple[str, str, bool]]:
    """What he may want mail about: the name of each field, its words, and whether he does."""
    wish = wishes_of(author)
    kinds = list(BY_MAIL) if author.user_id else FOR_GUESTS
    return [
        (BY_MAIL[kind], w[f"want_{BY_MAIL[kind]}"], getattr(wish, BY_MAIL[kind])) for kind in kinds
    ]
