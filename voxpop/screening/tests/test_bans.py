"""Who is banned, where, and until when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from voxpop.accounts.models import Author, AuthorKind
from voxpop.forums.models import Forum
from voxpop.screening.bans import is_banned
from voxpop.screening.models import Ban

pytestmark = pytest.mark.django_db
NETWORK, OTHER_NETWORK = "192.0.2.0/24", "198.51.100.0/24"


@pytest.fixture
def forum() -> Forum:
    return Forum.objects.create(shortname="forum", name="Forum")


@pytest.fixture
def ada() -> Author:
    return Author.objects.create(kind=AuthorKind.USER, name="Ada")


@pytest.fixture
def bo() -> Author:
    return Author.objects.create(kind=AuthorKind.USER, name="Bo")


def test_a_ban_is_of_one_author_in_one_forum(forum, ada, bo):
    Ban.objects.create(forum=forum, author=ada)
    elsewhere = Forum.objects.create(shortname="elsewhere", name="Elsewhere")
    assert is_banned(forum, ada)
    assert not is_banned(forum, bo)
    assert not is_banned(elsewhere, ada)


def test_a_ban_ends(forum, ada):
    now = timezone.now()
    ban = Ban.objects.create(forum=forum, author=ada, ends=now + timedelta(minutes=1))
    assert is_banned(forum, ada)
    Ban.objects.filter(pk=ban.pk).update(ends=now - timedelta(seconds=1))
    assert not is_banned(forum, ada)


def test_a_lifted_ban_is_over_and_another_stands(forum, ada):
    Ban.objects.create(forum=forum, author=ada, lifted=timezone.now())
    assert not is_banned(forum, ada)
    Ban.objects.create(forum=forum, author=ada)
    assert is_banned(forum, ada)


def test_a_ban_may_cover_the_network(forum, ada, bo):
    Ban.objects.create(forum=forum, author=ada, address=NETWORK)
    assert is_banned(forum, bo, NETWORK)
    assert not is_banned(forum, bo, OTHER_NETWORK)
    assert is_banned(forum, ada, OTHER_NETWORK)


@pytest.mark.parametrize("address", ["", "unknown"])
def test_an_unknown_address_is_nobodys(forum, ada, bo, address):
    Ban.objects.create(forum=forum, author=ada, address=address)
    assert not is_banned(forum, bo, address)
    assert is_banned(forum, ada, address)
