"""Mail, taken by a real SMTP server: what it says, when it does not go, what a bad server does."""

import email.policy
import itertools
import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from smtplib import SMTPDataError

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.corpora import read as corpus
from tests.mail_server import Taken, hanging_mail_server, running_mail_server
from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import Author
from voxpop.breaker import Breaker
from voxpop.events.worker import drain_outbox
from voxpop.moderation.actions import ban_author, decide, undo
from voxpop.moderation.models import Ground, Verb
from voxpop.notices import composing, sending
from voxpop.notices.gathering import LEASE, Parcel, claim, parcels_for
from voxpop.notices.inbox import mark_read, read_inbox
from voxpop.notices.models import Channel, Kind, Letter, Pace
from voxpop.notices.sending import ATTEMPTS, send_letters
from voxpop.notices.wishes import ask_for_mail, confirm_address, stop_mail
from voxpop.people.actions import mute, watch
from voxpop.threads.actions import remove_comment
from voxpop.threads.models import Comment, Status, Thread
from voxpop.threads.tests.cast import Cast, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]


@pytest.fixture(scope="module")
def running():
    with running_mail_server() as found:
        yield found


@pytest.fixture
def server(running, settings, monkeypatch) -> Taken:
    taken, port = running
    taken.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 10
    settings.HOST, settings.LIMITS = "https://comments.test", False
    monkeypatch.setattr(sending, "_server", Breaker(pause=0))
    return taken


@pytest.fixture
def cast(server) -> Cast:
    return Cast.standing()


def answer(cast: Cast, source: str = "An answer.", **more) -> Comment:
    first = Comment.objects.filter(forum=cast.forum, parent=None).earliest("id")
    comment = cast.comment(source, **{"author": cast.bob.author, "parent": first, **more})
    drain_outbox()
    return comment


