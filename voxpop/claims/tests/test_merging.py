"""Two accounts become one: nothing is lost or there twice, and nobody is tricked into it."""

import itertools

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import AccessToken, Author, TokenKind, User
from voxpop.accounts.tokens import issue_token
from voxpop.claims.become import become
from voxpop.claims.belongings import BELONGINGS, Passing
from voxpop.claims.merging import merge, what_moves
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.forums.models import Membership, Role
from voxpop.moderation.actions import ban_author
from voxpop.notices.inbox import read_inbox
from voxpop.notices.models import Letter, Notice, PersonalNotice, Wish
from voxpop.people import actions as people
from voxpop.people.models import Follow, Mute, Watch
from voxpop.screening.bans import is_banned
from voxpop.threads.actions import fold_votes, hand_over, vote
from voxpop.threads.models import Comment, Flag, Thread, Vote
from voxpop.threads.tests.cast import Cast
from voxpop.words import words as words_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


# -- nothing is lost and nothing doubled ---------------------------------------------------

ONE, OTHER, THIRD, FOURTH = range(4)
# What two people may do to each other and to comments, in any order and number.
acts = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 3), st.integers(0, 1)),
        st.tuples(st.just("vote"), st.integers(0, 3), st.integers(0, 9), st.sampled_from([1, -1])),
        st.tuples(st.just("flag"), st.integers(0, 3), st.integers(0, 9)),
        st.tuples(st.just("follow"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("mute"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("watch"), st.integers(0, 3), st.integers(0, 1)),
        st.tuples(st.just("notice"), st.integers(0, 3), st.integers(0, 9)),
        st.tuples(st.just("wish"), st.integers(0, 3), st.booleans()),
    ),
    max_size=25,
)


class World:
    """Four accounts, two threads, and whatever the example says that they did."""

    def __init__(self, done) -> None:
        cast = self.cast = Cast.standing()
        names = ("One", "Other", "Third", "Fourth")
        self.people = [
            cast.user(name, f"{name}@{cast.forum.shortname}.test").author for name in names
        ]
        second = cast.comment("Elsewhere.")
        Thread.objects.filter(id=second.thread_id).update(title="")
        self.threads = [cast.thread, second.thread]
        self.comments = [
            cast.comment(f"Of {name}.", author=author)
            for name, author in zip(names, self.people, strict=True)
        ]
        for what, who, *rest in done:
            getattr(self, what)(self.people[who], *rest)

    def write(self, who, thread):
        self.comments.append(self.cast.comment(f"Number {len(self.comments)}.", author=who))

    def _comment(self, number):
        return self.comments[number % len(self.comments)]

    def vote(self, who, number, value):
        if self._comment(number).author_id != who.id:
            vote(comment=self._comment(number), author=who, value=value)

    def flag(self, who, number):
        Flag.objects.get_or_create(
            comment=self._comment(number), author=who, defaults={"reason": "spam"}
        )

    def follow(self, who, whom):
        if self.people[whom] != who and not Mute.objects.filter(by=who, of=self.people[whom]):
            people.follow(author=who, person=self.people[whom])
            told = {"to": self.people[whom], "person": who, "kind": "follow"}
            PersonalNotice.objects.get_or_create(**told)
            Letter.objects.get_or_create(**told)

    def mute(self, who, whom):
        if self.people[whom] != who:
            people.mute(author=who, person=self.people[whom])

    def watch(self, who, thread):
        people.watch(author=who, thread=self.threads[thread])

    def notice(self, who, number):
        if self._comment(number).author_id != who.id:
            for told in (Notice, Letter):
                told.objects.get_or_create(
                    to=who, comment=self._comment(number), defaults={"kind": "reply"}
                )

    def wish(self, who, is_of_one_forum):
        forum = self.cast.forum if is_of_one_forum else None
        told = {"kind": "reply", "inbox": True, "mail": "never", "push": False}
        Wish.objects.get_or_create(author=who, forum=forum, defaults=told)

    def facts(self, same) -> dict[str, set]:
        """All that is whose, where `same` says who is who."""
        by, of = "by_id", "of_id"

        def pairs(rows, *names):
            return {tuple(same(value) for value in row) for row in rows.values_list(*names)}

        mutes = pairs(Mute.objects.all(), by, of)
        return {
            "comments": pairs(Comment.objects.all(), "id", "author_id"),
            "votes": pairs(Vote.objects.all(), "comment_id", "author_id"),
            "flags": pairs(Flag.objects.all(), "comment_id", "author_id"),
            "watches": pairs(Watch.objects.all(), "thread_id", by),
            "mutes": {(a, b) for a, b in mutes if a != b},
            "follows": {
                (a, b)
                for a, b in pairs(Follow.objects.all(), by, of)
                if a != b and (a, b) not in mutes
            },
            "notices": pairs(Notice.objects.all(), "comment_id", "to_id"),
            "wishes": pairs(Wish.objects.all(), "forum_id", "author_id"),
            "letters": pairs(Letter.objects.filter(person=None), "comment_id", "to_id"),
            **{
                f"{told.__name__} of a follower": {
                    (a, b)
                    for a, b in pairs(told.objects.exclude(person=None), "person_id", "to_id")
                    if a != b
                }
                for told in (PersonalNotice, Letter)
            },
        }


