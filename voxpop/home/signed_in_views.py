"""The page of where I am signed in, and its buttons: each ends one."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from voxpop import ids
from voxpop.accounts.browsers import browsers_of, end_browser, end_token_of, tokens_of
from voxpop.accounts.models import AccessToken, Author, Browser, TokenKind, User
from voxpop.forums.models import Forum
from voxpop.home.views import author_of
from voxpop.words import say


@dataclass(frozen=True)
class Place:
    """Where I am signed in, in words. `act` is the field by which it is ended."""

    name: str
    device: str
    began: date
    seen: date | None
    act: str
    id: str
    is_here: bool = False


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_sign_ins(request: HttpRequest) -> HttpResponse:
    """Browsers on our own pages, frames on sites, scripts."""
    user, author = cast(User, request.user), author_of(request)
    if request.method == "POST":
        if _end(request, user, author):
            messages.success(request, say("signed_out_there"))
        else:
            messages.warning(request, say("not_signed_in_there"))
        return redirect("my_sign_ins")
    here = request.session.session_key
    tokens = tokens_of(author)
    names = _names(tokens)
    context = {
        "section": "account",
        "browsers": [_browser(each, here) for each in browsers_of(user)],
        "frames": [_token(each, names) for each in tokens if each.kind == TokenKind.EMBED],
        "scripts": [_token(each, names) for each in tokens if each.kind == TokenKind.SCRIPT],
    }
    return render(request, "home/signed_in.html", context)


def _end(request: HttpRequest, user: User, author: Author) -> bool:
    browser = ids.private(request.POST.get("browser", ""))
    token = ids.private(request.POST.get("token", ""))
    if browser is not None:
        return end_browser(user, browser, but=request.session.session_key or "")
    return token is not None and end_token_of(author, token)


def _names(tokens: list[AccessToken]) -> dict[str, str]:
    """What the forums call themselves that frames said to stand in."""
    said = {each.shortname for each in tokens if each.shortname}
    return dict(Forum.objects.filter(shortname__in=said).values_list("shortname", "name"))


def _browser(row: Browser, here: str | None) -> Place:
    is_here = row.session_key == here
    name = _device(row.device) or say("a_browser")
    return Place(name, "", row.began, row.seen, "browser", row.public_id, is_here)


def _token(row: AccessToken, names: dict[str, str]) -> Place:
    is_script = row.kind == TokenKind.SCRIPT
    name = say("a_script") if is_script else names.get(row.shortname, say("a_site"))
    seen = row.turned.date() if row.turned else None
    return Place(name, _device(row.device), row.created.date(), seen, "token", ids.public(row.pk))


def _device(told: str) -> str:
    """What `device_of` made of it, as the reader's language has it."""
    browser, _, system = told.partition(" on ")
    return say("device_on", browser=browser, system=system) if system else told
