"""Verify, then trust: a guest's first comment waits for the mailed link; the later ones flow."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import AccessToken, Author
from voxpop.events.worker import drain_outbox
from voxpop.forums.models import GuestProof
from voxpop.limits import rates
from voxpop.moderation.actions import ban_author, decide
from voxpop.moderation.models import Verb
from voxpop.moderation.reading import read_queue
from voxpop.notices.models import Letter, Reach
from voxpop.notices.proofs import waiting_for
from voxpop.notices.sending import send_letters
from voxpop.threads.actions import drop_unproven, edit_comment
from voxpop.threads.actions.prove import WAITS
from voxpop.threads.models import Comment, Status, Thread, Unproven
from voxpop.threads.tests.cast import Cast, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    settings.HOST = "https://comments.test"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cast = Cast(guest_proof=GuestProof.ASK)
    cast.comment("The first.")
    drain_outbox()
    return cast


def guest(cast: Cast, email: str = "gus@mailbox.test") -> Person:
    return Person(*become_guest(forum=cast.forum, name="Gus Guest", email=email))


def mails() -> list[str]:
    """The paths of the links in the mails that have gone since."""
    drain_outbox()
    send_letters()
    sent = [re.search(r"https://comments.test(/\S+)", each.body)[1] for each in mail.outbox]
    mail.outbox.clear()
    return sent


def status_of(answer) -> str:
    return Comment.objects.get(id=number(answer)).status


def number(answer) -> int:
    from voxpop import ids

    return ids.private(answer.json()["id"])


def overlay(cast: Cast, person: Person) -> dict:
    thread = Thread.objects.get(forum=cast.forum)
    return person.send("GET", f"/me/threads/{thread.public_id}").json()


def test_the_first_waits_for_the_link_and_the_later_ones_flow(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "My first words.")
    assert first.status_code == 202
    assert first.json()["awaits"] == "author"
    assert "confirmed his e-mail" in first.json()["reason"]
    (link,) = mails()
    # Another device: no cookie, no token.
    page = Client().get(link)
    assert b"My first words." in page.content
    assert status_of(first) == Status.HELD
    done = Client().post(link)
    assert done.status_code == 200
    assert status_of(first) == Status.PUBLISHED
    assert f"/c/{first.json()['id']}".encode() in done.content
    assert gus.post(cast.forum, "And more.").status_code == 201
    assert mails() == []


def test_a_scanner_that_follows_the_link_publishes_nothing(cast):
    first = guest(cast).post(cast.forum, "Held.")
    (link,) = mails()
    for _ in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    assert status_of(first) == Status.HELD


def test_a_used_link_does_nothing_more(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "Said once.")
    (link,) = mails()
    Client().post(link)
    comment = Comment.objects.select_related("forum").get(id=number(first))
    decide(comment=comment, verb=Verb.REJECT, by=cast.owner.author.user)
    assert Client().post(link, {"throw": "1"}).status_code == 200
    assert Client().post(link).status_code == 200
    assert status_of(first) == Status.REJECTED
    assert Author.objects.get(id=gus.author.id).is_active


def test_a_link_that_is_too_old_does_nothing(cast, monkeypatch):
    first = guest(cast).post(cast.forum, "Held.")
    (link,) = mails()
    later = timezone.now() + WAITS + timedelta(minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert Client().post(link).status_code == 404
    assert status_of(first) == Status.HELD


def test_a_link_proves_nothing_about_another_guest(cast):
    mine, other = guest(cast), guest(cast, "other@mailbox.test")
    held = other.post(cast.forum, "Not yours.")
    mine.post(cast.forum, "Mine.")
    links = mails()
    end = links[1].split("/")[3]
    forged = f"/home/mail/{other.author.public_id}.{end.partition('.')[2]}/confirm/"
    assert forged not in links
    assert Client().post(forged).status_code == 404
    assert status_of(held) == Status.HELD


def test_another_guest_with_the_same_address_is_not_proven_by_it(cast):
    """Anybody can type anybody's address: proof is of one guest, in one browser."""
    gus = guest(cast)
    gus.post(cast.forum, "I.")
    (link,) = mails()
    Client().post(link)
    impostor = guest(cast, gus.author.email)
    assert impostor.post(cast.forum, "I, too.").status_code == 202


def test_one_mail_asks_for_all_that_waits(cast):
    gus = guest(cast)
    answers = [gus.post(cast.forum, f"Thought number {n}.") for n in range(3)]
    (link,) = mails()
    Client().post(link)
    assert {status_of(each) for each in answers} == {Status.PUBLISHED}


def test_what_a_moderator_would_hold_by_now_waits_for_him(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "Buy pills.")
    cast.forum.word_list = "pills"
    cast.forum.save()
    (link,) = mails()
    assert b"moderator" in Client().post(link).content
    assert status_of(first) == Status.HELD
    (item,) = read_queue([cast.forum]).items
    assert not item.awaits_author
    assert "word list" in item.reason


def test_who_was_banned_meanwhile_is_not_published(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "Rude.")
    ban_author(forum=cast.forum, author=gus.author, by=cast.owner.author.user)
    (link,) = mails()
    Client().post(link)
    assert status_of(first) == Status.HELD


def test_an_edit_does_not_publish_what_waits(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "Before.")
    comment = Comment.objects.select_related("forum", "thread").get(id=number(first))
    edit_comment(comment=comment, author=gus.author, source="After.", revision=1)
    assert status_of(first) == Status.HELD
    (link,) = mails()
    assert b"After." in Client().get(link).content


