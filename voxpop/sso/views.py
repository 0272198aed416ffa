"""The popup of a site's own sign-in. It shows nothing of ours but what went wrong.

Out: `/accounts/sso/FORUM/` leads to the sign-in page of the site, with the address to come back to.
Back: the site adds `#TOKEN` to that address. What stands behind the # is never sent to a server, so
it is in no log; the script of the page takes it out and hands it to the frame that opened it.
"""

import re
from urllib.parse import urlencode

from ada_url import URL
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from voxpop.errors import Problem
from voxpop.forums.models import Forum, Sso
from voxpop.forums.origins import web_address
from voxpop.forums.reading import find_forum
from voxpop.forums.rules import is_known_origin
from voxpop.limits.address import network_of
from voxpop.limits.rates import limit
from voxpop.sso.tokens import read_token

NONCE = re.compile(r"[A-Za-z0-9_-]{16,100}")


@require_safe
def go_out(request: HttpRequest, shortname: str) -> HttpResponse:
    """To the site's sign-in. With `page` it comes back to that page of the site; else to us, with a
    token for the frame whose `nonce` this is."""
    forum = _forum(shortname)
    page, nonce = request.GET.get("page", ""), request.GET.get("nonce", "")
    if page:
        if not is_known_origin(forum, page):
            raise Http404
        there = {"return_to": web_address(page)}  # the site's parser may read it otherwise
        return HttpResponseRedirect(_with(forum.sso_address, there))
    if not NONCE.fullmatch(nonce):
        return render(request, "sso/back.html", {"forum": forum, "is_broken": True}, status=400)
    back = settings.HOST + reverse("sso_back", args=[forum.shortname])
    return HttpResponseRedirect(_with(forum.sso_address, {"return_to": back, "nonce": nonce}))


@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, shortname: str) -> HttpResponse:
    """Hands the token to the frame. Where the site's sign-in page has cut the window off from it,
    the token says to which page of the site to go instead, if it is genuine."""
    forum = _forum(shortname)
    if request.method == "POST":
        try:
            limit("sso", network_of(request))
            claims, _ = read_token(forum, request.POST.get("token", ""))
        except Problem as problem:
            context = {"forum": forum, "problem": problem}
            return render(request, "sso/back.html", context, status=problem.status)
        # No redirect: a form of ours leads to ourselves only, by our own policy (SAFETY T06).
        context = {"forum": forum, "is_cut_off": True, "onward": claims.return_to}
        return render(request, "sso/back.html", context)
    return render(request, "sso/back.html", {"forum": forum, "is_back": True})


def _forum(shortname: str) -> Forum:
    """A forum whose site has a sign-in page, which still lies on one of its sites (SAFETY T14)."""
    try:
        forum = find_forum(shortname)
    except Problem:
        raise Http404 from None
    if forum.sso == Sso.OFF or not is_known_origin(forum, forum.sso_address):
        raise Http404
    return forum


def _with(address: str, more: dict[str, str]) -> str:
    """The address with these parameters beside its own."""
    url = URL(address)
    url.search = "&".join(filter(None, [url.search.removeprefix("?"), urlencode(more)]))
    return url.href
