"""T26: spam by the thousand: none shown after the breaker, and real users still post."""

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from voxpop.events.models import OutboxEvent
from voxpop.events.worker import drain_outbox
from voxpop.forums.models import Forum
from voxpop.screening.flood import MOST_A_MINUTE
from voxpop.threads import actions
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.broad]


def spam(cast: Cast, count: int, start: int = 0) -> None:
    """What a botnet sends: every comment from a new guest, every text different."""
    for number in range(start, start + count):
        actions.post_comment(
            forum=Forum.objects.get(id=cast.forum.id),
            thread=actions.ThreadRef(url=PAGE),
            author=cast.guest(f"Bot {number}").author,
            source=f"wonderful offer number {number} for you and all of your friends {number}",
        )


def test_t26_after_the_breaker_no_stranger_is_shown() -> None:
    cast = Cast()
    for number in range(3):
        cast.comment(f"an earlier remark, number {number}")
    spam(cast, MOST_A_MINUTE + 5)
    shown = Comment.objects.filter(status=Status.PUBLISHED, author__kind="guest").count()
    assert shown <= MOST_A_MINUTE
    spam(cast, 60, start=1000)
    assert Comment.objects.filter(status=Status.PUBLISHED, author__kind="guest").count() == shown
    assert OutboxEvent.objects.filter(name="ForumFlooded").count() == 1


def test_t26_the_owner_is_told_once(mailoutbox: list[EmailMessage]) -> None:
    cast = Cast()
    spam(cast, MOST_A_MINUTE + 20)
    OutboxEvent.objects.update(due=timezone.now())
    drain_outbox()
    assert [mail.to for mail in mailoutbox] == [[cast.owner.author.user.email]]
    assert "/moderate/?forum=magazine" in mailoutbox[0].body


def test_t26_who_is_known_still_posts() -> None:
    cast = Cast()
    for number in range(3):
        cast.comment(f"an earlier remark, number {number}")
    spam(cast, MOST_A_MINUTE + 5)
    cast.forum.refresh_from_db()
    assert cast.comment("I was here before the flood").status == Status.PUBLISHED


def test_t26_what_the_owner_says_is_no_flood() -> None:
    cast = Cast()
    for number in range(MOST_A_MINUTE + 5):
        actions.post_comment(
            forum=cast.forum,
            thread=actions.ThreadRef(url=PAGE),
            author=cast.owner.author,
            source=f"announcement number {number}, each with a text of its own: {number}",
        )
    spam(cast, 1)
    assert Comment.objects.get(author__kind="guest").status == Status.PUBLISHED


@pytest.mark.long
def test_t26_five_thousand_in_a_minute() -> None:
    cast = Cast()
    spam(cast, 5000)
    assert Comment.objects.filter(status=Status.PUBLISHED).count() <= MOST_A_MINUTE
