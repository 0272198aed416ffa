import pytest

from voxpop.errors import Problem
from voxpop.moderation import actions
from voxpop.moderation.listing import ground_of, last_decisions
from voxpop.moderation.models import Decision, Ground, Verb
from voxpop.threads.actions import approve_revision, delete_comment, edit_comment, flag_comment
from voxpop.threads.models import Comment, Revision, Status, ThreadEvent

REMOVALS = {Verb.REJECT: "rejected", Verb.SPAM: "spam", Verb.DELETE: "deleted"}


def decide(cast, comment, verb, **more):
    return actions.decide(comment=comment, verb=verb, by=cast.mona.author.user, **more)


def held(cast, **more):
    cast.forum.is_premoderated = True
    cast.forum.save()
    comment = cast.comment(**more)
    assert comment.status == Status.HELD
    return comment


def code(run, *args, **kwargs):
    with pytest.raises(Problem) as caught:
        run(*args, **kwargs)
    return caught.value.code


def test_approving_publishes_and_records_who_when_why_and_what_was_before(cast):
    comment = held(cast)
    decision = decide(cast, comment, Verb.APPROVE, reason="fine")
    assert comment.status == Status.PUBLISHED
    assert decision.by == cast.mona.author.user
    assert decision.reason == "fine"
    assert decision.before["status"] == "held"
    assert ThreadEvent.objects.filter(thread=comment.thread, kind="published").count() == 1


@pytest.mark.parametrize("verb", [Verb.REJECT, Verb.DELETE])
def test_what_the_author_is_told_stands_while_the_removal_does(cast, verb):
    comment = cast.comment()
    decision = decide(cast, comment, verb, reason="Between us.", told=Ground.OFF_TOPIC)
    assert ground_of(comment, last_decisions([comment.id])[comment.id]) == Ground.OFF_TOPIC
    actions.undo(decision=decision, by=cast.mona.author.user)
    comment.refresh_from_db()
    assert last_decisions([comment.id]) == {}
    decide(cast, comment, verb, told=Ground.RULES)
    decide(cast, comment, Verb.RESTORE)
    assert ground_of(comment, last_decisions([comment.id])[comment.id]) is None


@pytest.mark.parametrize("verb", [Verb.SPAM, Verb.APPROVE])
def test_t26_of_spam_its_author_is_told_nothing(cast, verb):
    assert code(decide, cast, held(cast), verb, told=Ground.RULES) == "invalid"


@pytest.mark.parametrize(("verb", "status"), REMOVALS.items())
def test_a_removed_comment_is_not_shown_and_comes_back_by_undo(cast, verb, status):
    comment = cast.comment()
    decision = decide(cast, comment, verb)
    assert (comment.status, comment.is_shown) == (status, False)
    actions.undo(decision=decision, by=cast.owner.author.user)
    comment.refresh_from_db()
    assert (comment.status, comment.is_shown) == ("published", True)


def test_undo_of_an_approval_holds_the_comment_again_for_the_same_reason(cast):
    comment = held(cast)
    verdict = comment.verdict
    assert verdict
    decision = decide(cast, comment, Verb.APPROVE)
    assert comment.verdict == ""
    actions.undo(decision=decision, by=cast.mona.author.user)
    comment.refresh_from_db()
    assert (comment.status, comment.verdict, comment.is_shown) == ("held", verdict, False)


def test_a_decision_is_undone_once(cast):
    decision = decide(cast, cast.comment(), Verb.SPAM)
    actions.undo(decision=decision, by=cast.mona.author.user)
    assert code(actions.undo, decision=decision, by=cast.mona.author.user) == "already_undone"


def test_undo_never_overrules_what_was_decided_since(cast):
    comment = cast.comment()
    first = decide(cast, comment, Verb.SPAM)
    decide(cast, comment, Verb.RESTORE)
    assert code(actions.undo, decision=first, by=cast.mona.author.user) == "decision_superseded"
    comment.refresh_from_db()
    assert comment.status == "published"
    first.refresh_from_db()
    assert first.undone is None


def test_the_second_of_two_moderators_is_told_instead_of_overruling_the_first(cast):
    comment = held(cast)
    decide(cast, comment, Verb.REJECT, seen=Status.HELD)
    assert code(decide, cast, comment, Verb.APPROVE, seen=Status.HELD) == "already_decided"
    assert code(decide, cast, comment, Verb.REJECT) == "already_decided"
    assert Decision.objects.count() == 1


def test_a_refused_decision_leaves_no_record(cast):
    comment = cast.comment()
    assert code(decide, cast, comment, Verb.APPROVE) == "already_decided"
    assert code(decide, cast, comment, Verb.LOCK) == "invalid"
    assert not Decision.objects.exists()


def test_what_an_author_took_back_no_moderator_can_show_again(cast):
    comment = cast.comment()
    delete_comment(comment=comment, author=cast.ann.author)
    for verb in (Verb.RESTORE, Verb.APPROVE, Verb.SPAM):
        assert code(decide, cast, comment, verb) == "not_allowed"
    # Nor by deleting first and restoring then.
    other = cast.comment("Another.")
    decision = decide(cast, other, Verb.DELETE)
    actions.undo(decision=decision, by=cast.mona.author.user)
    other.refresh_from_db()
    delete_comment(comment=other, author=cast.ann.author)
    assert code(decide, cast, other, Verb.RESTORE) == "not_allowed"