@given(done=acts)
@example(done=[("notice", OTHER, ONE), ("vote", OTHER, ONE, 1)])
@example(done=[("follow", OTHER, ONE), ("follow", ONE, OTHER)])
@example(done=[("follow", OTHER, THIRD), ("follow", ONE, THIRD)])
@example(done=[("notice", ONE, THIRD), ("notice", OTHER, THIRD)])
@example(done=[("wish", ONE, False), ("wish", OTHER, False)])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_merge_loses_nothing_and_doubles_nothing(done):
    """Whatever two people did: afterwards it is what it would be had they always been one."""
    with transaction.atomic():
        world = World(done)
        one, other = world.people[ONE], world.people[OTHER]
        expected = world.facts(lambda number: other.id if number == one.id else number)
        authors = dict(expected["comments"])
        for what in ("votes", "notices", "letters"):
            expected[what] = {
                (comment, who) for comment, who in expected[what] if authors[comment] != who
            }
        become(one, other)
        one.refresh_from_db()
        assert hand_over(one, Author.objects.get(id=other.id), seconds=60)
        assert world.facts(lambda number: number) == expected
        # Once each: the rows are as many as the facts.
        assert Vote.objects.count() == len(expected["votes"])
        assert Notice.objects.count() == len(expected["notices"])
        assert PersonalNotice.objects.count() == len(expected["PersonalNotice of a follower"])
        assert Letter.objects.count() == len(expected["letters"] | expected["Letter of a follower"])
        assert left_with(one) == {}
        fold_votes()
        for comment in Comment.objects.all():
            values = list(comment.votes.values_list("value", flat=True))
            assert (comment.up, comment.down) == (values.count(1), values.count(-1))
        transaction.set_rollback(True)


def left_with(author: Author) -> dict[str, int]:
    """What still names him, but for what says who he was."""
    named = {
        str(each): each.model._default_manager.filter(
            **{each.field: author.user if each.is_of_user else author}
        ).count()
        for each in BELONGINGS
        if each.merged != "stays"
    }
    return {name: number for name, number in named.items() if number}


# -- what becomes of the rest --------------------------------------------------------------


def test_addresses_tokens_and_roles_move(cast):
    mona = cast.user("Mona", "mona@somewhere.test")
    Membership.objects.create(forum=cast.forum, user=mona.author.user, role=Role.OWNER)
    Membership.objects.create(forum=cast.forum, user=cast.bob.author.user, role=Role.MODERATOR)
    merge(of=mona.author, to=cast.bob.author)
    bob = cast.bob.author.user
    assert set(EmailAddress.objects.filter(user=bob).values_list("email", "primary")) == {
        (bob.email, True),
        ("mona@somewhere.test", False),
    }
    assert Membership.objects.get(user=bob).role == Role.OWNER
    # Her frames go on, as who she is now.
    answer = mona.post(cast.forum, "Still here.")
    assert answer.json()["author"]["id"] == cast.bob.author.public_id


