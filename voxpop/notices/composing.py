"""What a mail says. Everything that others wrote is plain text in it, and nothing of it a link.

A mail wears our name, so whoever reads it trusts what it leads to (SAFETY R06): its only links go
to our own origin, it fetches nothing, and addresses that somebody typed are broken up, because mail
clients make links of what looks like one.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from voxpop.accounts.models import Author, AuthorKind
from voxpop.notices.bounces import envelope_sender
from voxpop.notices.collapsing import OWN, Group
from voxpop.notices.gathering import Parcel
from voxpop.notices.headlines import headline, language_for, path_to
from voxpop.notices.links import confirming_secret_of, secret_of, stopping_secret_of
from voxpop.notices.models import Kind, Pace
from voxpop.notices.proofs import waiting_for
from voxpop.notices.texts import harmless, one_line, text_of
from voxpop.notices.words import words
from voxpop.threads.models import Comment
from voxpop.words.languages import direction, language_of

LONGEST_QUOTE, LONGEST_BEFORE, LONGEST_OF_MANY = 1000, 240, 240
MOST_QUOTES, MOST_SECTIONS = 3, 20
PAGES = "/home/mail"
# Why a mail came: names of words. Of the others: because he asked for it.
_WHY = {
    Kind.REPLY: "why",
    Kind.MENTION: "why",
    Kind.WATCH: "why_watching",
    Kind.DECISION: "why_yours",
}


@dataclass(frozen=True)
class Quote:
    """What somebody said, as plain text."""

    name: str
    text: str


@dataclass(frozen=True)
class Section:
    """One group of notices in a mail."""

    heading: str
    title: str
    quotes: list[Quote]
    before: Quote | None
    more: str
    action: str
    link: str


def mail_of(parcel: Parcel, address: str) -> EmailMultiAlternatives:
    """The mail that a parcel is: one thing said at once, a summary, or the question to a guest."""
    if not parcel.groups:
        return confirmation(parcel.to, address, "proof" if waiting_for(parcel.to) else "confirm")
    if parcel.pace == Pace.ONCE:
        return _at_once(parcel, address)
    return _summary(parcel, address)


def _at_once(parcel: Parcel, address: str) -> EmailMultiAlternatives:
    (group,) = parcel.groups
    to, newest = parcel.to, group.newest
    comment, kind = newest.comment, Kind(newest.kind)
    language = language_for(group, own_language(to))
    w = words(language)
    section = _section(group, language, LONGEST_QUOTE)
    stop = f"{kind}:{comment.thread.public_id}" if comment and kind == Kind.WATCH else str(kind)
    forum = harmless(comment.forum.name) if comment else ""
    context = {
        "heading": section.heading,
        "title": section.title,
        "section": section,
        "why": w[_WHY.get(kind, "why_asked")].format(forum=forum),
        **_ways_out(to, stop, w, "stop_watching" if kind == Kind.WATCH else "stop_this"),
    }
    headers = {"Message-ID": message_id(parcel.name, to), **_stopped_by(to, stop)}
    subject = section.heading
    if comment is not None:
        headers |= _threaded(comment, kind, to)
        # Clients put into one conversation what has the same subject.
        subject = f"Re: {section.title} · {one_line(comment.forum.name)}"
    return _mail(subject, context, language, to, address, headers)


def _summary(parcel: Parcel, address: str) -> EmailMultiAlternatives:
    to, groups = parcel.to, parcel.groups
    language = language_for(groups[0], own_language(to))
    w = words(language)
    stop = str(parcel.pace)
    heading = w[f"{parcel.pace}_summary"]
    left = sum(len(group.told) for group in groups[MOST_SECTIONS:])
    context = {
        "heading": heading,
        "sections": [
            _section(group, language, LONGEST_OF_MANY) for group in groups[:MOST_SECTIONS]
        ],
        "more": w["more"].format(n=left) if left else "",
        "action": w["open_inbox"] if to.kind == AuthorKind.USER else "",
        "link": f"{settings.HOST}/home/inbox/",
        "why": w[f"why_{parcel.pace}"],
        **_ways_out(to, stop, w, "stop_this"),
    }
    headers = {"Message-ID": message_id(parcel.name, to), **_stopped_by(to, stop)}
    subject = f"{heading}: {headline(groups[0], language)}"
    return _mail(one_line(subject), context, language, to, address, headers)


def _section(group: Group, language: str, longest: int) -> Section:
    w, newest = words(language), group.newest
    comment, kind = newest.comment, Kind(newest.kind)
    before = comment.parent if comment is not None and kind == Kind.REPLY else None
    said = [each.comment for each in group.told if each.comment]
    shown = said[:1] if kind in OWN else said[:MOST_QUOTES]
    action = "see_people" if comment is None else "see" if newest.is_published else "see_mine"
    return Section(
        heading=headline(group, language),
        title=one_line(comment.thread.title or w["untitled"]) if comment else "",
        quotes=[
            Quote(
                harmless(each.face.name) if len(shown) > 1 else "",
                text_of(each.html, longest if len(shown) == 1 else LONGEST_OF_MANY),
            )
            for each in shown
        ],
        before=Quote(w["you_wrote"], text_of(before.html, LONGEST_BEFORE)) if before else None,
        more=w["more"].format(n=len(said) - len(shown)) if len(said) > MOST_QUOTES else "",
        action=w[action],
        link=f"{settings.HOST}{path_to(group)}",
    )


def _threaded(comment: Comment, kind: Kind, to: Author) -> dict[str, str]:
    """What a mail client puts into one conversation: the thread, and the comment that was
    answered."""
    forum, thread = comment.forum, comment.thread
    above = [thread.public_id]
    if kind == Kind.REPLY and comment.parent:
        above.append(comment.parent.public_id)
    return {
        "In-Reply-To": message_id(above[-1], to),
        "References": " ".join(message_id(each, to) for each in above),
        "List-Id": f"{forum.shortname} <{forum.shortname}.{settings.HOST_NAME}>",
    }


def _stopped_by(to: Author, what: str) -> dict[str, str]:
    """What a mail program's own button sends (RFC 8058): it ends what this mail is, no more."""
    return {
        "List-Unsubscribe": f"<{_stop_link(to, what)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _ways_out(to: Author, what: str, w: dict[str, Any], word: str) -> dict[str, str]:
    return {
        "stop_word": w[word],
        "stop": _stop_link(to, what),
        "settings_word": w["settings"],
        "settings": f"{settings.HOST}{PAGES}/{secret_of(to)}/",
    }


def _stop_link(to: Author, what: str) -> str:
    return f"{settings.HOST}{PAGES}/{stopping_secret_of(to, what)}/stop/{what}/"


def own_language(to: Author) -> str:
    """The language he chose; "" for none."""
    return to.user.language if to.user else ""


def confirmation(guest: Author, address: str, what: str = "confirm") -> EmailMultiAlternatives:
    """Asks whether the address is his who typed it: "confirm" that he wants mail, or "proof" that
    he wrote a comment. Nothing in it is of his choosing: it may be going to somebody else."""
    forum = guest.forum
    assert forum is not None  # a guest is one of a forum
    language = language_of(forum.language)
    w = words(language)
    name = harmless(forum.name)
    context = {
        "heading": w[what],
        "text": w[f"{what}_text"].format(forum=name),
        "action": w[f"{what}_yes"],
        "link": f"{settings.HOST}{PAGES}/{confirming_secret_of(guest)}/confirm/",
        "why": w[f"{what}_not"],
    }
    headers = {
        "Message-ID": message_id("confirm", guest),
        "Auto-Submitted": "auto-generated",
    }
    subject = f"{w[what]} · {one_line(forum.name)}"
    return _mail(subject, context, language, guest, address, headers)


def _mail(
    subject: str,
    context: dict[str, Any],
    language: str,
    to: Author,
    address: str,
    headers: dict[str, str],
) -> EmailMultiAlternatives:
    context = {**context, "language": language, "direction": direction(language)}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("notices/mail.txt", context).strip() + "\n",
        # Of the envelope; whom the reader sees is always the same.
        from_email=envelope_sender(to, address) or None,
        to=[address],
        headers={"From": settings.DEFAULT_FROM_EMAIL, **headers},
    )
    mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail


def message_id(what: str, to: Author) -> str:
    """The same for the same mail, however often it is sent; what answers it can name it."""
    return f"<{what}.{to.public_id}@{settings.HOST_NAME}>"