def test_a_moderator_may_be_first(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "Fine.")
    (item,) = read_queue([cast.forum]).items
    assert item.awaits_author
    decide(comment=item.comment, verb=Verb.APPROVE, by=cast.owner.author.user)
    assert not Unproven.objects.exists()
    assert status_of(first) == Status.PUBLISHED
    assert mails() == []  # there is nothing left to ask


def test_after_a_reload_he_is_told_again_what_to_do(cast):
    gus = guest(cast)
    gus.post(cast.forum, "Waiting.")
    assert [each["awaits"] for each in overlay(cast, gus)["held"]] == ["author"]
    bob = cast.forum
    bob.is_premoderated = True
    bob.save()
    cast.bob.post(cast.forum, "For a moderator.")
    assert [each.get("awaits") for each in overlay(cast, cast.bob)["held"]] == [None]


def test_nobody_can_be_made_to_have_written(cast):
    """Whoever reads the mail of an address that another typed throws the comment away."""
    mallory = guest(cast, "victim@mailbox.test")
    first = mallory.post(cast.forum, "I am the victim.")
    (link,) = mails()
    assert Client().post(link, {"throw": "1"}).status_code == 200
    assert not Comment.objects.filter(id=number(first)).exists()
    assert not Author.objects.filter(email="victim@mailbox.test").exists()
    assert mallory.post(cast.forum, "Again.").status_code == 401


def test_the_mail_says_nothing_of_what_was_typed(cast):
    """It may go to a stranger: neither name nor text of somebody else's choosing."""
    gus = Person(*become_guest(forum=cast.forum, name="Cheap Pills", email="victim@mailbox.test"))
    gus.post(cast.forum, "Visit my shop, it has everything.")
    drain_outbox()
    send_letters()
    (sent,) = mail.outbox
    whole = sent.message().as_string()
    assert "Pills" not in whole
    assert "shop" not in whole
    mail.outbox.clear()


def test_no_address_is_flooded_with_questions(cast, settings):
    settings.LIMITS = True
    rates.forget_all()
    for number in range(4):
        gus = guest(cast, "victim@mailbox.test")
        cast.comment(f"Number {number} of four.", author=gus.author)
        drain_outbox()
    assert Letter.objects.count() == 2
    assert Comment.objects.filter(status=Status.HELD).count() == 4  # the moderators have them all


def test_spam_sends_no_mail(cast):
    """Who fills in the hidden field has typed an address that is hardly his (SAFETY T26)."""
    gus = guest(cast)
    comment = cast.comment("Casino.", author=gus.author, is_trapped=True)
    assert comment.status == Status.SPAM
    assert mails() == []
    assert waiting_for(gus.author) == []


def test_what_nobody_confirms_is_dropped_with_its_address(cast):
    first = guest(cast).post(cast.forum, "Never confirmed.")
    drop_unproven()
    assert status_of(first) == Status.HELD
    Unproven.objects.update(since=timezone.now() - WAITS - timedelta(hours=1))
    drop_unproven()
    assert not Comment.objects.filter(id=number(first)).exists()
    assert not Author.objects.filter(email="gus@mailbox.test").exists()
    assert not AccessToken.objects.filter(kind="guest").exists()


def test_a_guest_who_has_something_else_stays_when_one_is_dropped(cast):
    gus = guest(cast)
    cast.forum.guest_proof = GuestProof.OFF
    cast.forum.save()
    gus.post(cast.forum, "Of before.")
    cast.forum.guest_proof = GuestProof.ASK
    cast.forum.save()
    gus.post(cast.forum, "Of after.")
    Unproven.objects.update(since=timezone.now() - WAITS - timedelta(hours=1))
    drop_unproven()
    assert list(Comment.objects.filter(author=gus.author).values_list("source", flat=True)) == [
        "Of before."
    ]


def test_without_an_address_a_moderator_reads_it_or_it_is_refused(cast):
    nobody = cast.guest()
    answer = nobody.post(cast.forum, "No address.")
    assert answer.status_code == 202
    assert "awaits" not in answer.json()
    assert mails() == []
    cast.forum.guest_proof = GuestProof.REQUIRED
    cast.forum.save()
    refused = nobody.post(cast.forum, "Still none.")
    assert (refused.status_code, refused.json()["code"]) == (403, "address_needed")


def test_one_link_confirms_comment_and_mail(cast):
    gus = guest(cast)
    first = gus.post(cast.forum, "Tell me of answers.")
    assert gus.send("PUT", "/me/mail", {"replies": True}).status_code == 200
    (link,) = mails()
    Client().post(link)
    assert status_of(first) == Status.PUBLISHED
    assert Reach.objects.get(author=gus.author).confirmed is not None
    # Later he need not be asked a second time.
    Reach.objects.all().delete()
    assert gus.send("PUT", "/me/mail", {"replies": True}).json()["confirmed"] is True
    assert mails() == []


def test_a_comment_on_its_way_while_he_confirms_is_not_left_behind(cast):
    gus = guest(cast)
    comment = cast.comment("On its way.", author=gus.author)
    Author.objects.filter(id=gus.author.id).update(proven=timezone.now())
    drain_outbox()
    comment.refresh_from_db()
    assert comment.status == Status.PUBLISHED


def test_without_a_script_the_form_says_what_to_do(cast):
    thread = Thread.objects.get(forum=cast.forum)
    here = f"/t/{thread.public_id}/write"
    typed = {"source": "By a form.", "name": "Nora", "email": "nora@mailbox.test", "key": "k9"}
    browser = Client(headers={"Origin": "https://comments.test"})
    done = browser.post(here, typed)
    assert done.status_code == 303
    assert "held=mail" in done["Location"]
    assert b"use the link in the mail" in browser.get(done["Location"]).content
