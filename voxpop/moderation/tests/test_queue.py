import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.plans import analyze, plans
from voxpop.errors import Problem
from voxpop.moderation import actions
from voxpop.moderation.listing import read_decisions
from voxpop.moderation.models import Verb
from voxpop.moderation.reading import count_waiting, read_queue
from voxpop.moderation.tests.test_decisions import held, held_edit
from voxpop.threads.actions import flag_comment
from voxpop.threads.models import Comment


def sources(page):
    return [item.comment.source for item in page.items]


def hold(cast, *words):
    return [held(cast, source=word) for word in words]


def test_what_waits_is_held_comments_flagged_ones_and_edits_the_oldest_first(cast):
    flagged = cast.comment("Flagged.")
    edit = held_edit(cast)
    held(cast, source="Held.")
    flag_comment(comment=flagged, author=cast.bob.author, reason="abuse")
    page = read_queue([cast.forum])
    assert sources(page) == ["Flagged.", "As it was.", "Held."]
    first, second, third = page.items
    assert first.flags == [("abuse", 1)]
    assert (
        second.edit.number,
        "".join(p.text for p in second.edit.pieces if p.kind != "gone"),
    ) == (
        edit.number,
        "Changed.",
    )
    assert third.reason
    assert count_waiting([cast.forum]) == {"all": 3, "held": 1, "flagged": 1, "edits": 1}


def test_an_edited_comment_that_was_held_from_the_start_is_no_held_edit_once_approved(cast):
    from voxpop.threads.actions import edit_comment

    comment = held(cast)
    edit_comment(comment=comment, author=cast.ann.author, source="Better.", revision=1)
    actions.decide(comment=comment, verb=Verb.APPROVE, by=cast.mona.author.user)
    assert sources(read_queue([cast.forum])) == []
    assert Comment.objects.get().source == "Better."


def test_pages_follow_one_another_without_gap_or_double(cast):
    words = [f"Word {number}." for number in range(7)]
    hold(cast, *words)
    found, after = [], None
    while True:
        page = read_queue([cast.forum], after=after, limit=3)
        found += sources(page)
        after = page.next
        if after is None:
            break
    assert found == words


def test_deciding_while_paging_skips_nobody(cast):
    hold(cast, "1", "2", "3", "4")
    page = read_queue([cast.forum], limit=2)
    for item in page.items:
        actions.decide(comment=item.comment, verb=Verb.SPAM, by=cast.mona.author.user)
    assert sources(read_queue([cast.forum], after=page.next, limit=2)) == ["3", "4"]


def test_nothing_of_another_forum_is_in_the_queue(cast, others):
    held(others, source="Foreign.")
    held(cast, source="Ours.")
    assert sources(read_queue([cast.forum])) == ["Ours."]


def test_search_finds_text_author_and_title(cast):
    hold(cast, "Apples.", "Pears.")
    assert sources(read_queue([cast.forum], text="apple")) == ["Apples."]
    assert len(read_queue([cast.forum], text="ann reader").items) == 2
    assert len(read_queue([cast.forum], text="story").items) == 2
    assert sources(read_queue([cast.forum], text="plums")) == []


def test_history_counts_what_the_author_did_in_this_forum_only(cast, others):
    cast.comment()
    spam = cast.comment("Spam.")
    actions.decide(comment=spam, verb=Verb.SPAM, by=cast.mona.author.user)
    others.comment(author=cast.ann.author)
    held(cast)
    history = read_queue([cast.forum]).items[0].history
    assert (history.published, history.removed, history.held) == (1, 1, 1)


def queries(run):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        run()
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_page(cast, others):
    parent = cast.comment("Parent.")
    held_edit(cast)
    held(cast, parent=parent)
    flag_comment(comment=parent, author=cast.bob.author, reason="spam")
    few = queries(lambda: read_queue([cast.forum, others.forum]))
    for number in range(12):
        held(others if number % 2 else cast, source=f"Number {number}")
    many = queries(lambda: read_queue([cast.forum, others.forum]))
    assert few == many <= 9


def test_the_queue_is_read_over_the_partial_indexes(cast):
    for _ in range(30):
        cast.comment()
    hold(cast, "Held.")
    analyze()
    with CaptureQueriesContext(connection) as captured:
        read_queue([cast.forum])
    held, flagged = plans(captured)[:2]
    assert "held_by_forum" in held.indexes
    assert "flagged_by_forum" in flagged.indexes


@pytest.mark.parametrize("wrong", [{"kind": "secret"}, {"after": "nowhere"}])
def test_a_wrong_kind_or_place_is_refused(cast, wrong):
    with pytest.raises(Problem):
        read_queue([cast.forum], **wrong)


def test_the_history_is_newest_first_and_of_these_forums(cast, others):
    for where in (cast, cast, others):
        actions.decide(comment=where.comment(), verb=Verb.SPAM, by=where.owner.author.user)
    first, after = read_decisions([cast.forum], limit=1)
    second, end = read_decisions([cast.forum], after=after, limit=1)
    assert first[0].id > second[0].id
    assert end is None
