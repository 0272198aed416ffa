"""Somebody is erased: everything that the table says goes, everywhere, and stays gone.

The order is that of a server which may be killed at any point: it is written down outside the
database first, and whoever begins again ends at the same place. What others see follows in the way
of a name that changes: one transaction per thread, a hard purge, an announcement.
"""

import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F, Model, Q, QuerySet

from voxpop import cache, ledger
from voxpop.accounts.models import Author, Persona, User
from voxpop.accounts.names import DELETED
from voxpop.claims.belongings import BELONGINGS
from voxpop.limits.models import Answered
from voxpop.mails.posting import discard_mails_to
from voxpop.moderation.models import Decision
from voxpop.notices.models import Letter, Notice, PersonalNotice
from voxpop.notices.telling import inbox_of
from voxpop.privacy.kept import Fate
from voxpop.privacy.table import TABLE
from voxpop.privacy.takeouts import discard_takeout
from voxpop.profiles.actions import remove_profile
from voxpop.profiles.handles import handles_of, seal_handles
from voxpop.screening.models import Ban
from voxpop.threads.actions.leave import leave_threads
from voxpop.threads.models import Comment, Flag, PendingTally, Unproven, Vote
from voxpop.timelines import marks
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry, Owner, OwnerKind, Timelines

logger = logging.getLogger(__name__)
AT_ONCE = 500  # rows of one transaction: a writer who waits, waits for no more
TRIES, PAUSE = 20, 0.25  # for the one moment in which nobody reads SQLite's log


def erase(author: Author, *, keeps_text: bool) -> None:
    """Now and for good, with everybody who became him: guests and authors of archives that he
    claimed, accounts that he merged. Raises OSError when it cannot be written down beside the
    backups, and StoreAway when the timelines cannot be reached: then it is to be begun again."""
    # Each by himself: a backup may be older than the day on which they became one. He is the last,
    # since the others are found by him when it is begun again.
    for each in [*_those_who_became(author), author]:
        ledger.note("erasure", each.public_id, keeps_text=keeps_text)
        erase_rows(each, keeps_text=keeps_text, store=timelines())
    # What pages were made of names him; nobody asks for those again, and nobody finds them now.
    cache.clear()
    forget_log()


def _those_who_became(author: Author) -> list[Author]:
    """Who is this author since, whoever he was in between."""
    found: list[Author] = []
    last = [author]
    while last:
        last = list(Author.objects.filter(became__in=last).select_related("user"))
        found += last
    return found


def erase_rows(author: Author, *, keeps_text: bool, store: Timelines) -> None:
    """What the database and the store of timelines hold of him, and his file."""
    discard_takeout(author)
    _take_profile_away(author, keeps_text=keeps_text)
    _close(author)
    take_votes_back(Vote.objects.filter(author=author))
    take_flags_back(Flag.objects.filter(author=author))
    forget_notices(store, Q(to=author) | Q(comment__author=author), Q(to=author) | Q(person=author))
    forget_decisions(
        Q(comment__author=author)
        | Q(ban__author=author)
        | Q(claim__of=author)
        | Q(claim__by=author)
    )
    # A ban that covers a network holds for that network on; whom else it meant nobody knows now.
    Ban.objects.filter(author=author).exclude(address="").update(author=None, reason="")
    _delete_belongings(author)
    leave_threads(author.id, keeps_text=keeps_text, becomes=author)
    forget_answers(author)
    for kind in OwnerKind:
        if kind != OwnerKind.FORUM:  # his inbox, what he wrote, what whom he follows wrote
            marks.forget(store, Owner(kind, author.id))


def _take_profile_away(author: Author, *, keeps_text: bool) -> None:
    """What he showed of himself. Where his texts stay under another name than elsewhere, they are
    not joined to the others by his going: they are another deleted user's."""
    handles = handles_of(author)
    with transaction.atomic():
        if keeps_text:
            other = Persona.objects.filter(author=author, is_shown=False).exclude(name="")
            other.update(name=DELETED, name_skeleton="")
        else:
            Persona.objects.filter(author=author).delete()
        remove_profile(author)
        seal_handles(handles)


