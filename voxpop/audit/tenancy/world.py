"""A forum with something of every kind in it, another whose people look over, and everybody who
may ask: made through the product's own verbs, and taken away again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from voxpop import ids
from voxpop.accounts.actions import become_guest, sign_up
from voxpop.accounts.models import Author, AuthorKind, TokenKind, User
from voxpop.accounts.tokens import issue_token
from voxpop.audit.tenancy.table import (
    ANONYMOUS,
    GUEST,
    MODERATOR,
    OPERATOR,
    OTHER_MODERATOR,
    OTHER_OWNER,
    OWNER,
    READER,
)
from voxpop.forums.models import Forum, Membership, Role, Site, Sso
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Verb
from voxpop.notices.models import Device
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.profiles.models import Avatar
from voxpop.sso.actions import change_sso, make_key
from voxpop.sso.keys import keys_of
from voxpop.sso.models import KeyKind
from voxpop.threads import actions
from voxpop.threads.models import Comment
from voxpop.transfer.models import Import

ORIGIN = "https://magazine.test"
PAGE = f"{ORIGIN}/story"


@dataclass(frozen=True)
class Person:
    """Somebody with a token for frames and, where he has an account, a session on our origin."""

    author: Author
    token: str

    @property
    def user(self) -> User:
        assert self.author.user is not None
        return self.author.user


class Place:
    """A forum with an owner, a moderator and two readers."""

    def __init__(self, shortname: str) -> None:
        self.forum = Forum.objects.create(shortname=shortname, name="Magazine")
        Site.objects.create(forum=self.forum, origin=ORIGIN)
        self.owner = self.user("Olive Owner", Role.OWNER)
        self.mona = self.user("Mona Moderator", Role.MODERATOR)
        self.ann = self.user("Ann Reader")
        self.bob = self.user("Bob Reader")

    def user(self, name: str, role: Role | None = None) -> Person:
        """An account with this role here, or with none."""
        first = name.split()[0].lower()
        email = f"{first}@{self.forum.shortname}.test"
        user = sign_up(email=email, name=f"{name} {self.forum.shortname}")
        if role is not None:
            Membership.objects.create(forum=self.forum, user=user, role=role)
        author = Author.objects.select_related("user").get(user=user)
        return Person(author, issue_token(author, TokenKind.EMBED))

    def guest(self, name: str) -> Person:
        """A guest of this forum."""
        return Person(*become_guest(forum=self.forum, name=name))

    def comment(self, source: str, author: Author | None = None) -> Comment:
        """A comment on the one page, by Ann where nobody else is named."""
        return actions.post_comment(
            forum=self.forum,
            thread=actions.ThreadRef(url=PAGE, title="Story"),
            author=author or self.ann.author,
            source=source,
        )


@dataclass(frozen=True)
class World:
    """Both places, who asks, their sessions, and the public ids that rows name."""

    here: Place
    there: Place
    people: Mapping[str, Person | None]
    sessions: Mapping[str, str]
    objects: Mapping[str, str]

    @property
    def forums(self) -> list[int]:
        return [self.here.forum.id, self.there.forum.id]

    @property
    def users(self) -> list[int]:
        return [
            person.user.id
            for place in (self.here, self.there)
            for person in (place.owner, place.mona, place.ann, place.bob)
        ] + [person.user.id for person in [self.people[OPERATOR]] if person]


def build(here: str, there: str) -> World:
    """Two forums of these names. To be called in a transaction."""
    one, other = Place(here), Place(there)
    operator = one.user("Otto Operator")
    operator.user.is_operator = True
    operator.user.save(update_fields=["is_operator"])
    people: dict[str, Person | None] = {
        ANONYMOUS: None,
        GUEST: one.guest("Gus Guest"),
        READER: one.ann,
        MODERATOR: one.mona,
        OWNER: one.owner,
        OTHER_MODERATOR: other.mona,
        OTHER_OWNER: other.owner,
        OPERATOR: operator,
    }
    sessions = {name: _session(person) for name, person in people.items()}
    objects = {
        **_objects(one),
        "elsewhere": there,
        "host": settings.HOST,
        "stranger": other.comment("Elsewhere.").public_id,
    }
    return World(one, other, people, sessions, objects)


def take_away(world: World) -> None:
    """Nothing of it stays, but what a worker has written down of it beside the database."""
    (settings.DATA / f"{world.here.forum.shortname}.upload").unlink(missing_ok=True)
    Session.objects.filter(session_key__in=[key for key in world.sessions.values() if key]).delete()
    # The deepest first: answers hold on to what they answer.
    comments = Comment.objects.filter(forum__in=world.forums)
    for depth in sorted(set(comments.values_list("depth", flat=True)), reverse=True):
        comments.filter(depth=depth).delete()
    Forum.objects.filter(id__in=world.forums).delete()
    User.objects.filter(id__in=world.users).delete()


def filled(text: str, objects: Mapping[str, str]) -> str:
    """A route, query or value with the world's objects in it."""
    for name, value in objects.items():
        text = text.replace(f"<slug:{name}>", value).replace(f"<str:{name}>", value)
        text = text.replace(f"<{name}>", value).replace(f"<int:{name}>", value)
    return text


