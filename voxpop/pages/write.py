"""Writing without JavaScript: `/t/{thread}/write`, on our own origin, with first-party cookies.

Every refusal shows the form again with the text in it. A hidden key makes a form sent twice one
comment. The exact `Origin` header stands in for a CSRF token, so that the form works for somebody
who takes no cookies at all.
"""

import hashlib
import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from voxpop import ids
from voxpop.accounts.actions import become_guest
from voxpop.accounts.faces import name_in
from voxpop.accounts.first_party import require_own_origin
from voxpop.accounts.models import Author, TokenKind, User
from voxpop.accounts.speaking import speaking
from voxpop.accounts.tokens import LIFETIMES, find_token
from voxpop.edge import floor
from voxpop.edge.policy import FLOOR_PARAMETER
from voxpop.errors import Problem
from voxpop.forums.models import Forum, GuestProof
from voxpop.forums.reading import find_forum
from voxpop.limits.address import network_of
from voxpop.limits.once import AlreadyAnswered, Once
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.threads import addresses, markup, reading, rules
from voxpop.threads.actions import ThreadRef, post_comment
from voxpop.threads.models import Comment, Status, Thread
from voxpop.words import spoken
from voxpop.words.languages import language_of

logger = logging.getLogger(__name__)

LONGEST_FORM = 64 * 1024


@dataclass(frozen=True)
class Place:
    """Where the comment goes: a thread, or a page that nobody has written on yet."""

    public_id: str
    forum: Forum
    thread: Thread | None
    ref: ThreadRef
    parent: Comment | None


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, thread: str) -> HttpResponse:
    """GET shows the form; POST previews or posts, and leads back to the comment.

    All of it is in the forum's language, refusals too.
    """
    place = _place(request, thread)
    language = language_of(place.forum.language)
    with speaking(language):
        response = _answer(request, place, _author(request, place.forum))
    response.headers["Content-Language"] = language
    return response


def _answer(request: HttpRequest, place: Place, author: Author | None) -> HttpResponse:
    if request.method != "POST":
        return _form(request, place, author)
    try:
        require_own_origin(request)
        if len(request.body) > LONGEST_FORM:
            raise Problem("source_too_long")
        if "preview" in request.POST:
            limit("preview", network_of(request))
            html = markup.render(request.POST.get("source", ""))
            return _form(request, place, author, preview=html)
        return _post(request, place, author)
    except Problem as problem:
        return _form(request, place, author, problem=problem)
    except OperationalError:
        # A full disk, a locked database: nothing was kept, and the form can be sent again as it is.
        logger.exception("the database refused")
        unavailable = Problem("unavailable", retry_after=5)
        return _form(request, place, author, problem=unavailable)


def _post(request: HttpRequest, place: Place, author: Author | None) -> HttpResponse:
    refuse_while_paused()
    limit("comment", network_of(request))
    if author is not None:
        limit("comment", f"author:{author.id}")
    once = Once(
        actor=f"author:{author.id}" if author else f"form:{place.forum.id}",
        key=_key(request),
        body=f"{request.path}\n{request.POST.get('source', '')}".encode(),
        answer=lambda comment: (
            303,
            f"{_became(comment)} {comment.public_id} {comment.seq}".encode(),
        ),
    )
    token = ""
    try:
        # A new guest and his first comment stand or fall together.
        with once.before_refusing(), transaction.atomic():
            if author is None:
                author, token = _new_guest(request, place.forum)
            post_comment(
                forum=place.forum,
                thread=place.thread or place.ref,
                author=author,
                source=request.POST.get("source", ""),
                parent=place.parent,
                address=network_of(request),
                is_trapped=bool(request.POST.get("website")),
                once=once,
            )
        done = once.body
    except AlreadyAnswered as earlier:
        # The guest of a moment ago went with the second try: his token would stand for nobody.
        done, token = earlier.body, ""
    response = _back(place, *done.decode().split())
    if token:
        _remember(response, place.forum, token)
    return response


def _key(request: HttpRequest) -> str:
    """One form with one text is one comment: who goes back to it and writes something else has
    written another."""
    text = request.POST.get("source", "").encode()
    key = request.POST.get("key", "")
    return key and f"{key}-{hashlib.blake2b(text, digest_size=8).hexdigest()}"


def _became(comment: Comment) -> str:
    return "mail" if comment.awaits_author else comment.status


