"""My profile: what it shows, and whether it is there at all. The button that follows another's."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from voxpop import ids
from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author, Persona, User
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.limits.address import network_of
from voxpop.limits.paused import refuse_while_paused
from voxpop.limits.rates import limit
from voxpop.people import actions as people
from voxpop.people.reading import standing
from voxpop.profiles.actions import Wanted, change_persona, change_profile
from voxpop.profiles.avatars import MOST_BYTES, remove_avatar, upload_avatar
from voxpop.profiles.models import Profile
from voxpop.profiles.reading import find_profile
from voxpop.profiles.web.forms import ProfileForm
from voxpop.threads.models import Comment
from voxpop.words import refusal, say

# A list of sites is as long as this many of the newest comments make it.
LOOKED_AT = 1000


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_profile(request: HttpRequest) -> HttpResponse:
    """The form, and how the profile is to be."""
    author = author_of(request)
    profile = Profile.objects.filter(author=author).first() or Profile(author=author)
    form = ProfileForm(request.POST or None, initial=vars(profile))
    if request.method == "POST" and form.is_valid():
        try:
            _may(request, author, "settings")
            change_profile(author, Wanted(**form.cleaned_data))
        except Problem as problem:
            form.tell(problem)
        else:
            messages.success(request, say("saved_follows"))
            return redirect("my_profile")
    context = {
        "section": "account",
        "form": form,
        "face": face_of(author),
        "author": author,
        "sites": _sites(author),
    }
    return render(request, "profiles/mine.html", context)


@login_required
@require_POST
def my_avatar(request: HttpRequest) -> HttpResponse:
    """Another picture, or the drawn one again."""
    author = author_of(request)
    file = request.FILES.get("file")
    try:
        refuse_while_paused()
        limit("avatar", f"author:{author.id}")
        limit("avatar", network_of(request))
        if "remove" in request.POST:
            remove_avatar(author)
        elif file is None:
            raise Problem("bad_request", say("choose_picture"))
        elif (file.size or 0) > MOST_BYTES:
            raise Problem("too_large", say("file_too_large", n=MOST_BYTES // 1024**2))
        else:
            upload_avatar(author, file.read())
        messages.success(request, say("saved_follows"))
    except Problem as problem:
        messages.error(request, refusal(problem))
    return redirect("my_profile")


@login_required
@require_POST
def my_persona(request: HttpRequest) -> HttpResponse:
    """Who I am on one site."""
    author = author_of(request)
    forum = Forum.objects.filter(id=ids.private(request.POST.get("forum", "")) or 0).first()
    if forum is None or forum not in [each["forum"] for each in _sites(author)]:
        raise Http404
    try:
        _may(request, author, "settings")
        name = request.POST.get("name", "")
        change_persona(author, forum, name=name, is_shown="is_shown" in request.POST)
        messages.success(request, say("saved_follows_there"))
    except Problem as problem:
        messages.error(request, (problem.errors or {}).get("name") or refusal(problem))
    return redirect(f"{reverse('my_profile')}#sites")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_profile(request: HttpRequest, handle: str) -> HttpResponse:
    """Follow whoever has this public profile. A script of its page asks for JSON."""
    profile = find_profile(handle)
    if profile is None:
        raise Http404
    me, person = author_of(request), profile.author
    is_script = request.headers.get("Accept") == "application/json"
    problem: Problem | None = None
    if request.method == "POST":
        try:
            _may(request, me, "people")
            act = people.unfollow if request.POST.get("act") == "unfollow" else people.follow
            act(author=me, person=person)
        except Problem as refused:
            problem = refused
            if is_script:
                raise
        else:
            if not is_script:
                return redirect("follow_profile", handle=profile.handle)
    follows = standing(me, person).follows
    if is_script:
        told = {"me": me.id == person.id, "follows": follows, "csrf": get_token(request)}
        return JsonResponse(told)
    context = {
        "section": "comments", "face": face_of(person), "follows": follows,
        "is_me": me.id == person.id, "problem": problem,
    }  # fmt: skip
    return render(
        request, "profiles/follow.html", context, status=problem.status if problem else 200
    )


def _sites(author: Author) -> list[dict[str, object]]:
    """Where he wrote, with who he is there."""
    newest = Comment.objects.filter(author=author).order_by("-id").values("forum")[:LOOKED_AT]
    personas = {each.forum_id: each for each in Persona.objects.filter(author=author)}
    forums = Forum.objects.filter(id__in=newest) | Forum.objects.filter(id__in=list(personas))
    return [
        {
            "forum": forum,
            "id": ids.public(forum.id),
            "name": personas[forum.id].name if forum.id in personas else "",
            "is_shown": personas[forum.id].is_shown if forum.id in personas else True,
        }
        for forum in forums.distinct().order_by("name", "id")
    ]


def author_of(request: HttpRequest) -> Author:
    """Who is signed in, as others see him."""
    return Author.objects.get(user=cast(User, request.user))


def _may(request: HttpRequest, author: Author, action: str) -> None:
    refuse_while_paused()
    limit(action, f"author:{author.id}")
    limit(action, network_of(request))
