"""SAFETY R32: Zulip's exports once held what their readers were not meant to see.

An export holds rows of its own forum only, and nobody's e-mail address unless it is asked for.
"""

import orjson
import pytest

from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.forums.models import Forum
from voxpop.threads.actions.post import ThreadRef, post_comment
from voxpop.transfer.actions.export_forum import export_forum

pytestmark = pytest.mark.django_db


def forum_with_secrets(name: str) -> Forum:
    """Every kind of row, each with a word that names its forum."""
    forum = Forum.objects.create(shortname=name, name=f"Name {name}", word_list=f"word-{name}")
    forum.sites.create(origin=f"https://{name}.example")
    user = User.objects.create_user(f"user-{name}@voxpop.example")
    writers = [
        Author.objects.create(
            kind=AuthorKind.USER, name=f"User {name}", user=user, email=user.email
        ),
        Author.objects.create(
            kind=AuthorKind.GUEST, name=f"Guest {name}", forum=forum, email=f"g-{name}@x.example"
        ),
    ]
    for author in writers:
        post_comment(
            forum=forum,
            thread=ThreadRef(url=f"https://{name}.example/1", title=f"Title {name}"),
            author=author,
            source=f"Text {name} {author.kind}",
            address=f"198.51.100.{len(name)}",
        )
    return forum


def exported(forum: Forum, **options: bool) -> str:
    return b"".join(export_forum(forum, **options)).decode()


def test_nothing_of_another_forum_is_in_it():
    ours, theirs = forum_with_secrets("ours"), forum_with_secrets("theirs")
    text = exported(ours, with_private=True)
    assert "theirs" not in text
    assert text.count('"type":"comment"') == 2
    assert "ours" not in exported(theirs, with_private=True)


def test_addresses_of_people_are_not_in_it_unless_asked_for():
    forum = forum_with_secrets("ours")
    text = exported(forum)
    assert "@" not in text
    assert "198.51.100" not in text
    private = exported(forum, with_private=True)
    assert "g-ours@x.example" in private
    # A user's address is the server's to know, not the forum's owner's.
    assert "user-ours@voxpop.example" not in private
    assert "198.51.100" not in private


def test_integers_of_rows_are_not_in_it():
    forum = forum_with_secrets("ours")
    numbers = {forum.id, *Author.objects.values_list("id", flat=True)}
    numbers |= set(forum.threads.values_list("id", "comments__id")[0])
    for line in exported(forum).splitlines():
        values = {value for value in orjson.loads(line).values() if isinstance(value, int)}
        assert not values & numbers
