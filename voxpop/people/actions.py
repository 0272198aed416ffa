"""The verbs. Each says what is to be so; saying it again changes nothing (SAFETY T45)."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from voxpop import events
from voxpop.accounts.models import Author, AuthorKind, Persona
from voxpop.errors import Problem
from voxpop.people.events import PersonFollowed
from voxpop.people.models import Follow, Mute, PersonaMute, Watch
from voxpop.threads.models import Thread
from voxpop.words import say

Person = Author | Persona  # somebody everywhere, or who he is in one forum

# What one person may hold of each; mutes travel to his browser with every overlay.
MOST_FOLLOWS = 5000
MOST_WATCHES = 5000
MOST_MUTES = 500


@transaction.atomic
def follow(*, author: Author, person: Person) -> None:
    """Raises Problem: a guest follows nobody and is followed by nobody; nobody follows himself, nor
    whom he mutes, nor who somebody is on one site only: that would lead to who he is elsewhere."""
    _refuse_guests(author)
    if isinstance(person, Persona) or person.kind != AuthorKind.USER or person.id == author.id:
        raise Problem("not_allowed", say("only_people"))
    if Mute.objects.filter(by=author, of=person).exists():
        raise Problem("not_allowed", say("muted_first"))
    if Follow.objects.filter(by=author, of=person).exists():
        return
    _refuse_too_many(Follow.objects.filter(by=author), MOST_FOLLOWS)
    _, is_new = Follow.objects.get_or_create(by=author, of=person)
    if is_new:
        events.record(PersonFollowed(by=author.id, of=person.id))


def unfollow(*, author: Author, person: Person) -> None:
    """What he has been told of that person meanwhile stays."""
    if isinstance(person, Persona):
        return
    Follow.objects.filter(by=author, of=person).delete()


@transaction.atomic
def watch(*, author: Author, thread: Thread) -> None:
    """Raises Problem: a guest has no inbox to be told in."""
    _refuse_guests(author)
    if not Watch.objects.filter(by=author, thread=thread).exists():
        _refuse_too_many(Watch.objects.filter(by=author), MOST_WATCHES)
        Watch.objects.get_or_create(by=author, thread=thread)


def unwatch(*, author: Author, thread: Thread) -> None:
    """He is told of what answers or names him, as ever."""
    Watch.objects.filter(by=author, thread=thread).delete()


@transaction.atomic
def mute(*, author: Author, person: Person) -> None:
    """He neither sees nor hears of that person any more, and does not follow him. That person is
    told nothing. Raises Problem for oneself."""
    if author.id == (person.author_id if isinstance(person, Persona) else person.id):
        raise Problem("not_allowed", "You cannot mute yourself.")
    if isinstance(person, Persona):
        _refuse_too_many(PersonaMute.objects.filter(by=author), MOST_MUTES)
        PersonaMute.objects.get_or_create(by=author, persona=person)
        return
    if not Mute.objects.filter(by=author, of=person).exists():
        _refuse_too_many(Mute.objects.filter(by=author), MOST_MUTES)
        Mute.objects.get_or_create(by=author, of=person)
    Follow.objects.filter(by=author, of=person).delete()


def unmute(*, author: Author, person: Person) -> None:
    """What was said meanwhile is seen again."""
    if isinstance(person, Persona):
        PersonaMute.objects.filter(by=author, persona=person).delete()
        return
    Mute.objects.filter(by=author, of=person).delete()


def _refuse_guests(author: Author) -> None:
    if author.kind != AuthorKind.USER:
        raise Problem("sign_in_required", "Sign in for this: a guest is known on one site only.")


def _refuse_too_many(held: QuerySet[Any], most: int) -> None:
    if held.count() >= most:
        raise Problem("not_allowed", say("too_many_of_them", n=most))
