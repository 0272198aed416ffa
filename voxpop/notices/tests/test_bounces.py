"""Reports of mail that could not be delivered: they end mail to that address, and nobody else's."""

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from voxpop.cli import make_parser
from voxpop.notices import commands
from voxpop.notices.bounces import envelope_sender, hear_report
from voxpop.notices.models import Letter, Refusal
from voxpop.notices.refusals import is_refused
from voxpop.notices.sending import send_letters
from voxpop.notices.tests.test_sending import answer, cast, running, server

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["cast", "running", "server"]  # fixtures

POSTFIX = """\
Return-Path: <>
Date: Sun, 29 Nov 2026 16:51:04 +0000 (UTC)
From: MAILER-DAEMON@mx.reader.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {sender}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="5C2B83F2A1.1764435064/mx.reader.test"

This is a MIME-encapsulated message.

--5C2B83F2A1.1764435064/mx.reader.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.reader.test.

<ann@reader.test>: host mbox.reader.test said: {words} (in reply to RCPT TO command)

--5C2B83F2A1.1764435064/mx.reader.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.reader.test
X-Postfix-Queue-ID: 5C2B83F2A1
X-Postfix-Sender: rfc822; {sender}
Arrival-Date: Sun, 29 Nov 2026 16:51:03 +0000 (UTC)

Final-Recipient: rfc822; ann@reader.test
Original-Recipient: rfc822;ann@reader.test
Action: {action}
Status: {status}
Remote-MTA: dns; mbox.reader.test
Diagnostic-Code: smtp; {words}

--5C2B83F2A1.1764435064/mx.reader.test
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{sender}>
Subject: Re: Story
From: Voxpop <voxpop@localhost>

--5C2B83F2A1.1764435064/mx.reader.test--
"""
# Which says 5.0.0 whatever the other server said, and forwards to where we never wrote.
EXIM = """\
Return-path: <>
X-Failed-Recipients: old.ann@forwarded.test
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.reader.test>
To: {sender}
Content-Type: multipart/report; report-type=delivery-status; boundary=1764435064-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1764435064-eximdsn-1
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one or more of its recipients.

--1764435064-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; mx.reader.test

Action: failed
Final-Recipient: rfc822;old.ann@forwarded.test
Status: 5.0.0
Remote-MTA: dns; mx.forwarded.test
Diagnostic-Code: smtp; {words}

--1764435064-eximdsn-1--
"""
GMAIL = """\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {sender}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; boundary="0000000000003f2c"; report-type=delivery-status

--0000000000003f2c
Content-Type: multipart/related; boundary="0000000000003f35"

--0000000000003f35
Content-Type: text/html; charset="UTF-8"

<b>Address not found</b>
--0000000000003f35--
--0000000000003f2c
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Sun, 29 Nov 2026 08:51:03 -0800 (PST)

Final-Recipient: rfc822; ann@reader.test
Action: failed
Status: {status}
Diagnostic-Code: smtp; {words}
Last-Attempt-Date: Sun, 29 Nov 2026 08:51:04 -0800 (PST)

--0000000000003f2c--
"""
COMPLAINT = """\
From: <abusedesk@example.test>
To: <fbl@comments.test>
Subject: FW: Re: Story
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54"

--part1_13d.2e68ed54
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.
--part1_13d.2e68ed54
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{sender}>
Original-Rcpt-To: <ann@reader.test>

--part1_13d.2e68ed54
Content-Type: message/rfc822

From: Voxpop <voxpop@localhost>
Subject: Re: Story

Words.
--part1_13d.2e68ed54--
"""
NOBODY = {"action": "failed", "status": "5.1.1", "words": "550 5.1.1 User unknown"}


@pytest.fixture
def mailed(cast, server, settings) -> Any:
    """Ann has had a mail; `sender` is its envelope's."""
    settings.BOUNCES = "bounces@comments.test"
    answer(cast)
    assert send_letters() == 1
    return SimpleNamespace(
        cast=cast, server=server, sender=server.senders[-1], address=cast.ann.author.user.email
    )


def report(form: str, mailed: Any, **more: str) -> bytes:
    return form.format(**{**NOBODY, "kind": "abuse", "sender": mailed.sender, **more}).encode()


def test_each_reader_has_an_envelope_of_his_own_and_all_see_one_sender(mailed):
    (mail,) = mailed.server.mails
    assert mailed.sender.startswith("bounces+")
    assert mailed.sender.endswith("@comments.test")
    assert len(mailed.sender.partition("@")[0]) <= 64
    assert mail["From"] == "Voxpop <voxpop@localhost>"
    assert envelope_sender(mailed.cast.bob.author, mailed.address) != mailed.sender


@pytest.mark.parametrize("form", [POSTFIX, EXIM, GMAIL])
def test_a_report_that_it_failed_for_good_ends_mail_there(mailed, form):
    assert hear_report(report(form, mailed)) == "bounced"
    assert is_refused(mailed.address)
    answer(
        mailed.cast, "More.", parent=mailed.cast.comment("Ann's.", author=mailed.cast.ann.author)
    )
    assert send_letters() == 0
    assert not Letter.objects.filter(due__isnull=False).exists()


