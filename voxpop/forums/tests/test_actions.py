"""Founding, changing and staffing a forum."""

import pytest

from voxpop.accounts.actions import invite, sign_up
from voxpop.accounts.models import Invitation
from voxpop.errors import Problem
from voxpop.events.models import OutboxEvent
from voxpop.forums.actions import (
    add_moderator,
    add_site,
    change_settings,
    create_forum,
    make_role_link,
    remove_member,
    remove_site,
    use_role_link,
)
from voxpop.forums.models import Forum, Role
from voxpop.forums.reading import find_forum, frame_ancestors, origins_of
from voxpop.forums.rules import may_moderate, may_own

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return sign_up(email="owner@example.org", name="Olga Owner")


@pytest.fixture
def stranger():
    return sign_up(email="stranger@example.org", name="Stefan Stranger")


@pytest.fixture
def forum(owner):
    return create_forum(owner=owner, shortname="blog", origins=["https://blog.example.org"])


def refused(verb, **kwargs) -> Problem:
    with pytest.raises(Problem) as found:
        verb(**kwargs)
    return found.value


def test_a_new_forum_has_its_owner_and_sites(forum, owner, stranger):
    assert find_forum("blog") == forum
    assert origins_of(forum) == ["https://blog.example.org"]
    assert may_own(owner, forum)
    assert may_moderate(owner, forum)
    assert not may_moderate(stranger, forum)


@pytest.mark.parametrize(
    "name", ["", "a", "-ab", "ab-", "a--b", "a_b", "ä1", "x" * 41, "api", "new"]
)
def test_a_bad_or_reserved_shortname_is_refused(owner, name):
    problem = refused(create_forum, owner=owner, shortname=name, origins=[])
    assert set(problem.errors) == {"shortname"}
    assert not Forum.objects.exists()


def test_a_taken_shortname_is_refused(forum, stranger):
    assert refused(create_forum, owner=stranger, shortname="BLOG", origins=[]).errors


def test_where_the_operator_wants_invitations_each_works_once(owner, settings):
    settings.FORUM_CREATION = "invitation"
    assert refused(create_forum, owner=owner, shortname="blog", origins=[]).code == (
        "forum_creation_closed"
    )
    secret = invite(note="for Olga")
    create_forum(owner=owner, shortname="blog", origins=[], invitation=secret)
    assert Invitation.objects.get().used_by == owner
    again = refused(create_forum, owner=owner, shortname="other", origins=[], invitation=secret)
    assert set(again.errors) == {"invitation"}


def test_where_forums_are_closed_only_the_operator_founds_them(owner, settings):
    settings.FORUM_CREATION = "closed"
    assert refused(create_forum, owner=owner, shortname="blog", origins=[]).code == (
        "forum_creation_closed"
    )
    owner.is_operator = True
    assert create_forum(owner=owner, shortname="blog", origins=[])


def test_a_change_moves_the_revision_and_is_recorded(forum):
    before = forum.revision
    change_settings(forum=forum, changes={"accent": "#aa0000"})
    stored = Forum.objects.get()
    assert (stored.accent, stored.revision) == ("#aa0000", before + 1)
    assert OutboxEvent.objects.filter(name="ForumChanged").count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Blog.Example.org", "https://blog.example.org"),
        ("https://blog.example.org:443/", "https://blog.example.org"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("blog.example.org/a/page", "https://blog.example.org"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_site_is_kept_as_browsers_spell_its_origin(forum, typed, kept):
    assert add_site(forum=forum, origin=typed).origin == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "javascript:alert(1)",
        "https://*.example.org",
        "https://a:b@c.org",
        "ftp://a.org",
        "https://",
    ],
)
def test_what_is_no_origin_is_refused(forum, typed):
    assert set(refused(add_site, forum=forum, origin=typed).errors) == {"origin"}


def test_sites_change_who_may_frame_the_forum(forum):
    site = add_site(forum=forum, origin="https://second.example.org")
    assert frame_ancestors(forum) == (
        "frame-ancestors https://blog.example.org https://second.example.org"
    )
    remove_site(forum=forum, origin=site.origin)
    assert frame_ancestors(forum) == "frame-ancestors https://blog.example.org"
    assert recorded() == ["ForumChanged", "ForumRestricted"]


def test_only_what_allows_less_than_before_restricts_the_forum(forum):
    for days in (30, 7, 7, 30, None, 365):
        change_settings(forum=forum, changes={"closes_after_days": days})
    restricted, changed = "ForumRestricted", "ForumChanged"
    assert recorded() == [restricted, restricted, changed, changed, changed, restricted]


def recorded() -> list[str]:
    return list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True))


def test_a_site_of_another_forum_is_out_of_reach(forum, stranger):
    other = create_forum(owner=stranger, shortname="other", origins=["https://o.example"])
    remove_site(forum=forum, origin="https://o.example")
    assert origins_of(other) == ["https://o.example"]


def test_a_moderator_moderates_and_does_not_own(forum, stranger):
    add_moderator(forum=forum, user=stranger)
    assert may_moderate(stranger, forum)
    assert not may_own(stranger, forum)


def test_the_last_owner_stays(forum, owner):
    assert refused(remove_member, forum=forum, user=owner).code == "not_allowed"
    assert may_own(owner, forum)


def test_r43_a_role_link_gives_one_person_one_role(forum, owner, stranger):
    secret = make_role_link(forum=forum, role=Role.MODERATOR)
    assert use_role_link(secret=secret, user=stranger).role == Role.MODERATOR
    third = sign_up(email="third@example.org", name="Thea Third")
    assert refused(use_role_link, secret=secret, user=third).code == "bad_code"
    assert not may_moderate(third, forum)


def test_an_owner_who_opens_a_moderator_link_stays_owner(forum, owner):
    use_role_link(secret=make_role_link(forum=forum, role=Role.MODERATOR), user=owner)
    assert may_own(owner, forum)


def test_a_closed_account_has_no_rights(forum, owner):
    owner.is_active = False
    assert not may_own(owner, forum)
