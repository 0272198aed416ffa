"""An owner's pages: install, settings, sites, people. Input, verb, output."""

from html import unescape
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from voxpop import ids
from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.forums.actions import (
    add_site,
    change_settings,
    make_role_link,
    remove_member,
    remove_site,
)
from voxpop.forums.models import Forum, Role
from voxpop.pages.access import for_owner, limit_user, user_of
from voxpop.pages.forms import CheckForm, SettingsForm, SiteForm
from voxpop.pages.snippet import Check, check_page, snippet
from voxpop.words import say


@for_owner
def overview(request: HttpRequest, forum: Forum) -> HttpResponse:
    return redirect("forum_install", shortname=forum.shortname)


@for_owner
def install(request: HttpRequest, forum: Forum) -> HttpResponse:
    """The snippet, and the live check; the page's script asks for JSON and asks again."""
    form = CheckForm(request.POST or None)
    check: Check | None = None
    if request.method == "POST" and form.is_valid():
        limit_user(request, "check")
        check = check_page(forum, form.cleaned_data["url"], settings.HOST)
    if request.headers.get("Accept") == "application/json":
        return _told(form, check)
    context = {"form": form, "check": check, "snippet": snippet(forum, settings.HOST)}
    return _page(request, "pages/forum_install.html", forum, "install", **context)


@for_owner
def change(request: HttpRequest, forum: Forum) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=forum, owner=user_of(request))
    if request.method == "POST" and form.is_valid():
        limit_user(request, "settings")
        change_settings(forum=forum, changes=form.changes())
        messages.success(request, say("saved_everywhere"))
        return redirect("forum_settings", shortname=forum.shortname)
    return _page(request, "pages/forum_settings.html", forum, "settings", form=form)


@for_owner
def sites(request: HttpRequest, forum: Forum) -> HttpResponse:
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            limit_user(request, "settings")
            site = add_site(forum=forum, origin=form.cleaned_data["origin"])
        except Problem as problem:
            form.add_error("origin", (problem.errors or {}).get("origin", problem.detail))
        else:
            messages.success(request, say("site_added", site=site.origin))
            return redirect("forum_sites", shortname=forum.shortname)
    found = forum.sites.order_by("id")
    return _page(request, "pages/forum_sites.html", forum, "sites", form=form, sites=found)


@require_POST
@for_owner
def drop_site(request: HttpRequest, forum: Forum) -> HttpResponse:
    limit_user(request, "settings")
    remove_site(forum=forum, origin=request.POST.get("origin", ""))
    messages.success(request, say("site_removed"))
    return redirect("forum_sites", shortname=forum.shortname)


@for_owner
def people(request: HttpRequest, forum: Forum) -> HttpResponse:
    """Who runs the forum; a POST makes a link that gives one person a role."""
    link = ""
    role = Role.MODERATOR
    if request.method == "POST":
        if request.POST.get("role") not in Role.values:
            raise Problem("bad_request")
        role = Role(request.POST["role"])
        limit_user(request, "settings")
        link = f"{settings.HOST}/home/join/{make_role_link(forum=forum, role=role)}"
    members = forum.memberships.select_related("user__author").order_by("-role", "created")
    context = {"members": members, "link": link, "role": role}
    return _page(request, "pages/forum_people.html", forum, "people", **context)


@require_POST
@for_owner
def drop_member(request: HttpRequest, forum: Forum) -> HttpResponse:
    """The member is named by the public id of the author that he is."""
    limit_user(request, "settings")
    author_id = ids.private(request.POST.get("author", ""))
    remove_member(forum=forum, user=User.objects.filter(author=author_id or 0).first())
    messages.success(request, say("role_taken"))
    return redirect("forum_people", shortname=forum.shortname)


def _page(
    request: HttpRequest, template: str, forum: Forum, tab: str, **context: Any
) -> HttpResponse:
    context.update(forum=forum, tab=tab, section="home")
    return render(request, template, context)


def _told(form: CheckForm, check: Check | None) -> HttpResponse:
    if check is None:
        return JsonResponse({"errors": form.errors}, status=400)
    steps = [
        {"question": step.question, "good": step.is_good, "advice": unescape(step.advice)}
        for step in check.steps
    ]
    return JsonResponse(
        {"steps": steps, "good": check.is_good, "missing_origin": check.missing_origin}
    )