def _close(author: Author) -> None:
    """Nobody is he any more: no name, no address, no way to sign in."""
    user = User.objects.filter(author=author).first()
    addresses = _addresses_of(author, user)
    discard_mails_to(addresses)
    _end_sessions(user, addresses)
    with transaction.atomic():
        author.name, author.name_skeleton, author.email = DELETED, "", ""
        author.handle = author.avatar = author.site_profile = ""
        author.user, author.imported_key, author.is_active = None, None, False
        author.became = None
        author.save()
        if user is not None:
            # What hangs on the account goes with it, or no longer says who: by the schema.
            user.delete()


def _addresses_of(author: Author, user: User | None) -> set[str]:
    """Where mail reaches him and nobody else: what a guest has only typed may be another's."""
    if user is None:
        return {author.email} if author.email and author.proven is not None else set()
    return {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}


def _end_sessions(user: User | None, addresses: set[str]) -> None:
    """Where he is signed in, and where a sign-in was begun with an address of his."""
    named = [json.dumps(address).casefold() for address in addresses]
    for session in Session.objects.iterator() if user or named else ():
        held = session.get_decoded()
        is_signed_in = user is not None and held.get(SESSION_KEY) == str(user.pk)
        text = json.dumps(held, default=str).casefold()
        if is_signed_in or any(address in text for address in named):
            session.delete()


def take_votes_back(votes: QuerySet[Vote]) -> None:
    """As when somebody takes a vote back: the tallies are folded, and readers hear of it."""
    while some := list(votes.select_related("comment")[:AT_ONCE]):
        with transaction.atomic():
            PendingTally.objects.bulk_create(
                [PendingTally(comment=v.comment, thread_id=v.comment.thread_id) for v in some],
                ignore_conflicts=True,
            )
            _delete(Vote, some)


def take_flags_back(flags: QuerySet[Flag]) -> None:
    while some := list(flags[:AT_ONCE]):
        with transaction.atomic():
            Comment.objects.filter(id__in=[flag.comment_id for flag in some], flags__gt=0).update(
                flags=F("flags") - 1
            )
            _delete(Flag, some)


def forget_notices(store: Timelines, notices: Q, personal: Q) -> None:
    """What he was told, and what others were told of him: out of their inboxes too, or their bells
    would count what nobody can show them."""
    every: list[QuerySet[Any]] = [
        Notice.objects.filter(notices), PersonalNotice.objects.filter(personal)
    ]  # fmt: skip
    for rows in every:
        while some := list(rows[:AT_ONCE]):
            store.remove([(inbox_of(each.to_id), Entry(each.id, each.kind)) for each in some])
            _delete(rows.model, some)


def forget_decisions(about_him: Q) -> None:
    """What moderators decided stays theirs; what they said of him does not."""
    for decision in Decision.objects.filter(about_him).iterator():
        decision.before.pop("verdict", None)
        decision.reason = ""
        decision.save(update_fields=["reason", "before"])


def _delete_belongings(author: Author) -> None:
    for each in BELONGINGS:
        if not each.is_of_user and TABLE[each.table].fate_of(each.field) == Fate.GOES:
            rows = each.model._default_manager.filter(**{each.field: author})
            while some := list(rows[:AT_ONCE]):
                _delete(each.model, some)
    Letter.objects.filter(comment__author=author).delete()
    Unproven.objects.filter(comment__author=author).delete()


def forget_answers(author: Author) -> None:
    """Kept answers to his writes, and to moderators' about him: those name him in their body."""
    Answered.objects.filter(actor=f"author:{author.id}").delete()
    holds = {"sqlite": "INSTR(body, %s) > 0", "postgresql": "POSITION(%s IN body) > 0"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM limits_answered WHERE {holds[connection.vendor]}",  # noqa: S608
            [author.public_id.encode()],
        )


def _delete(model: type[Model], rows: Sequence[Model]) -> None:
    model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


def forget_log() -> None:
    """SQLite keeps what was written last in a log beside the database, as it was before too."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    for _ in range(TRIES):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (is_busy, *_) = cursor.fetchone()
        if not is_busy:
            return
        time.sleep(PAUSE)
    logger.warning("somebody reads on and on: the log of SQLite is emptied by its next checkpoint")
