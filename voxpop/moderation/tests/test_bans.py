from datetime import timedelta

import pytest
from django.utils import timezone

from voxpop.errors import Problem
from voxpop.moderation import actions
from voxpop.moderation.models import Decision
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Status


def ban(cast, person, **more):
    return actions.ban_author(
        forum=cast.forum, author=person.author, by=cast.mona.author.user, **more
    )


def test_a_banned_author_is_refused_until_the_ban_is_lifted(cast):
    decision = ban(cast, cast.ann)
    answer = cast.ann.post(cast.forum, "Let me in.")
    assert (answer.status_code, answer.json()["code"]) == (403, "banned")
    assert cast.bob.post(cast.forum, "Hello.").status_code == 201
    actions.lift_ban(ban=decision.ban, by=cast.mona.author.user)
    assert cast.ann.post(cast.forum, "Thank you.").status_code == 201


def test_a_ban_ends_by_itself(cast):
    ban(cast, cast.ann, ends=timezone.now() + timedelta(hours=1))
    assert cast.ann.post(cast.forum, "Now?").status_code == 403
    Ban.objects.update(ends=timezone.now() - timedelta(seconds=1))
    assert cast.ann.post(cast.forum, "And now?").status_code == 201


def test_a_ban_holds_in_one_forum_only(cast, others):
    ban(cast, cast.ann)
    assert cast.ann.post(others.forum, "Elsewhere.").status_code == 201


def test_undo_of_a_ban_and_of_its_lifting(cast):
    decision = ban(cast, cast.ann)
    actions.undo(decision=decision, by=cast.mona.author.user)
    assert cast.ann.post(cast.forum, "Free.").status_code == 201
    again = ban(cast, cast.ann)
    lifted = actions.lift_ban(ban=again.ban, by=cast.mona.author.user)
    actions.undo(decision=lifted, by=cast.mona.author.user)
    assert cast.ann.post(cast.forum, "Not free.").status_code == 403


def test_banning_twice_makes_one_ban(cast):
    ban(cast, cast.ann)
    with pytest.raises(Problem, match="already_decided"):
        ban(cast, cast.ann)
    assert Ban.objects.count() == Decision.objects.count() == 1


def test_the_people_who_run_a_forum_cannot_be_banned_from_it(cast):
    for person in (cast.owner, cast.mona):
        with pytest.raises(Problem, match="not_allowed"):
            ban(cast, person)


def test_a_ban_may_cover_the_network_that_the_author_wrote_from(cast):
    cast.comment(address="192.0.2.0/24")
    assert ban(cast, cast.ann, covers_network=True).ban.address == "192.0.2.0/24"


def test_a_ban_that_covers_no_network_keeps_none(cast):
    cast.comment(address="192.0.2.0/24")
    assert ban(cast, cast.ann).ban.address == ""


def test_what_was_written_lately_goes_with_one_decision_each(cast, others):
    recent = [cast.comment(f"Buy {number}.") for number in range(3)]
    old = cast.comment("An honest word.")
    Comment.objects.filter(id=old.id).update(created=timezone.now() - timedelta(hours=30))
    elsewhere = others.comment(author=cast.ann.author)
    bobs = cast.comment("Mine.", author=cast.bob.author)
    decisions = actions.remove_all_by(
        forum=cast.forum, author=cast.ann.author, by=cast.mona.author.user, hours=24
    )
    assert [decision.comment for decision in decisions] == recent
    kept = Comment.objects.filter(status=Status.PUBLISHED)
    assert set(kept) == {old, elsewhere, bobs}
    assert actions.undo(decision=decisions[0], by=cast.mona.author.user).undone
