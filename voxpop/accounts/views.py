"""Ways in beside allauth's: the popup that serves the embed, and the one-time link."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voxpop.accounts.actions import find_sign_in_link, make_sign_in_code, use_sign_in_link
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# Answers take a whole number of these steps, so that none tells what it found (SAFETY T24).
EVEN_SECONDS = 0.4

View = Callable[..., HttpResponse]


@require_safe
def connect(request: HttpRequest) -> HttpResponse:
    """The popup: hands a one-time code to the frame that opened it, after signing in if need be."""
    challenge = request.GET.get("challenge", "")
    if not CHALLENGE.fullmatch(challenge):
        return render(request, "accounts/connect.html", {"is_broken": True}, status=400)
    user = request.user
    if not isinstance(user, User):
        way = "signup" if request.GET.get("way") == "signup" else "login"
        here = f"/accounts/connect/?{urlencode({'challenge': challenge})}"
        return HttpResponseRedirect(f"/accounts/{way}/?{urlencode({'next': here})}")
    author = Author.objects.get(user=user)
    code = make_sign_in_code(author=author, challenge=challenge)
    return render(request, "accounts/connect.html", {"code": code, "author": author})


def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A button, because mail scanners follow links; pressing it uses the link up."""
    link = find_sign_in_link(secret)
    if request.method == "POST":
        try:
            user = use_sign_in_link(secret)
        except Problem:
            link = None
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    status = 200 if link else 410
    return render(request, "accounts/sign_in_link.html", {"link": link}, status=status)


def evened(view: View) -> View:
    """Answers to a form take as long, whatever they know of an e-mail address.

    The password hasher works as often for each (forms.SignupForm); what else differs, a query
    here and a row there, is small and disappears in the step.
    """

    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        started = time.monotonic()
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            time.sleep(EVEN_SECONDS - (time.monotonic() - started) % EVEN_SECONDS)
        return response

    return answer