def test_a_mail_server_that_says_capitals_and_leaves_the_name_to_the_envelope(mailed):
    raw = report(POSTFIX, mailed, sender="postmaster@reader.test")
    assert hear_report(raw, mailed.sender.upper()) == "bounced"


def test_a_complaint_ends_mail(mailed):
    assert hear_report(report(COMPLAINT, mailed)) == "complained"
    assert Refusal.objects.get().why == "complained"


@pytest.mark.parametrize(
    ("form", "more"),
    [
        (POSTFIX, {"action": "delayed", "status": "4.4.1", "words": "timed out"}),
        (POSTFIX, {"action": "delivered", "status": "2.0.0"}),
        (POSTFIX, {"action": "delayed"}),
        (POSTFIX, {"action": "failed", "status": "4.4.7", "words": "given up"}),
        (GMAIL, {"status": "5.7.1", "words": "550-5.7.1 likely unsolicited mail"}),
        (EXIM, {"words": "550 5.7.26 this mail has been blocked: its sender is unauthenticated"}),
        (COMPLAINT, {"kind": "not-spam"}),
    ],
)
def test_what_says_nothing_of_the_address_ends_nothing(mailed, form, more):
    assert hear_report(report(form, mailed, **more)) == ""
    assert not Refusal.objects.exists()


def test_an_answer_of_a_person_or_of_his_absence_ends_nothing(mailed):
    for kind in ("text/plain", "multipart/mixed; boundary=x", "multipart/report"):
        said = f"To: {mailed.sender}\nContent-Type: {kind}\n\nI am away. Status: 5.1.1\n"
        assert hear_report(said.encode()) == ""
    assert hear_report(b"") == ""
    assert hear_report(b"\xff\x00" * 1000) == ""
    assert not Refusal.objects.exists()


def forged(mailed: Any) -> list[str]:
    name, at, host = mailed.sender.partition("@")
    other = mailed.cast.bob.author
    return [
        f"bounces@{host}",
        f"bounces+{mailed.cast.ann.author.public_id}@{host}",
        f"{name[:-1]}{'0' if name[-1] != '0' else '1'}{at}{host}",
        f"bounces+{other.public_id}{name[-24:]}{at}{host}",
        envelope_sender(mailed.cast.ann.author, other.user.email),
        f"bounces+{'0' * 37}@{host}",
    ]


def test_nobody_ends_anothers_mail(mailed):
    for sender in forged(mailed):
        assert hear_report(report(POSTFIX, mailed, sender=sender), sender) == "", sender
    assert not Refusal.objects.exists()
    assert hear_report(report(POSTFIX, mailed)) == "bounced"


def test_the_report_of_an_address_that_he_had_says_nothing_of_his_new_one(mailed):
    mailed.cast.ann.author.user.emailaddress_set.update(email="new@reader.test")
    assert hear_report(report(POSTFIX, mailed)) == ""
    assert not is_refused("new@reader.test")


def test_where_nobody_reads_reports_none_are_asked_for(mailed, settings):
    settings.BOUNCES = ""
    assert envelope_sender(mailed.cast.ann.author, mailed.address) == ""
    settings.BOUNCES = "bounces@comments.test"
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    assert envelope_sender(mailed.cast.ann.author, mailed.address) == ""


def heard(monkeypatch: pytest.MonkeyPatch, raw: bytes, **environment: str) -> int:
    """What `voxpop mail bounces` ends with."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    options = make_parser().parse_args(["mail", "bounces"])
    code: int = options.run(options)
    return code


def test_the_command_takes_whatever_it_is_given(mailed, monkeypatch, capsys):
    assert heard(monkeypatch, b"nothing") == 0
    raw = report(POSTFIX, mailed, sender="x@reader.test")
    assert heard(monkeypatch, raw, ORIGINAL_RECIPIENT=mailed.sender) == 0
    assert "bounced" in capsys.readouterr().out
    assert is_refused(mailed.address)


def test_while_the_database_is_away_the_report_comes_again(mailed, monkeypatch):
    def away(*_: object) -> str:
        raise OperationalError

    monkeypatch.setattr(commands, "hear_report", away)
    assert heard(monkeypatch, b"") == 75


@pytest.mark.broad
@pytest.mark.parametrize("within", ["parts", "messages"])
def test_a_report_of_parts_in_parts_without_end_says_nothing(within, db):
    """The parser goes down into each; a server whose command fails sends a report of the report."""
    deep = "Content-Type: multipart/report; boundary=b0\n\n--b0\n"
    for number in range(3000):
        boundary = f"b{number + 1}"
        deep += (
            f"Content-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\n"
            if within == "parts"
            else "Content-Type: message/rfc822\n\n"
        )
    assert hear_report(deep.encode()) == ""
