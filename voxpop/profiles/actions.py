"""The verbs. Each says how the profile is to be; saying it again changes nothing."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from voxpop import events
from voxpop.accounts.events import AuthorNamed
from voxpop.accounts.models import Author, AuthorKind, Persona
from voxpop.accounts.names import DELETED, check_name, skeleton
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.profiles.avatars import remove_avatar
from voxpop.profiles.events import ProfileChanged
from voxpop.profiles.handles import clean_handle, handles_of, take_handle
from voxpop.profiles.models import Handle, Profile
from voxpop.threads import markup
from voxpop.words import refusal, say

LONGEST_ABOUT = 1000


@dataclass(frozen=True)
class Wanted:
    """How somebody wants his profile."""

    handle: str = ""
    is_public: bool = False
    about: str = ""
    shows_people: bool = False


def change_profile(author: Author, wanted: Wanted) -> Profile:
    """Raises Problem: a guest has no profile, and a public one has a name."""
    if author.kind != AuthorKind.USER:
        raise Problem("sign_in_required", "A guest has no profile.")
    handle = clean_handle(wanted.handle) if wanted.handle.strip() else ""
    if wanted.is_public and not handle:
        raise Problem("invalid", errors={"handle": say("needs_handle")})
    about = _checked(wanted.about)
    try:
        with transaction.atomic():
            profile, _ = Profile.objects.get_or_create(author=author)
            if handle:
                take_handle(handle, author)
            profile.handle = handle or None
            profile.is_public, profile.about = wanted.is_public, about
            profile.shows_people = wanted.shows_people
            profile.save()
            _lead_to(author, handle if wanted.is_public else "")
            events.record(ProfileChanged(handles_of(author)))
    except IntegrityError:  # two took it at once
        raise Problem("invalid", errors={"handle": say("handle_taken")}) from None
    return profile


@transaction.atomic
def change_persona(author: Author, forum: Forum, *, name: str = "", is_shown: bool = True) -> None:
    """Who he is in one forum: under another name, or not shown on his profile, or both. Without
    either he is the same as elsewhere. Raises Problem where the name is another's."""
    shown = check_name(name, wearer=author, forum=forum) if name.strip() else ""
    if shown == author.name:
        shown = ""
    if not shown and is_shown:
        changed = Persona.objects.filter(author=author, forum=forum).delete()[0] > 0
    else:
        wanted = {"name": shown, "name_skeleton": skeleton(shown), "is_shown": is_shown}
        row = Persona.objects.filter(author=author, forum=forum).first()
        changed = row is None or any(getattr(row, key) != value for key, value in wanted.items())
        if row is not None and shown != row.name:
            row.delete()  # the next name is nobody who was there before
        Persona.objects.update_or_create(author=author, forum=forum, defaults=wanted)
    if not changed:
        return
    author.has_personas = Persona.objects.filter(author=author).exists()
    author.save(update_fields=["has_personas"])
    events.record(AuthorNamed(author.id))
    events.record(ProfileChanged(handles_of(author)))


@transaction.atomic
def remove_profile(author: Author) -> None:
    """Take away all that somebody showed of himself: the profile, its feeds, his avatar, his other
    names. What is kept is that his names are not given to anybody else. Comments lead nowhere then
    and show a drawn avatar; said again, it changes nothing."""
    remove_avatar(author)
    handles = handles_of(author)
    Profile.objects.filter(author=author).delete()
    Persona.objects.filter(author=author).exclude(name=DELETED).delete()
    Handle.objects.filter(author=author).update(author=None)
    author.has_personas = Persona.objects.filter(author=author).exists()
    author.save(update_fields=["has_personas"])
    _lead_to(author, "", always=True)
    events.record(ProfileChanged(handles))


def _lead_to(author: Author, handle: str, *, always: bool = False) -> None:
    """Comments lead to this name from now on: dressed anew, thread by thread."""
    if author.handle == handle and not always:
        return
    author.handle = handle
    author.save(update_fields=["handle"])
    events.record(AuthorNamed(author.id))


def _checked(about: str) -> str:
    about = about.strip()
    if len(about) > LONGEST_ABOUT:
        raise Problem("invalid", errors={"about": say("at_most_characters", n=LONGEST_ABOUT)})
    if about:
        try:
            markup.render(about)
        except Problem as problem:
            raise Problem("invalid", errors={"about": refusal(problem)}) from None
    return about
