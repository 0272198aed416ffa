"""An owner's page for the sign-in of his site: who may write, and the keys. Input, verb, output."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from voxpop.errors import Problem
from voxpop.forums.models import Forum, Sso
from voxpop.forums.reading import origins_of
from voxpop.pages.access import for_owner, limit_user
from voxpop.pages.forms import SsoForm
from voxpop.sso.actions import change_sso, make_key, retire_key
from voxpop.sso.keys import MOST_KEYS, Made, audience_of, keys_of
from voxpop.sso.models import KeyKind
from voxpop.words import say


@for_owner
def sso(request: HttpRequest, forum: Forum) -> HttpResponse:
    form = SsoForm(request.POST or None, initial=_standing(forum))
    if request.method == "POST" and form.is_valid():
        limit_user(request, "settings")
        try:
            change_sso(
                forum=forum,
                mode=Sso(form.cleaned_data["sso"]),
                address=form.cleaned_data["sso_address"],
                moderates=form.cleaned_data["sso_moderates"],
            )
        except Problem as problem:
            for field, words in (problem.errors or {}).items():
                form.add_error(field, words)
        else:
            messages.success(request, say("saved_everywhere"))
            return redirect("forum_sso", shortname=forum.shortname)
    return _page(request, forum, form)


@require_POST
@for_owner
def new_sso_key(request: HttpRequest, forum: Forum) -> HttpResponse:
    """The answer itself shows the secret: there is no page to come back to that knows it."""
    limit_user(request, "settings")
    if request.POST.get("kind") not in KeyKind.values:
        raise Problem("bad_request")
    made = make_key(forum=forum, kind=KeyKind(request.POST["kind"]))
    return _page(request, forum, SsoForm(initial=_standing(forum)), made)


@require_POST
@for_owner
def retire_sso_key(request: HttpRequest, forum: Forum) -> HttpResponse:
    limit_user(request, "settings")
    retire_key(forum=forum, kid=request.POST.get("key", ""))
    messages.success(request, say("key_retired"))
    return redirect("forum_sso", shortname=forum.shortname)


def _standing(forum: Forum) -> dict[str, Any]:
    return {
        "sso": forum.sso,
        "sso_address": forum.sso_address,
        "sso_moderates": forum.sso_moderates,
    }


def _page(
    request: HttpRequest, forum: Forum, form: SsoForm, made: Made | None = None
) -> HttpResponse:
    keys = keys_of(forum)
    context = {
        "forum": forum,
        "tab": "sso",
        "section": "home",
        "form": form,
        "keys": keys,
        "made": made,
        "has_room": len(keys) < MOST_KEYS,
        "kinds": KeyKind.choices,
        "audience": audience_of(forum),
        "issuers": origins_of(forum),
    }
    return render(request, "pages/forum_sso.html", context)
