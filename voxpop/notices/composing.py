"""What a mail says. Everything that others wrote is plain text in it, and nothing of it a link.

A mail wears our name, so whoever reads it trusts what it leads to (SAFETY R06): its only links go
to our own origin, it fetches nothing, and addresses that somebody typed are broken up, because mail
clients make links of what looks like one.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from voxpop.accounts.models import Author
from voxpop.notices.models import Kind
from voxpop.notices.wishes import confirming_secret_of, secret_of
from voxpop.notices.words import words
from voxpop.plaintext import visible
from voxpop.threads import labels
from voxpop.threads.models import Comment, Status

LONGEST_QUOTE, LONGEST_BEFORE, LONGEST_SUBJECT = 1000, 240, 120
PAGES = "/home/mail"
MY_COMMENTS = "/home/comments/"
# What a mail of a kind says, and why it was sent: names of words.
_TOLD = {
    Kind.REPLY: ("replied", "why"),
    Kind.MENTION: ("mentioned", "why"),
    Kind.WATCH: ("watched", "why_watching"),
}
_DECIDED = {True: ("published", "why_yours"), False: ("removed", "why_yours")}

_LINE_ENDS = re.compile(r"</(?:p|li|h\d|blockquote|pre|tr|div)>|<br\s*/?>", re.I)
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)\S+", re.I)
_DOTTED = re.compile(r"(?<=\w)([.@])(?=\w)")
_UNSEEN_BREAK = "\u2060"  # WORD JOINER: nothing to see, and no domain any more


@dataclass(frozen=True)
class Quote:
    """What somebody said, as plain text."""

    name: str
    text: str


def letter_about(comment: Comment, to: Author, kind: Kind, address: str) -> EmailMultiAlternatives:
    """The mail that tells `to` of a comment (with author, thread, forum and parent selected)."""
    forum, thread = comment.forum, comment.thread
    language = labels.language_of(forum.language)
    w = words(language)
    name, title = harmless(comment.author.name), one_line(thread.title or w["untitled"])
    is_his_own = kind == Kind.DECISION
    is_published = comment.status == Status.PUBLISHED
    told, why = _TOLD[kind] if not is_his_own else _DECIDED[is_published]
    before = comment.parent if kind == Kind.REPLY else None
    context = {
        "heading": w[told].format(name=name),
        "title": title,
        "quote": Quote(name, text_of(comment.html, LONGEST_QUOTE)),
        "before": Quote(w["you_wrote"], text_of(before.html, LONGEST_BEFORE)) if before else None,
        "action": w["see" if is_published else "see_mine"],
        "link": f"{settings.HOST}{f'/c/{comment.public_id}' if is_published else MY_COMMENTS}",
        "why": w[why].format(forum=harmless(forum.name)),
        "settings_word": w["settings"],
        "settings": f"{settings.HOST}{PAGES}/{secret_of(to)}/",
    }
    headers = {
        "Message-ID": message_id(f"{comment.public_id}{'.decided' if is_his_own else ''}", to),
        "In-Reply-To": message_id(before.public_id if before else thread.public_id, to),
        "References": " ".join(
            message_id(each, to)
            for each in (thread.public_id, before.public_id if before else "")
            if each
        ),
        "List-Id": f"{forum.shortname} <{forum.shortname}.{settings.HOST_NAME}>",
        "List-Unsubscribe": f"<{settings.HOST}{PAGES}/{secret_of(to)}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    # Clients put into one conversation what has the same subject.
    subject = f"Re: {title} · {one_line(forum.name)}"
    return _mail(subject, context, language, address, headers)


def confirmation(guest: Author, address: str) -> EmailMultiAlternatives:
    """Asks whether the address is his who typed it. Nothing in it is of his choosing: it may be
    going to somebody else."""
    forum = guest.forum
    assert forum is not None  # a guest is one of a forum
    language = labels.language_of(forum.language)
    w = words(language)
    name = harmless(forum.name)
    context = {
        "heading": w["confirm"],
        "text": w["confirm_text"].format(forum=name),
        "action": w["confirm_yes"],
        "link": f"{settings.HOST}{PAGES}/{confirming_secret_of(guest)}/confirm/",
        "why": w["confirm_not"],
    }
    headers = {
        "Message-ID": message_id("confirm", guest),
        "Auto-Submitted": "auto-generated",
    }
    return _mail(f"{w['confirm']} · {one_line(forum.name)}", context, language, address, headers)


def _mail(
    subject: str, context: dict[str, Any], language: str, address: str, headers: dict[str, str]
) -> EmailMultiAlternatives:
    direction = "rtl" if language in labels.RIGHT_TO_LEFT else "ltr"
    context = {**context, "language": language, "direction": direction}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("notices/mail.txt", context).strip() + "\n",
        to=[address],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail


def message_id(what: str, to: Author) -> str:
    """The same for the same mail, however often it is sent; what answers it can name it."""
    return f"<{what}.{to.public_id}@{settings.HOST_NAME}>"


def text_of(html: str, longest: int) -> str:
    """What a comment says, as plain text of which no mail client makes links."""
    return harmless(plain(html, longest))


def plain(html: str, longest: int) -> str:
    """What a comment says, as plain text of at most `longest` characters."""
    text = unescape(strip_tags(_LINE_ENDS.sub("\n", html)))
    lines = [" ".join(line.split()) for line in visible(text).splitlines()]
    whole = "\n".join(line for line in lines if line)
    return whole if len(whole) <= longest else f"{whole[:longest].rstrip()} …"


def one_line(text: str) -> str:
    """For a header: no line ends, nothing unseen, not too long."""
    line = " ".join(visible(text).split())
    return harmless(
        line if len(line) <= LONGEST_SUBJECT else f"{line[:LONGEST_SUBJECT].rstrip()} …"
    )


def harmless(text: str) -> str:
    """The text with nothing in it of which a mail client would make a link."""
    return _DOTTED.sub(rf"\1{_UNSEEN_BREAK}", _ADDRESS.sub("[…]", text))