def _new_guest(request: HttpRequest, forum: Forum) -> tuple[Author, str]:
    limit("guest", network_of(request))
    return become_guest(
        forum=forum, name=request.POST.get("name", ""), email=request.POST.get("email", "")
    )


def _back(place: Place, status: str, comment: str, seq: str) -> HttpResponse:
    """303: to the comment in its discussion, or to word that it waits.

    A navigation cannot carry a header, so the floor stands in the address: this once, since no
    link of the page repeats it.
    """
    if status == Status.PUBLISHED:
        reached = floor.token(place.public_id, int(seq))
        query = urlencode({"sort": "around", "after": comment, FLOOR_PARAMETER: reached})
        where = f"/t/{place.public_id}/?{query}#c-{comment}"
    else:
        told = {"held": "mail" if status == "mail" else 1}
        where = f"/t/{place.public_id}/write?{urlencode({**_naming(place), **told})}"
    return HttpResponseRedirect(where, status=303)


def _form(
    request: HttpRequest,
    place: Place,
    author: Author | None,
    *,
    preview: str = "",
    problem: Problem | None = None,
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else {}
    context: dict[str, Any] = {
        "place": place,
        "forum": place.forum,
        "language": spoken(),
        "author": author,
        "name": name_in(author, place.forum.id) if author else "",
        "typed": typed,
        "key": typed.get("key") or uuid4(),
        "preview": mark_safe(preview),  # noqa: S308  what markup.render made is safe
        "problem": problem,
        "is_held_for_mail": request.GET.get("held") == "mail",
        "is_held": request.method != "POST" and "held" in request.GET,
        "is_locked": place.thread is not None
        and (place.thread.is_locked or rules.is_closed(place.forum, place.thread)),
        "is_closed_to_guests": author is None and not place.forum.takes_guests,
        "here": request.get_full_path(),
    }
    response = render(
        request, "pages/write.html", context, status=problem.status if problem else 200
    )
    if problem and problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    return response


def _place(request: HttpRequest, public_id: str) -> Place:
    """The thread, or the page whose thread would have this id; anything else is not there."""
    thread = reading.thread_by_public_id(public_id)
    if thread is not None:
        return Place(public_id, thread.forum, thread, ThreadRef(), _parent(request, thread))
    asked = {name: request.GET.get(name, "") for name in ("forum", "i", "u", "title")}
    try:
        forum = find_forum(asked["forum"])
        kind, value = addresses.alias_of(asked["i"] or None, asked["u"] or None)
    except Problem:
        raise Http404 from None
    if addresses.thread_public_id(forum.shortname, kind, value) != public_id:
        raise Http404
    ref = ThreadRef(asked["i"], asked["u"], asked["title"][:500])
    return Place(public_id, forum, None, ref, None)


def _parent(request: HttpRequest, thread: Thread) -> Comment | None:
    """The comment that is answered; one that is gone by now makes the text a comment of its own."""
    comments = Comment.objects.select_related("author", "thread").filter(thread=thread)
    asked = ids.private(request.GET.get("parent", "")) or 0
    return comments.filter(id=asked, status=Status.PUBLISHED).first()


def _naming(place: Place) -> dict[str, str]:
    """The parameters by which a page without a thread is named; none once it has one."""
    if place.thread is not None or Thread.objects.filter(public_id=place.public_id).exists():
        return {}
    ref = place.ref
    named = {"forum": place.forum.shortname, "i": ref.identifier, "u": ref.url, "title": ref.title}
    return {name: value for name, value in named.items() if value}


def _author(request: HttpRequest, forum: Forum) -> Author | None:
    """The signed-in user's author, else the guest whom this browser's cookie names here."""
    if isinstance(request.user, User):
        return Author.objects.filter(user=request.user).first()
    token = find_token(request.COOKIES.get(_cookie(forum), ""))
    if token is None or token.author.forum_id != forum.id:
        return None
    # Who left no address where one is needed says anew who he is.
    lacks_address = forum.guest_proof == GuestProof.REQUIRED and not token.author.email
    return None if lacks_address else token.author


def _remember(response: HttpResponse, forum: Forum, token: str) -> None:
    response.set_cookie(
        _cookie(forum),
        token,
        max_age=LIFETIMES[TokenKind.GUEST],
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _cookie(forum: Forum) -> str:
    prefix = "__Host-" if settings.IS_HTTPS else ""
    return f"{prefix}guest-{forum.shortname}"
