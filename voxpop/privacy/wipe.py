"""An owner wipes what one author has in his forum, or all of the forum. It is decided in a moment,
written down, and done by the worker: an owner's page waits for no million rows.

What came after the decision is not meant by it; so each knows the moment, as an id.
"""

from pathlib import Path

from django.db import transaction
from django.db.models import Max, Q

from voxpop import cache, events, ids, ledger
from voxpop.accounts.models import Author, AuthorKind, Persona, User
from voxpop.accounts.names import DELETED
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.rules import may_own
from voxpop.moderation.models import Decision, Verb
from voxpop.privacy.erase import (
    AT_ONCE,
    erase,
    forget_answers,
    forget_decisions,
    forget_log,
    forget_notices,
    take_flags_back,
    take_votes_back,
)
from voxpop.privacy.events import AuthorWiped, ForumWiped, ThreadWiped
from voxpop.screening.models import Ban
from voxpop.threads.actions.leave import leave_threads
from voxpop.threads.models import Comment, Flag, Thread, Vote
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Owner, OwnerKind, Timelines
from voxpop.timelines.stored import StoredTimelines
from voxpop.transfer.models import Import

THE_DELETED = "voxpop:deleted"  # the imported_key of a forum's own deleted user


def wipe_author(*, forum: Forum, author: Author, by: User, reason: str = "") -> Decision:
    """Nothing that this author wrote, voted or reported in the forum stays. A guest, who is of this
    forum alone, is erased; an account goes on elsewhere.

    Raises Problem where he has nothing here, or `by` is no owner.
    """
    _refuse_others(forum, by)
    if not has_something(forum, author):
        raise Problem("not_found")
    with transaction.atomic():
        decision = Decision.objects.create(forum=forum, by=by, verb=Verb.WIPE, reason=reason)
        events.record(AuthorWiped(forum.id, author.id, decision.id))
    return decision


def wipe_forum(*, forum: Forum, by: User, reason: str = "") -> Decision:
    """No thread, comment, guest, ban or decision of the forum stays; it begins anew, with its
    settings, sites and team. Raises Problem where `by` is no owner."""
    _refuse_others(forum, by)
    with transaction.atomic():
        decision = Decision.objects.create(forum=forum, by=by, verb=Verb.WIPE_FORUM, reason=reason)
        events.record(ForumWiped(forum.id, decision.id))
    return decision


def has_something(forum: Forum, author: Author) -> bool:
    """Whether there is anything of this author in this forum to be wiped."""
    if not author.is_active:
        return False
    if author.kind != AuthorKind.USER:
        return author.forum_id == forum.id
    return any(
        model._default_manager.filter(author=author, **{way: forum}).exists()
        for model, way in ((Comment, "forum"), (Vote, "comment__forum"), (Flag, "comment__forum"))
    )


def do_wipe_author(event: AuthorWiped) -> None:
    """A consequence. The ledger is told first, so a restore wipes again."""
    author = Author.objects.filter(id=event.author_id).first()
    if author is None:
        return
    if author.kind != AuthorKind.USER:
        if author.forum_id == event.forum_id and author.is_active:
            erase(author, keeps_text=False)
        return
    ledger.note(
        "wiped_author",
        f"{ids.public(event.forum_id)}/{author.public_id}",
        before=ids.public(event.before),
    )
    wipe_author_rows(event.forum_id, author, event.before, timelines())
    cache.clear()
    forget_log()


def wipe_author_rows(forum_id: int, author: Author, before: int, store: Timelines) -> None:
    """What the database and the store of timelines hold of him in this forum."""
    here = Q(comment__forum=forum_id, comment__lt=before)
    about_him = Q(to=author) | Q(comment__author=author)
    forget_notices(store, here & about_him, here & about_him)
    forget_decisions(Q(comment__author=author, forum=forum_id, id__lt=before))
    take_votes_back(Vote.objects.filter(here, author=author))
    take_flags_back(Flag.objects.filter(here, author=author))
    leave_threads(
        author.id, keeps_text=False, becomes=deleted_user_of(forum_id), forum_id=forum_id,
        before=before,
    )  # fmt: skip
    Persona.objects.filter(author=author, forum=forum_id).delete()
    forget_answers(author)


def deleted_user_of(forum_id: int) -> Author:
    """Whose the places are that an account has left in this forum."""
    author, _ = Author.objects.get_or_create(
        forum_id=forum_id,
        imported_key=THE_DELETED,
        defaults={"kind": AuthorKind.IMPORTED, "name": DELETED, "is_active": False},
    )
    return author


def do_wipe_forum(event: ForumWiped) -> None:
    """A consequence. The ledger is told first, so a restore wipes again."""
    ledger.note("wiped_forum", ids.public(event.forum_id), before=ids.public(event.before))
    wipe_forum_rows(event.forum_id, event.before, timelines())
    timelines().forget(Owner(OwnerKind.FORUM, event.forum_id))
    cache.clear()
    forget_log()


def wipe_forum_rows(forum_id: int, before: int, store: Timelines) -> None:
    """Thread by thread, the deepest comments first, and then whoever wrote here only."""
    here = Q(comment__forum=forum_id, comment__lt=before)
    forget_notices(store, here, here)
    for thread in Thread.objects.filter(forum=forum_id, id__lt=before).select_related("forum"):
        _wipe_thread(thread)
    Decision.objects.filter(forum=forum_id, id__lt=before).delete()
    began = ids.moment(before) / 1000
    for ban in Ban.objects.filter(forum=forum_id):
        if ban.created.timestamp() < began:
            ban.delete()
    for brought in Import.objects.filter(forum=forum_id, id__lt=before):
        Path(brought.file).unlink(missing_ok=True)
        brought.delete()
    here_only = Author.objects.filter(forum=forum_id, id__lt=before, comments=None)
    while some := list(here_only.values_list("id", flat=True)[:AT_ONCE]):
        Author.objects.filter(id__in=some).delete()


def _wipe_thread(thread: Thread) -> None:
    comments = Comment.objects.filter(thread=thread)
    deepest = comments.aggregate(deepest=Max("depth"))["deepest"]
    for depth in range(deepest if deepest is not None else -1, -1, -1):
        while some := list(comments.filter(depth=depth).values_list("id", flat=True)[:AT_ONCE]):
            Comment.objects.filter(id__in=some).delete()
    with transaction.atomic():
        events.record(ThreadWiped(thread.forum.shortname, thread.public_id, thread.seq + 1))
        thread.delete()


def replay_wiped_author(line: ledger.Line) -> bool:
    """Wipe again what the backup has from before; whether it had something."""
    forum, _, subject = line["subject"].partition("/")
    author = Author.objects.filter(id=ids.private(subject) or 0).first()
    forum_id, before = ids.private(forum) or 0, ids.private(line["before"]) or 0
    if author is None or not Forum.objects.filter(id=forum_id).exists():
        return False
    had = Comment.objects.filter(author=author, forum=forum_id, id__lt=before).exists()
    wipe_author_rows(forum_id, author, before, StoredTimelines())
    return had


def replay_wiped_forum(line: ledger.Line) -> bool:
    """The same for a whole forum."""
    forum_id, before = ids.private(line["subject"]) or 0, ids.private(line["before"]) or 0
    had = Thread.objects.filter(forum=forum_id, id__lt=before).exists()
    wipe_forum_rows(forum_id, before, StoredTimelines())
    return had


def _refuse_others(forum: Forum, by: User) -> None:
    if not may_own(by, forum):
        raise Problem("forum_unknown")
