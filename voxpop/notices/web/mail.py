"""Where the links in mails lead: no sign-in, no script, no cookie.

The signed end of the address says whose it is and that a mail of ours brought him here; a page of
another site cannot know it, so it stands in for a CSRF token too. GET changes nothing: programs
that look for evil in mails follow links.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.notices.composing import PAGES
from voxpop.notices.links import (
    author_confirming_with,
    author_stopping_with,
    author_with,
    secret_of,
)
from voxpop.notices.models import Kind, Pace
from voxpop.notices.proofs import Proven, prove, waiting_for
from voxpop.notices.refusals import take_again
from voxpop.notices.wishes import (
    FOR_GUESTS,
    USUAL,
    address_of,
    is_asking,
    look_again,
    stop_mail,
    stop_summaries,
    wish,
    wishes_of,
)
from voxpop.notices.words import words
from voxpop.people.actions import unwatch
from voxpop.people.reading import find_thread
from voxpop.threads.actions import throw_unproven
from voxpop.words.languages import direction, language_of

# What a mail program sends (RFC 8058). In mails of the version before it was sent here.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, secret: str) -> HttpResponse:
    """What is mailed to me: change it, or stop all of it."""
    author = author_with(secret)
    if author is None:
        return _page(request, None, {"is_gone": True}, status=404)
    said = ""
    if request.method == "POST":
        if "stop" in request.POST or request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            stop_mail(author)
            said = "stopped"
        else:
            for kind in _kinds(author):
                if (pace := request.POST.get(kind, "")) in set(Pace):
                    wish(author, kind, mail=Pace(pace))
            if any(wishes_of(author).of(kind).mail != Pace.NEVER for kind in _kinds(author)):
                take_again(address_of(author))
            look_again(author)
            said = "saved"
    return _page(request, author, {"said": said})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, secret: str, what: str) -> HttpResponse:
    """No more mails like the one that has this link: a button, or the one click of a mail program
    (RFC 8058)."""
    author = author_stopping_with(secret, what)
    if author is None:
        return _page(request, None, {"is_gone": True}, status=404)
    if request.method == "POST":
        _stop(author, what)
        return _page(request, author, {"said": "stopped_these"})
    return _page(request, author, {"is_stopping": True, "what": what})


def _stop(author: Author, what: str) -> None:
    kind, _, thread = what.partition(":")
    if kind in {Pace.DAILY, Pace.WEEKLY}:
        stop_summaries(author, Pace(kind))
    elif kind == Kind.WATCH:
        try:
            unwatch(author=author, thread=find_thread(thread))
        except Problem:
            return  # it is gone, and with it what was told of it
    else:
        stop_mail(author, [Kind(kind)])


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """A guest says that the address is his; a button, because programs follow links."""
    guest = author_confirming_with(secret)
    if guest is None:
        return _page(request, None, {"is_gone": True}, status=404)
    waiting = waiting_for(guest)
    if request.method == "POST":
        if waiting and "throw" in request.POST:
            throw_unproven(guest)
            return _page(request, guest, {"said": "thrown"})
        return _confirmed(request, guest, prove(guest))
    is_confirming = not waiting and is_asking(guest)
    said = "" if waiting or is_confirming else "confirmed"
    context = {"is_confirming": is_confirming, "said": said, "waiting": waiting}
    return _page(request, guest, context)


def _confirmed(request: HttpRequest, guest: Author, done: Proven) -> HttpResponse:
    """What has become of what waited; the link itself does nothing more from now on."""
    said = "proven" if done.published else "proven_held" if done.held else "confirmed"
    return _page(request, guest, {"said": said, "published": done.published[:1]})


def _page(
    request: HttpRequest, author: Author | None, context: dict[str, object], status: int = 200
) -> HttpResponse:
    forum = author.forum if author else None
    chosen = author.user.language if author and author.user else ""
    language = language_of(forum.language if forum else chosen)
    w = words(language)
    said = str(context.get("said", ""))
    what = str(context.get("what", ""))
    context |= {
        "w": w,
        "asked": _asked(author, w) if author and author.pk else [],
        "paces": [(pace.value, w[f"pace_{pace}"]) for pace in Pace],
        "settings_path": f"{PAGES}/{secret_of(author)}/" if author and author.pk else "",
        "said_words": w[said] if said else "",
        "stopping": _stopping(what, w),
        "confirm_text": w["confirm_text"].format(forum=forum.name) if forum else "",
        "proof_text": w["proof_text"].format(forum=forum.name) if forum else "",
        "language": language,
        "direction": direction(language),
    }
    response = render(request, "notices/mail_settings.html", context, status=status)
    # The address of this page is a secret: it is told to nobody, and no search engine keeps it.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _stopping(what: str, w: dict[str, Any]) -> str:
    """What would be stopped, in words."""
    kind = what.partition(":")[0]
    return str(w.get(f"{kind}_summary") or w.get(f"want_{kind}", ""))


def _kinds(author: Author) -> list[Kind]:
    return list(USUAL) if author.kind == AuthorKind.USER else list(FOR_GUESTS)


def _asked(author: Author, w: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What he may want mail about: the kind, its words, and how soon he wants it."""
    wishes = wishes_of(author)
    return [(kind.value, w[f"want_{kind}"], wishes.of(kind).mail.value) for kind in _kinds(author)]
