"""What happens to one's own comment: votes for it, and what moderators decide about it."""

import pytest

from voxpop.events.worker import drain_outbox
from voxpop.moderation.actions import decide, undo
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.notices.inbox import read_inbox, unread
from voxpop.notices.models import Kind, Letter, Pace, PersonalNotice
from voxpop.notices.wishes import stop_mail, wish
from voxpop.threads.actions import delete_comment, fold_votes, vote
from voxpop.threads.actions.vote import milestone
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    cast = Cast.standing()
    drain_outbox()
    return cast


@pytest.fixture
def comment(cast) -> Comment:
    return Comment.objects.select_related("forum", "thread").get(thread=cast.thread)


def told(person: Person) -> list[tuple[str, int | None]]:
    return [
        (each.kind, PersonalNotice.objects.get(id=each.id).number)
        for group in read_inbox(person.author).groups
        for each in group.told
    ]


def voted(cast: Cast, comment: Comment, count: int) -> None:
    for _ in range(count):
        vote(comment=comment, author=cast.guest().author, value=1)
    fold_votes()
    drain_outbox()


@pytest.mark.parametrize(
    ("before", "now", "number"),
    [(0, 1, 1), (0, 0, 0), (1, 9, 0), (0, 12, 10), (9, 10, 10), (10, 10, 0), (12, 3, 0),
     (40, 5000, 5000)],
)  # fmt: skip
def test_which_numbers_are_told(before, now, number):
    assert milestone(before, now) == number


@pytest.mark.broad
def test_the_first_vote_is_told_and_many_more_take_its_place(cast, comment):
    voted(cast, comment, 1)
    assert told(cast.ann) == [(Kind.VOTES, 1)]
    voted(cast, comment, 3)
    assert told(cast.ann) == [(Kind.VOTES, 1)]
    voted(cast, comment, 6)
    assert told(cast.ann) == [(Kind.VOTES, 10)]
    assert unread(cast.ann.author) == 1
    assert not Letter.objects.exists()  # votes are no reason for a mail


def test_a_vote_that_is_taken_back_and_given_again_is_told_once(cast, comment):
    guest = cast.guest().author
    for value in (1, 0, 1, 0, 1):
        vote(comment=comment, author=guest, value=value)
        fold_votes()
    drain_outbox()
    assert told(cast.ann) == [(Kind.VOTES, 1)]
    first = PersonalNotice.objects.get(kind=Kind.VOTES).id
    drain_outbox()
    assert PersonalNotice.objects.get(kind=Kind.VOTES).id == first


def decided(cast: Cast, comment: Comment, verb: Verb, **more) -> Decision:
    done = decide(comment=comment, verb=verb, by=cast.owner.author.user, **more)
    drain_outbox()
    return done


def test_who_wrote_it_is_told_that_it_was_removed_and_by_mail_if_he_wants_it(cast, comment):
    decided(cast, comment, Verb.REJECT)
    assert told(cast.ann) == [(Kind.DECISION, None)]
    assert not read_inbox(cast.ann.author).groups[0].newest.is_published
    decided(cast, comment, Verb.APPROVE)
    assert told(cast.ann) == [(Kind.DECISION, None)]
    assert read_inbox(cast.ann.author).groups[0].newest.is_published


def test_the_inbox_says_why_where_the_moderator_does(cast, comment):
    decided(cast, comment, Verb.DELETE, reason="Between us.", told=Ground.ABUSIVE)
    assert read_inbox(cast.ann.author).groups[0].newest.ground == Ground.ABUSIVE
    decided(cast, comment, Verb.RESTORE)
    assert read_inbox(cast.ann.author).groups[0].newest.ground is None


def test_a_decision_that_is_undone_is_in_no_inbox(cast, comment):
    done = decided(cast, comment, Verb.DELETE)
    assert told(cast.ann) == [(Kind.DECISION, None)]
    undo(decision=done, by=cast.owner.author.user)
    drain_outbox()
    assert told(cast.ann) == []


def test_of_spam_and_of_what_he_did_himself_he_is_told_nothing(cast, comment):
    decided(cast, comment, Verb.SPAM)
    assert told(cast.ann) == []
    own = cast.comment("By the owner.", author=cast.owner.author)
    decided(cast, own, Verb.REJECT)
    assert told(cast.owner) == []
    other = cast.comment("Taken back.", author=cast.ann.author)
    delete_comment(comment=other, author=cast.ann.author)
    drain_outbox()
    assert told(cast.ann) == []
    assert other.status == Status.DELETED


def test_a_letter_about_a_decision_is_due_to_whom_wants_it(cast, comment):
    from allauth.account.models import EmailAddress

    user = cast.ann.author.user
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    stop_mail(cast.ann.author)
    decided(cast, comment, Verb.REJECT)
    assert not Letter.objects.exists()
    wish(cast.ann.author, Kind.DECISION, mail=Pace.ONCE)
    decided(cast, comment, Verb.APPROVE)
    assert Letter.objects.get().kind == Kind.DECISION