def test_what_a_moderator_deleted_can_be_restored(cast):
    comment = cast.comment()
    decide(cast, comment, Verb.DELETE)
    decide(cast, comment, Verb.RESTORE)
    assert comment.status == "published"


def test_a_decision_answers_the_flags_and_its_undo_asks_again(cast):
    comment = cast.comment()
    flag_comment(comment=comment, author=cast.bob.author, reason="spam")
    decision = decide(cast, comment, Verb.APPROVE)
    comment.refresh_from_db()
    assert (comment.status, comment.flags) == ("published", 0)
    actions.undo(decision=decision, by=cast.mona.author.user)
    comment.refresh_from_db()
    assert (comment.status, comment.flags) == ("published", 1)


def held_edit(cast, source="Changed."):
    """Ann edits her published comment while the forum holds everything."""
    comment = cast.comment("As it was.")
    cast.forum.is_premoderated = True
    cast.forum.save()
    comment = Comment.objects.select_related("forum", "thread", "author").get(id=comment.id)
    edit_comment(comment=comment, author=cast.ann.author, source=source, revision=comment.revision)
    return Revision.objects.get(comment=comment, status=Status.HELD)


def decide_edit(cast, edit, approves):
    return actions.decide_edit(revision=edit, approves=approves, by=cast.mona.author.user)


def test_an_approved_edit_is_what_readers_see_and_undo_brings_the_old_text_back(cast):
    edit = held_edit(cast)
    decision = decide_edit(cast, edit, True)
    comment = Comment.objects.get()
    assert (comment.source, comment.status) == ("Changed.", "published")
    actions.undo(decision=decision, by=cast.mona.author.user)
    comment.refresh_from_db()
    edit.refresh_from_db()
    assert (comment.source, edit.status) == ("As it was.", "held")
    decide_edit(cast, edit, True)
    comment.refresh_from_db()
    assert comment.source == "Changed."


def test_a_rejected_edit_changes_nothing_and_waits_again_after_undo(cast):
    edit = held_edit(cast)
    decision = decide_edit(cast, edit, False)
    assert Comment.objects.get().source == "As it was."
    assert code(decide_edit, cast, edit, True) == "already_decided"
    actions.undo(decision=decision, by=cast.mona.author.user)
    edit.refresh_from_db()
    assert edit.status == "held"


def test_undo_of_an_edit_never_brings_back_a_text_that_its_author_replaced(cast):
    edit = held_edit(cast)
    decision = decide_edit(cast, edit, True)
    comment = Comment.objects.select_related("forum", "thread", "author").get()
    edit_comment(comment=comment, author=cast.ann.author, source="Third.", revision=2)
    third = Revision.objects.get(comment=comment, number=3)
    if third.status == "held":
        approve_revision(third)
    assert code(actions.undo, decision=decision, by=cast.mona.author.user) == "decision_superseded"
    comment.refresh_from_db()
    assert comment.source == "Third."


THREAD = {
    Verb.LOCK: ("is_locked", True),
    Verb.PREMODERATE: ("is_premoderated", True),
    Verb.SENSITIVE: ("is_sensitive", True),
}


@pytest.mark.parametrize("verb", THREAD)
def test_a_thread_is_changed_recorded_and_changed_back(cast, verb):
    thread = cast.comment().thread
    name, value = THREAD[verb]
    user = cast.mona.author.user
    decision = actions.decide_thread(thread=thread, verb=verb, by=user)
    assert getattr(thread, name) is value
    assert code(actions.decide_thread, thread=thread, verb=verb, by=user) == "already_decided"
    actions.undo(decision=decision, by=user)
    thread.refresh_from_db()
    assert getattr(thread, name) is not value
    assert Decision.objects.count() == 1


def test_a_pin_replaces_another_and_undo_puts_the_other_back(cast):
    first, second = cast.comment("One."), cast.comment("Two.")
    thread, user = first.thread, cast.mona.author.user
    actions.decide_thread(thread=thread, verb=Verb.PIN, by=user, comment=first)
    decision = actions.decide_thread(thread=thread, verb=Verb.PIN, by=user, comment=second)
    assert thread.pinned_id == second.id
    actions.undo(decision=decision, by=user)
    thread.refresh_from_db()
    assert thread.pinned_id == first.id
    unpin = actions.decide_thread(thread=thread, verb=Verb.UNPIN, by=user)
    assert thread.pinned_id is None
    actions.undo(decision=unpin, by=user)
    thread.refresh_from_db()
    assert thread.pinned_id == first.id


def test_a_comment_of_another_thread_cannot_be_pinned(cast, others):
    comment, foreign = cast.comment(), others.comment()
    run = actions.decide_thread
    user = cast.mona.author.user
    assert code(run, thread=comment.thread, verb=Verb.PIN, by=user, comment=foreign) == "not_found"