def _session(person: Person | None) -> str:
    """The cookie of somebody who has signed in on our own origin."""
    if person is None or person.author.user is None:
        return ""
    session = SessionStore()
    session[SESSION_KEY] = str(person.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session.save()
    assert session.session_key is not None
    return session.session_key


def _objects(here: Place) -> dict[str, str]:
    """Public ids of one object of each kind in the forum."""
    by = here.owner.user
    comment, held = here.comment("Hers."), here.comment("To be held.")
    spam = moderation.decide(comment=held, verb=Verb.SPAM, by=by)
    writer = here.guest("Barry Banned")
    here.comment("Rude.", author=writer.author)
    banned = moderation.ban_author(forum=here.forum, author=writer.author, by=by)
    return {
        "forum": here.forum.shortname,
        "shortname": here.forum.shortname,
        "comment": comment.public_id,
        "edited": _edited(here).public_id,
        "thread": comment.thread.public_id,
        "author": here.ann.author.public_id,
        "decision": spam.public_id,
        "ban": ids.public(banned.ban_id or 0),
        "kid": _key(here),
        "member": here.mona.author.public_id,
        **_archive(here),
        "handle": _handle(here),
        "name": _avatar(here),
        "size": "96",
        "forum_id": ids.public(here.forum.id),
        "public_id": _import(here).public_id,
        "device": ids.public(_device(here).id),
        "key": "41-42-120",
        "secret": "no-such-secret",
    }


def _edited(here: Place) -> Comment:
    """A comment with a text that waits for a moderator."""
    edited = here.comment("Before.")
    here.forum.is_premoderated = True
    here.forum.save()
    edited = Comment.objects.select_related("forum", "thread", "author").get(id=edited.id)
    actions.edit_comment(comment=edited, author=here.ann.author, source="After.", revision=1)
    here.forum.is_premoderated = False
    here.forum.save()
    return edited


def _avatar(here: Place) -> str:
    """The name of the reader's avatar, whatever it shows."""
    author = here.ann.author
    author.avatar = secrets.token_hex(13)
    author.save(update_fields=["avatar"])
    return Avatar.objects.create(name=author.avatar, author=author, small=b"", large=b"").name


def _archive(here: Place) -> dict[str, str]:
    """An author of an archive, his comment, and that somebody says it was he."""
    archived = here.comment("Of old.", author=here.guest("Irma Imported").author)
    Author.objects.filter(id=archived.author_id).update(
        kind=AuthorKind.IMPORTED, imported_key="disqus:irma"
    )
    claim = moderation.ask_for_comments(comment=archived, by=here.bob.author)
    return {
        "archived": archived.public_id,
        "imported": archived.author.public_id,
        "claim": claim.public_id,
    }


def _handle(here: Place) -> str:
    """The name of the reader's public profile."""
    wanted = Wanted(f"ann-{here.forum.shortname}", is_public=True, shows_people=True)
    return change_profile(here.ann.author, wanted).handle or ""


def _device(here: Place) -> Device:
    """A browser that shows the reader pushes."""
    return Device.objects.create(
        author=here.ann.author,
        endpoint=f"https://push.example/{here.forum.shortname}",
        sign_outs=here.ann.user.sign_outs,
    )


def _key(here: Place) -> str:
    """The forum takes its site's own users; this is the name of the key."""
    make_key(forum=here.forum, kind=KeyKind.HMAC)
    address = f"{ORIGIN}/sign-in"
    change_sso(forum=here.forum, mode=Sso.BESIDE, address=address, moderates=False)
    return keys_of(here.forum)[0].kid


def _import(here: Place) -> Import:
    """An upload that was looked at and waits to be started."""
    file = settings.DATA / f"{here.forum.shortname}.upload"
    file.write_bytes(b"<disqus/>")
    return Import.objects.create(
        forum=here.forum, file=str(file), source="disqus", state="checked", is_dry_run=True
    )