def test_the_other_account_is_over(cast):
    session = Client()
    ann = cast.ann.author.user
    session.force_login(ann, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    merge(of=cast.ann.author, to=cast.bob.author)
    assert session.get("/home/comments/").status_code == 302
    ann.refresh_from_db()
    assert not ann.is_active
    assert not ann.check_password("anything")
    # Its address is free for nobody else: it is Bob's now.
    assert EmailAddress.objects.get(email=f"ann@{cast.forum.shortname}.test").user_id == (
        cast.bob.author.user_id
    )
    assert not User.objects.filter(email=f"ann@{cast.forum.shortname}.test").exists()


@pytest.mark.parametrize("banned", ["ann", "bob"])
def test_a_ban_of_either_holds(cast, banned):
    who = getattr(cast, banned).author
    ban_author(forum=cast.forum, author=who, by=cast.owner.author.user)
    merge(of=cast.ann.author, to=cast.bob.author)
    assert is_banned(cast.forum, cast.bob.author)


def test_what_was_in_the_inbox_is_in_the_others(cast):
    first = Comment.objects.select_related("thread").get(thread=cast.thread)
    zoe = cast.user("Zoe", "zoe@somewhere.test")
    cast.comment("To Ann.", author=zoe.author, parent=first)
    drain_outbox()
    merge(of=cast.ann.author, to=cast.bob.author)
    drain_outbox()
    told = [each for group in read_inbox(cast.bob.author).groups for each in group.told]
    assert [each.comment.source for each in told] == ["To Ann."]
    assert read_inbox(cast.ann.author).groups == []


def test_three_become_one_in_any_order(cast):
    zoe = cast.user("Zoe", "zoe@somewhere.test")
    cast.comment("Of Zoe.", author=zoe.author)
    become(zoe.author, cast.ann.author)  # her comments are still on their way
    merge(of=cast.ann.author, to=cast.bob.author)
    drain_outbox()
    assert set(Comment.objects.values_list("author", flat=True)) == {cast.bob.author.id}


def test_a_guest_is_not_merged_and_nobody_is_merged_twice(cast):
    with pytest.raises(Problem):
        merge(of=cast.guest().author, to=cast.bob.author)
    merge(of=cast.ann.author, to=cast.bob.author)
    with pytest.raises(Problem):
        merge(of=cast.ann.author, to=cast.owner.author)
    with pytest.raises(Problem):
        merge(of=cast.bob.author, to=cast.ann.author)


# -- the pages -----------------------------------------------------------------------------


PASSWORD = "a long enough secret"


def browser_of(email: str) -> Client:
    client = Client(headers={"Origin": django_settings.HOST})
    sign_in(client, email)
    return client


def sign_in(client: Client, email: str) -> None:
    answer = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content


def begin(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    begun = client.post("/home/merge/", {"act": "begin"})
    assert begun["Location"].startswith("/accounts/login/")
    assert client.cookies["merge"].value


@pytest.fixture
def two(cast) -> tuple[Author, Author]:
    return tuple(
        sign_up(email=f"{name}@somewhere.test", name=name.title(), password=PASSWORD).author
        for name in ("stay", "go")
    )


def test_both_are_proven_before_anything_happens(cast, two):
    stay, go = two
    cast.comment("Of the one that goes.", author=go)
    browser = browser_of("stay@somewhere.test")
    # A session may be old, or another's hands at this keyboard: his password first.
    asked = browser.post("/home/merge/", {"act": "begin"})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    begin(browser)
    assert browser.get("/home/merge/").status_code == 302  # signed out here
    sign_in(browser, "go@somewhere.test")
    page = browser.get("/home/merge/").content.decode()
    assert "Nobody can undo this." in page
    assert "comments: 1" in page
    assert Author.objects.get(id=go.id).is_active
    done = browser.post("/home/merge/", {"act": "merge"})
    assert done["Location"] == "/home/claims/"
    assert Comment.objects.get(source="Of the one that goes.").author_id == stay.id
    assert browser.get("/home/comments/").status_code == 200  # as who he is


def test_nobody_is_led_into_giving_his_account_away(cast, two):
    """Only the browser in which a merge began can end it; no link, no form of another."""
    _, go = two
    victim = browser_of("go@somewhere.test")
    victim.post("/home/merge/", {"act": "merge"})
    assert Author.objects.get(id=go.id).is_active
    attacker = browser_of("stay@somewhere.test")
    begin(attacker)
    forged = attacker.cookies["merge"].value.replace(":", "_", 1)
    victim.cookies["merge"] = forged
    victim.post("/home/merge/", {"act": "merge"})
    assert Author.objects.get(id=go.id).is_active


def test_a_merge_that_began_ends_with_signing_out_everywhere(cast, two):
    stay, go = two
    browser = browser_of("stay@somewhere.test")
    begin(browser)
    User.objects.filter(id=stay.user_id).update(sign_outs=1)
    sign_in(browser, "go@somewhere.test")
    browser.post("/home/merge/", {"act": "merge"})
    assert Author.objects.get(id=go.id).is_active


def test_the_page_counts_what_there_is(cast):
    cast.comment("Another.", author=cast.ann.author)
    shares = {each.what: each.number for each in what_moves(cast.ann.author)}
    assert shares["comments"] == 2
    assert shares["sites and devices signed in"] == 1
    issue_token(cast.ann.author, TokenKind.EMBED)
    assert AccessToken.objects.filter(author=cast.ann.author).count() == 2


def test_every_row_of_the_table_says_what_it_is_once():
    words = [each.what for each in BELONGINGS]
    assert all(words)
    shown = [each for each in BELONGINGS if each.merged != Passing.STAYS]
    assert {each.word: each.what for each in shown} == {
        key: word for key, word in words_in("en").items() if key.startswith("moves_")
    }
    assert len(set(words)) == len(words), [
        what for what, group in itertools.groupby(sorted(words)) if len(list(group)) > 1
    ]
