"""My comments on all sites: what the list shows, how it is narrowed, edited and deleted from."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from voxpop.home import reading
from voxpop.home.reading import Asked, State, read_my_comments
from voxpop.limits.paused import pause_writes
from voxpop.moderation.actions import decide
from voxpop.moderation.models import Ground, Verb
from voxpop.threads.actions import edit_comment
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db
HOME = "/home/comments/"
ALL = Asked()


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast()


@pytest.fixture
def ann(cast) -> Client:
    return signed_in(cast.ann)


def signed_in(person) -> Client:
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(person.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def shown(client: Client, query: str = "") -> str:
    return client.get(HOME + query).content.decode()


def said(cast: Cast, asked: Asked = ALL, **more) -> list[str]:
    return [
        each.comment.source for each in read_my_comments(cast.ann.author, asked, **more).comments
    ]


def test_who_wrote_nothing_is_told_what_will_be_here(ann):
    page = shown(ann)
    assert "Nothing written yet" in page
    assert "Search" not in page


def test_it_is_for_those_who_are_signed_in(db):
    assert Client().get(HOME)["Location"].startswith("/accounts/login/")


def test_mine_are_here_from_all_sites_newest_first_and_nobody_elses(cast):
    cast.comment("First.")
    cast.comment("Bob's.", author=cast.bob.author)
    Cast("gazette").comment("Second, elsewhere.", author=cast.ann.author)
    assert said(cast) == ["Second, elsewhere.", "First."]


def test_what_is_typed_is_shown_as_text(cast, ann):
    cast.comment("<script>alert(1)</script> & *more*")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; *more*" in shown(ann)


def test_a_comment_shows_what_it_got(cast, ann):
    comment = cast.comment()
    cast.comment("An answer.", author=cast.bob.author, parent=comment)
    Comment.objects.filter(id=comment.id).update(up=3, down=2)
    page = shown(ann)
    assert "1 reply" in page
    assert "3 for" in page
    assert "2 against" in page


def test_it_is_narrowed_by_word_site_and_state(cast):
    cast.comment("About Apples.")
    cast.comment("About pears.")
    Cast("gazette").comment("Apples elsewhere.", author=cast.ann.author)
    held = cast.comment("Apples in waiting.")
    Comment.objects.filter(id=held.id).update(status=Status.HELD)
    assert said(cast, Asked(text="apples", site="magazine")) == [
        "Apples in waiting.",
        "About Apples.",
    ]
    assert said(cast, Asked(state=State.WAITING)) == ["Apples in waiting."]
    assert said(cast, Asked(text="plums")) == []


def test_a_percent_sign_is_a_letter_like_another(cast):
    cast.comment("All of it.")
    cast.comment("100% of it.")
    assert said(cast, Asked(text="0%")) == ["100% of it."]


def test_spam_looks_as_if_it_waited(cast, ann):
    held, spam = cast.comment("Number one."), cast.comment("Number two.")
    Comment.objects.filter(id=held.id).update(status=Status.HELD, verdict="a secret word")
    Comment.objects.filter(id=spam.id).update(status=Status.SPAM, verdict="a secret list")
    page = shown(ann)
    assert "secret" not in page
    first, second = re.findall(r"<li id=.*?</li>", page, re.DOTALL)
    told = re.compile(
        r"c-\w+|comments/\w+|Number \w+|value=\"[\w-]+\"|datetime=\"[^\"]*\"|/t/\w+|said-\w+"
    )
    assert told.sub("", first) == told.sub("", second)
    assert said(cast, Asked(state=State.WAITING)) == ["Number two.", "Number one."]
    for comment in (held, spam):
        assert ann.get(f"{HOME}{comment.public_id}/").status_code == 404


def test_it_says_who_took_a_comment_away(cast, ann):
    mine, theirs, refused = cast.comment("One."), cast.comment("Two."), cast.comment("Three.")
    by = cast.owner.author.user
    decide(comment=theirs, verb=Verb.DELETE, by=by)
    decide(comment=refused, verb=Verb.REJECT, by=by)
    delete(ann, mine)
    told = [each.by_moderator for each in read_my_comments(cast.ann.author, Asked()).comments]
    assert told == [True, True, False]
    assert said(cast, Asked(state=State.REMOVED)) == ["Three.", "Two.", "One."]


def test_it_says_why_as_far_as_the_moderator_does(cast, ann):
    comment, by = cast.comment("One."), cast.owner.author.user
    decide(comment=comment, verb=Verb.REJECT, by=by, reason="Between us.", told=Ground.OFF_TOPIC)
    assert "Removed by a moderator: off topic<" in shown(ann)
    assert "Between us." not in shown(ann)
    decide(comment=comment, verb=Verb.RESTORE, by=by)
    delete(ann, comment)
    assert "Deleted by you<" in shown(ann)
    assert "off topic" not in shown(ann)


def test_t26_why_it_waits_is_of_the_place_and_said_of_spam_alike(cast, ann):
    held, spam = cast.comment("Number one."), cast.comment("Number two.")
    Comment.objects.filter(id=held.id).update(status=Status.HELD, verdict="It has 9 links.")
    Comment.objects.filter(id=spam.id).update(status=Status.SPAM, verdict="A trap.")
    told = "A moderator reads first comments there.", "A moderator reads every comment there first."
    assert [each.waits_for for each in read_my_comments(cast.ann.author, ALL).comments] == ["", ""]
    cast.forum.holds_first_comment = True
    cast.forum.save()
    assert shown(ann).count(told[0]) == 2
    cast.forum.is_premoderated = True
    cast.forum.save()
    assert shown(ann).count(told[1]) == 2
    cast.forum.is_premoderated = False
    cast.forum.save()
    cast.comment("Number three.")
    Comment.objects.filter(source="Number three.").update(status=Status.PUBLISHED, is_shown=True)
    assert told[0] not in shown(ann)


@pytest.mark.broad
def test_a_page_costs_the_same_for_one_and_for_many(cast, ann, django_assert_num_queries):
    # Session, user, author, three for the page, one for the sites, two for what he could claim
    # of guests and three of archives, two for what waits, one for what is new in the inbox.
    cast.comment("Number 0.")
    shown(ann)  # the first page of a day notes this browser
    with django_assert_num_queries(15):
        shown(ann)
    for number in range(1, 31):
        cast.comment(f"Number {number}.")
    with django_assert_num_queries(15):
        shown(ann)
    with django_assert_num_queries(9):
        shown(ann, "?q=number&state=published&site=magazine")


def test_what_waits_is_counted_edits_too_and_spam_alike(cast, ann):
    for said, status in (("One.", Status.HELD), ("Two.", Status.SPAM), ("Three.", Status.REJECTED)):
        Comment.objects.filter(id=cast.comment(said).id).update(status=status, is_shown=False)
    comment = cast.comment("Four.")
    assert "2 of them wait" in shown(ann)
    comment.revisions.create(number=2, source="Five.", html="Five.", status=Status.HELD)
    assert "3 of them wait" in shown(ann)
    assert "never comes here" in shown(ann, "?state=waiting")


def test_pages_follow_one_another_without_gap_or_repeat(cast, ann, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(5):
        cast.comment(f"Number {number}.")
    seen, query = [], "?q=number"
    while query:
        page = shown(ann, query)
        seen += re.findall(r"Number (\d)", page)
        found = re.search(r'rel="next" href="(\?[^"]*)"', page)
        query = found[1].replace("&amp;", "&") if found else ""
    assert seen == ["4", "3", "2", "1", "0"]


def test_a_rare_word_is_looked_for_by_stretches(cast, ann, monkeypatch):
    monkeypatch.setattr(reading, "LOOKED_AT", 3)
    cast.comment("The needle.")
    for number in range(4):
        cast.comment(f"Hay {number}.")
    page = shown(ann, "?q=needle")
    assert "Not among the newest" in page
    older = re.search(r'rel="next" href="(\?[^"]*)"', page)[1].replace("&amp;", "&")
    assert "The needle." in shown(ann, older)


def test_what_nobody_could_have_asked_is_not_asked(cast, ann):
    cast.comment("Here.")
    for query in ("?state=nonsense", "?after=%00", "?q=%00%E2%80%AE", "?site=%00"):
        assert "Here." in shown(ann, query)


# -- editing -------------------------------------------------------------------------------


def change(client: Client, comment: Comment, source: str, **more):
    body = {"source": source, "revision": comment.revision, "key": "key-1", **more}
    return client.post(f"{HOME}{comment.public_id}/?site=magazine&evil=//evil.test", body)


def delete(client: Client, comment: Comment, key: str = "key-2"):
    return client.post(f"{HOME}{comment.public_id}/delete/", {"key": key})


def test_a_comment_is_edited_and_the_list_is_where_it_was(cast, ann):
    comment = cast.comment("Before.")
    assert "Before." in ann.get(f"{HOME}{comment.public_id}/").content.decode()
    answer = change(ann, comment, "After.")
    assert answer["Location"] == f"{HOME}?site=magazine"
    assert said(cast) == ["After."]


def test_an_edit_sent_twice_is_one(cast, ann):
    comment = cast.comment("Before.")
    assert [change(ann, comment, "After.").status_code for _ in "ab"] == [302, 302]
    comment.refresh_from_db()
    assert comment.revision == 2


def test_changed_meanwhile_both_texts_are_shown_and_nothing_typed_is_lost(cast, ann):
    comment = cast.comment("Before.")
    edit_comment(comment=comment, author=cast.ann.author, source="From a phone.", revision=1)
    answer = change(ann, comment, "From a desk.", revision=1)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "From a phone." in page
    assert "From a desk." in page
    revision, key = (
        re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("revision", "key")
    )
    assert change(ann, comment, "From a desk.", revision=revision, key=key).status_code == 302
    assert said(cast) == ["From a desk."]


@pytest.mark.parametrize("more", [{"source": ""}, {"key": ""}, {"revision": "x"}, {"revision": ""}])
def test_a_bad_form_is_refused_in_words_and_changes_nothing(cast, ann, more):
    comment = cast.comment("Before.")
    answer = change(ann, comment, **{"source": "Typed.", **more})
    assert 400 <= answer.status_code < 500
    assert 'role="alert"' in answer.content.decode()
    assert said(cast) == ["Before."]


def test_too_late_to_edit_it_says_so_and_the_text_is_kept(cast, ann):
    comment = cast.comment("Before.")
    old = timezone.now() - timedelta(minutes=cast.forum.edit_minutes + 1)
    Comment.objects.filter(id=comment.id).update(created=old)
    assert ">Edit</a>" not in shown(ann)
    assert "cannot be edited any more" in ann.get(f"{HOME}{comment.public_id}/").content.decode()
    assert "After." in change(ann, comment, "After.").content.decode()
    assert said(cast) == ["Before."]


def test_an_edit_that_waits_is_said_to(cast, ann):
    comment = cast.comment("Before.")
    cast.forum.is_premoderated = True
    cast.forum.save()
    change(ann, comment, "After.")
    page = shown(ann)
    assert "Your edit waits for a moderator" in page
    assert "Before." in page
    assert "After." in ann.get(f"{HOME}{comment.public_id}/").content.decode()


# -- deleting ------------------------------------------------------------------------------


def test_deleted_is_deleted_once(cast, ann):
    comment = cast.comment()
    assert [delete(ann, comment).status_code for _ in "ab"] == [302, 302]
    comment.refresh_from_db()
    assert comment.status == Status.DELETED
    assert "Deleted by you" in shown(ann)


def test_deleting_needs_a_key(cast, ann):
    comment = cast.comment()
    delete(ann, comment, key="")
    comment.refresh_from_db()
    assert comment.status == Status.PUBLISHED


def test_while_writes_are_paused_nothing_typed_is_lost_and_nothing_deleted(
    cast, ann, settings, tmp_path
):
    settings.DATA = tmp_path
    comment = cast.comment("Before.")
    pause_writes()
    answer = change(ann, comment, "After.")
    assert answer.status_code == 503
    assert "After." in answer.content.decode()
    delete(ann, comment)
    assert said(cast, Asked(state=State.PUBLISHED)) == ["Before."]


def test_acts_are_counted(cast, ann, settings):
    comment = cast.comment("Text 0.")
    settings.LIMITS = True
    answers = []
    for number in range(1, 13):
        comment.refresh_from_db()
        answers.append(change(ann, comment, f"Text {number}.", key=f"k{number}").status_code)
    assert answers[0] == 302
    assert answers[-1] == 429


def test_another_persons_comment_is_not_there(cast):
    comment, bob = cast.comment(), signed_in(cast.bob)
    assert bob.get(f"{HOME}{comment.public_id}/").status_code == 404
    assert change(bob, comment, "Mine now.").status_code == 404
    assert delete(bob, comment).status_code == 404
    assert said(cast) == ["A comment."]
