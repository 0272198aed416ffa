"""The landing page, my forums, my account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from voxpop.accounts import actions
from voxpop.accounts.models import Author
from voxpop.accounts.speaking import at_home, speaking
from voxpop.errors import Problem
from voxpop.forums.actions import create_forum, find_role_link, use_role_link
from voxpop.forums.reading import forums_of
from voxpop.forums.rules import may_create_forums
from voxpop.pages.access import limit_user, refused, user_of
from voxpop.pages.forms import NameForm, NewForumForm
from voxpop.threads.actions import rename_author
from voxpop.words import refusal, say


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/landing.html", {"host": settings.HOST})


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The forums in which the user has a role."""
    user = user_of(request)
    context = {
        "section": "home",
        "memberships": forums_of(user),
        "may_create": may_create_forums(user),
        "policy": settings.FORUM_CREATION,
    }
    return render(request, "pages/home.html", context)


@login_required
def new_forum(request: HttpRequest) -> HttpResponse:
    invitation = request.GET.get("invitation", "")
    form = NewForumForm(request.POST or None, initial={"invitation": invitation})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            limit_user(request, "forum")
            forum = create_forum(
                owner=user_of(request),
                shortname=typed["shortname"],
                name=typed["name"],
                origins=[typed["origin"]],
                invitation=typed["invitation"],
            )
        except Problem as problem:
            tell(form, problem)
        else:
            return redirect("forum_install", shortname=forum.shortname)
    return render(request, "pages/new_forum.html", {"form": form, "section": "home"})


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The name that others see, the language, and where every other setting is."""
    user = user_of(request)
    author = Author.objects.get(user=user)
    named = {"name": author.name, "language": user.language}
    form = NameForm(request.POST or None, initial=named, wearer=author)
    if request.method == "POST" and form.is_valid():
        try:
            limit_user(request, "settings")
            rename_author(author, form.cleaned_data["name"])
            actions.choose_language(user, form.cleaned_data["language"])
        except Problem as problem:
            tell(form, problem)
        else:
            with speaking(at_home(request)):  # it is read on the next page, in what was chosen now
                messages.success(request, say("name_saved"))
            return redirect("my_account")
    context = {"form": form, "author": author, "section": "account"}
    return render(request, "pages/account.html", context)


@login_required
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends every sign-in, on all sites and devices, but for the browser that asks for it."""
    user = user_of(request)
    actions.sign_out_everywhere(user=user)
    update_session_auth_hash(request, user)
    messages.success(request, say("signed_out_elsewhere"))
    return redirect("my_sign_ins")


@login_required
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Take a role that an owner's link offers; a button, because mail scanners follow links."""
    link = find_role_link(secret)
    if link is None:
        return refused(request, Problem("bad_code"))
    if request.method == "POST":
        try:
            membership = use_role_link(secret=secret, user=user_of(request))
        except Problem as problem:
            return refused(request, problem)
        messages.success(request, say(f"now_{membership.role}", name=membership.forum.name))
        return redirect("home")
    return render(request, "pages/join.html", {"link": link})


def tell(form: NameForm | NewForumForm, problem: Problem) -> None:
    """Put a refusal where the person who can mend it looks."""
    if not problem.errors:
        form.add_error(None, refusal(problem))
    for field, told in (problem.errors or {}).items():
        form.add_error(field if form.fields.get(field) else None, told)