class Links(HTMLParser):
    """Every address in a page that something could be fetched from or that leads anywhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "href":
                self.links.append(value)
            elif name in {"src", "srcset", "background", "poster"}:
                self.fetched.append(value)


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return plain, html


def test_a_reply_is_mailed_once_in_both_forms(cast, server):
    reply = answer(cast, "An *answer*.")
    assert send_letters() == 1
    assert send_letters() == 0
    (mail,) = server.mails
    plain, html = parts(mail)
    assert mail["To"] == cast.ann.author.user.email
    assert mail["Subject"] == "Re: Story · Magazine"
    for body in (plain, html):
        assert f"{cast.bob.author.name} replied to you" in body
        assert "An answer." in body
        assert "A comment." in body  # what was answered
        assert f"https://comments.test/c/{reply.public_id}" in body


def test_who_watches_a_thread_is_mailed_why(cast, server):
    drain_outbox()
    watch(author=cast.bob.author, thread=cast.thread)
    said = cast.comment("News.", author=cast.owner.author)
    drain_outbox()
    assert send_letters() == 1
    (mail,) = server.mails
    assert mail["To"] == cast.bob.author.user.email
    for body in parts(mail):
        assert f"{cast.owner.author.name} wrote in a discussion you watch" in body
        assert "You get this because you watch this discussion on Magazine." in body
        assert f"https://comments.test/c/{said.public_id}" in body


def test_a_decision_is_mailed_unless_it_was_undone_meanwhile(cast, server):
    first = Comment.objects.get(forum=cast.forum)
    done = decide(comment=first, verb=Verb.REJECT, by=cast.owner.author.user)
    drain_outbox()
    undo(decision=done, by=cast.owner.author.user)
    assert send_letters() == 0
    Letter.objects.all().delete()
    decide(
        comment=first,
        verb=Verb.DELETE,
        by=cast.owner.author.user,
        reason="Between us.",
        told=Ground.RULES,
    )
    drain_outbox()
    assert send_letters() == 1
    (mail,) = server.mails
    assert (
        mail["Message-ID"] == f"<{first.public_id}.decided.{cast.ann.author.public_id}@localhost>"
    )
    for body in parts(mail):
        assert "A moderator removed your comment: against the rules of this site" in body
        assert "A comment." in body
        assert "https://comments.test/home/comments/" in body
        assert "Between us." not in body


def test_who_was_muted_meanwhile_is_in_no_mail(cast, server):
    answer(cast)
    mute(author=cast.ann.author, person=cast.bob.author)
    assert send_letters() == 0
    assert server.mails == []


def test_a_mail_client_can_thread_it_and_stop_it(cast, server):
    first = Comment.objects.get(forum=cast.forum)
    reply, to = answer(cast), cast.ann.author.public_id
    send_letters()
    (mail,) = server.mails
    above = f"<{first.public_id}.{to}@localhost>"
    assert mail["Message-ID"] == f"<{reply.public_id}.{to}@localhost>"
    assert mail["In-Reply-To"] == above
    assert mail["References"] == f"<{first.thread.public_id}.{to}@localhost> {above}"
    assert re.fullmatch(
        r"<https://comments\.test/home/mail/\S+/stop/reply/>", mail["List-Unsubscribe"].strip()
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"


HOSTILE = "See [our bank](https://evil.example/a), https://evil.example/b, www.evil.example evil.example ![x](https://evil.example/x.png) <img src=https://evil.example/y.png>"  # noqa: E501


def test_r06_nothing_is_fetched_and_no_link_is_anothers(cast, server):
    answer(cast, HOSTILE, author=cast.owner.author)
    send_letters()
    (mail,) = server.mails
    plain, html = parts(mail)
    found = Links(html)
    assert found.fetched == []
    assert "url(" not in html
    assert found.links
    assert all(link.startswith("https://comments.test/") for link in found.links)
    for body in (plain, html):
        assert "our bank" in body
        assert "evil.example" not in body
        assert set(re.findall(r"https?://[^/\s\"<]+", body)) == {"https://comments.test"}


def test_t28_no_name_or_title_makes_a_header(cast, server):
    answer(cast)
    naughty = [
        f"{text}\r\nBcc: victim@evil.example\x07\u202e" for text in corpus("hostile.json")["blns"]
    ]
    assert len(naughty) == 485
    (at_once,) = parcels_for([cast.ann.author.id], Channel.MAIL)
    # The one has the title in its subject, the other the name.
    for parcel in (at_once, replace(at_once, pace=Pace.DAILY)):
        with pytest.MonkeyPatch.context() as patch:  # what stands below the headers takes longest
            patch.setattr(composing, "render_to_string", lambda *_: "The body.")
            plain, *written = (_named(name, parcel) for name in ("Story", *naughty))
        for mail, name in zip(written, naughty, strict=True):
            assert mail.keys() == plain.keys(), name
            assert mail["To"] == "ann@reader.test", name
            subject = mail["Subject"].strip()
            assert subject.startswith(plain["Subject"].strip().partition("Story")[0]), name
            assert not re.search(r"[\x00-\x1f\x7f\u2028-\u202e]", subject), name
    # One goes all the way: the server is given the same headers.
    Thread.objects.filter(id=cast.thread.id).update(title=naughty[0])
    Author.objects.filter(id=cast.bob.author.id).update(name=naughty[0])
    assert send_letters() == 1
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert "Bcc: victim" in mail["Subject"]


def _named(name: str, parcel: Parcel) -> EmailMessage:
    """The mail as it is written, were the thread and who answered called so."""
    (group,) = parcel.groups
    comment = group.newest.comment
    comment.thread.title = comment.author.name = name
    written = composing.mail_of(parcel, "ann@reader.test").message().as_bytes()
    return email.message_from_bytes(written, policy=email.policy.default)


def test_a_forum_written_from_right_to_left_has_such_mails(cast, server):
    cast.forum.language = "he"
    cast.forum.save()
    answer(cast)
    send_letters()
    _, html = parts(server.mails[0])
    assert '<html lang="he" dir="rtl">' in html
    assert "ענה לך" in html


# -- what does not go ----------------------------------------------------------------------


def removed(cast, comment):
    remove_comment(comment, Status.DELETED)


def banned(cast, comment):
    ban_author(forum=cast.forum, author=cast.bob.author, by=cast.owner.author.user)


def unwanted(cast, comment):
    stop_mail(cast.ann.author, [Kind.REPLY])


def read(cast, comment):
    mark_read(cast.ann.author, read_inbox(cast.ann.author).newest)


def closed(cast, comment):
    cast.ann.author.is_active = False
    cast.ann.author.save()


def unproven(cast, comment):
    EmailAddress.objects.filter(user=cast.ann.author.user).update(verified=False)


@pytest.mark.parametrize("meanwhile", [removed, banned, unwanted, read, closed, unproven])
def test_what_happened_since_is_heeded_when_it_goes(cast, server, meanwhile):
    comment = answer(cast)
    assert Letter.objects.filter(due__isnull=False).count() == 1
    meanwhile(cast, comment)
    assert send_letters() == 0
    assert server.mails == []
    assert not Letter.objects.filter(due__isnull=False).exists()


def test_who_wants_none_has_no_letter_waiting(cast):
    unwanted(cast, None)
    answer(cast)
    assert not Letter.objects.exists()


# -- guests --------------------------------------------------------------------------------


def test_a_guests_address_gets_nothing_but_the_question_until_it_is_confirmed(cast, server):
    guest, _ = become_guest(forum=cast.forum, name="Gus", email="gus@example.org")
    ask_for_mail(guest)
    ask_for_mail(guest)
    asked = cast.comment("A guest's.", author=guest)
    answer(cast, "First.", parent=asked)
    send_letters()
    (question,) = server.mails
    plain, html = parts(question)
    assert question["To"] == "gus@example.org"
    assert "Gus" not in plain + html  # nothing of his choosing goes to what may be another's
    assert "First." not in plain + html
    confirm_address(guest)
    answer(cast, "Second.", parent=asked)
    send_letters()
    assert len(server.mails) == 2
    assert "Second." in parts(server.mails[1])[0]


def test_a_guest_who_did_not_ask_gets_none(cast, server):
    guest, _ = become_guest(forum=cast.forum, name="Gus", email="gus@example.org")
    answer(cast, parent=cast.comment("A guest's.", author=guest))
    assert send_letters() == 0


# -- bad servers ---------------------------------------------------------------------------


@pytest.fixture
def hanging(cast, settings):
    """Takes connections and says nothing, for ever."""
    with hanging_mail_server() as port:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = port, 0.2
        yield


def wait_over() -> None:
    Letter.objects.filter(due__isnull=False).update(due=timezone.now())


def test_a_server_that_hangs_gets_it_later_after_growing_pauses(
    cast, server, hanging, settings, running
):
    answer(cast)
    pauses = []
    for _ in range(4):
        wait_over()
        assert send_letters() == 0
        pauses.append(Letter.objects.get().due - timezone.now())
    assert all(later > 1.1 * sooner for sooner, later in itertools.pairwise(pauses))
    assert pauses[0] > timedelta(seconds=15)
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = running[1], 10
    wait_over()
    assert send_letters() == 1


def test_a_server_that_hangs_is_left_alone_for_a_while(cast, server, hanging, monkeypatch):
    monkeypatch.setattr(sending, "_server", Breaker(pause=600))
    answer(cast, "One.")
    answer(cast, "To Bob.", author=cast.ann.author,
           parent=cast.comment("Bob's.", author=cast.bob.author))  # fmt: skip
    send_letters()
    send_letters()
    assert sorted(Letter.objects.values_list("attempts", flat=True)) == [0, 1]
    waiting = Letter.objects.get(attempts=0)  # it was claimed with the other, and given back
    assert waiting.due <= timezone.now()
    assert waiting.sent_as == ""


def test_t44_what_a_server_says_is_not_logged(cast, server, monkeypatch, caplog):
    address = cast.ann.author.user.email

    def refuse(*_: object) -> int:
        raise SMTPDataError(451, f"4.3.0 <{address}>: try again".encode())

    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.send_messages", refuse)
    answer(cast)
    assert send_letters() == 0
    assert "(451)" in caplog.text
    assert address not in caplog.text


def test_an_address_that_is_refused_keeps_no_other_waiting(cast, server):
    server.refusals = {cast.ann.author.user.email: "550 nobody here"}
    first = Comment.objects.get(forum=cast.forum)
    answer(cast)
    answer(cast, "To Bob.", author=cast.ann.author,
           parent=cast.comment("Bob's.", author=cast.bob.author))  # fmt: skip
    assert send_letters() == 1
    assert [mail["To"] for mail in server.mails] == [cast.bob.author.user.email]
    refused = Letter.objects.get(to=first.author)
    assert (refused.due, refused.error) == (None, "550")


def test_an_address_that_is_busy_is_tried_again_and_given_up_in_the_end(cast, server):
    server.refusals = {cast.ann.author.user.email: "451 try later"}
    answer(cast)
    for _ in range(ATTEMPTS):
        assert Letter.objects.filter(due__isnull=False).exists()
        wait_over()
        send_letters()
    assert Letter.objects.get().due is None


def test_of_two_senders_one_sends(cast, server):
    """Both have seen the letter when the first of them claims it."""
    answer(cast)
    first, second = (parcels_for([cast.ann.author.id], Channel.MAIL) for _ in range(2))
    until = timezone.now() + LEASE
    assert claim(first, until) == first
    assert claim(second, until) == []
    assert send_letters() == 0


def test_a_letter_whose_sender_was_killed_is_due_again_as_the_same_mail(cast, server):
    """What has come meanwhile goes by itself: a mail client shows the two copies as one."""
    first = answer(cast, "First.")
    claim(parcels_for([cast.ann.author.id], Channel.MAIL), timezone.now() + LEASE)
    row = Letter.objects.get()
    assert timezone.now() < row.due < timezone.now() + 2 * LEASE
    answer(cast, "Second.", author=cast.owner.author)
    wait_over()
    send_letters()
    again = next(mail for mail in server.mails if first.public_id in mail["Message-ID"])
    assert "Second." not in parts(again)[0]


# -- many ----------------------------------------------------------------------------------


@pytest.fixture
def watchers(cast) -> list[Person]:
    people = [cast.user(f"W {number}", f"w{number}@reader.test") for number in range(5)]
    for person in people:
        watch(author=person.author, thread=cast.thread)
    return people


def test_many_are_mailed_over_one_connection_each_once(cast, server, watchers):
    cast.comment("News.")
    drain_outbox()
    assert send_letters() == len(watchers)
    assert send_letters() == 0
    assert len(server.connections) == 1
    assert len({mail["Message-ID"] for mail in server.mails}) == len(server.mails) == len(watchers)


def test_judging_many_asks_no_more_than_judging_one(cast, watchers):
    cast.comment("News.")
    drain_outbox()
    people = sending.those_due(Channel.MAIL)
    with CaptureQueriesContext(connection) as one:
        assert len(parcels_for(people[:1], Channel.MAIL)) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(parcels_for(people, Channel.MAIL)) == len(watchers)
    assert len(many) == len(one) <= 12


def test_whoever_has_had_the_mail_has_it_once_though_its_sender_dies(
    cast, server, watchers, monkeypatch
):
    """At each mail of those that were claimed together: after the server's yes, before the next."""
    cast.comment("News.")
    drain_outbox()
    send, dies = sending._send, iter(range(len(watchers)))

    def send_and_die(*told):
        if next(dies, None) is None:
            return send(*told)
        send(*told)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(sending, "_send", send_and_die)
        dying.setattr(sending, "release", lambda *told: None)  # the dead give nothing back
        for _ in watchers:
            with pytest.raises(KeyboardInterrupt):
                send_letters()
            assert send_letters() == 0  # the rest waits for the end of the lease
            wait_over()
    assert sorted(mail["To"] for mail in server.mails) == sorted(
        person.author.user.email for person in watchers
    )


def test_what_is_claimed_and_takes_too_long_is_given_back(cast, server, watchers, monkeypatch):
    cast.comment("News.")
    drain_outbox()
    with monkeypatch.context() as slow:
        slow.setattr(sending, "LEASE", timedelta(0))
        assert send_letters() == 0
    assert set(Letter.objects.values_list("attempts", "sent_as")) == {(0, "")}
    assert send_letters() == len(watchers)
