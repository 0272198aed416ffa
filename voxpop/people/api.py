"""Over JSON: follow, watch, mute, and what I want of one person. PUT and DELETE say how it is to
be; the same again changes nothing."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from voxpop import ids
from voxpop.accounts.models import Author
from voxpop.accounts.tokens import require_author
from voxpop.limits.address import network_of
from voxpop.limits.rates import limit
from voxpop.names import LONGEST
from voxpop.people import actions
from voxpop.people.actions import Person
from voxpop.people.reading import (
    find_person,
    find_thread,
    is_watching,
    names_beginning,
    standing,
)
from voxpop.plaintext import visible
from voxpop.threads.api.writing import writer

router = Router(tags=["people"])


class StandingOut(Schema):
    follows: bool
    mutes: bool
    can_follow: bool


class WatchOut(Schema):
    watching: bool


class NameOut(Schema):
    id: str
    name: str


@router.get(
    "/me/threads/{thread}/names", response=list[NameOut], summary="Whom I may mean by @name"
)
def get_names(request: HttpRequest, thread: str, begins: str) -> list[dict[str, str]]:
    """People of this thread, and whom I follow, whose names begin so; at most eight."""
    me = require_author(request)
    limit("names", f"author:{me.id}")
    limit("names", network_of(request))
    begun = visible(begins).strip()[:LONGEST]
    found = names_beginning(begun, thread, me) if begun else []
    return [{"id": ids.public(each.id), "name": each.name} for each in found]


@router.get("/me/people/{author}", response=StandingOut, summary="What I want of a person")
def get_standing(request: HttpRequest, author: str) -> dict[str, Any]:
    """Whether I follow or mute this person, and whether I can follow at all."""
    return _standing(require_author(request), find_person(author))


@router.put("/me/follows/{author}", response=StandingOut, summary="Follow a person")
def put_follow(request: HttpRequest, author: str) -> dict[str, Any]:
    """An account follows an account; who is followed is told so once."""
    me, person = writer(request, "people"), find_person(author)
    actions.follow(author=me, person=person)
    return _standing(me, person)


@router.delete("/me/follows/{author}", response=StandingOut, summary="Unfollow a person")
def delete_follow(request: HttpRequest, author: str) -> dict[str, Any]:
    me, person = writer(request, "people"), find_person(author)
    actions.unfollow(author=me, person=person)
    return _standing(me, person)


@router.put("/me/mutes/{author}", response=StandingOut, summary="Mute a person")
def put_mute(request: HttpRequest, author: str) -> dict[str, Any]:
    """I no longer see nor hear of this person, on any site; nobody else is told."""
    me, person = writer(request, "people"), find_person(author)
    actions.mute(author=me, person=person)
    return _standing(me, person)


@router.delete("/me/mutes/{author}", response=StandingOut, summary="Unmute a person")
def delete_mute(request: HttpRequest, author: str) -> dict[str, Any]:
    me, person = writer(request, "people"), find_person(author)
    actions.unmute(author=me, person=person)
    return _standing(me, person)


@router.put("/me/watches/{thread}", response=WatchOut, summary="Watch a thread")
def put_watch(request: HttpRequest, thread: str) -> dict[str, Any]:
    """I am told of every comment of it."""
    me = writer(request, "people")
    actions.watch(author=me, thread=find_thread(thread))
    return {"watching": is_watching(me, thread)}


@router.delete("/me/watches/{thread}", response=WatchOut, summary="Watch a thread no more")
def delete_watch(request: HttpRequest, thread: str) -> dict[str, Any]:
    me = writer(request, "people")
    actions.unwatch(author=me, thread=find_thread(thread))
    return {"watching": is_watching(me, thread)}


def _standing(me: Author, person: Person) -> dict[str, Any]:
    return vars(standing(me, person))
