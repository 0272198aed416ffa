"""Posting: may he? → render → judge → one transaction → consequences."""

from dataclasses import dataclass

from django.utils import timezone

from voxpop import events, ids
from voxpop.accounts.models import Author
from voxpop.events import kill_point
from voxpop.forums.models import Forum
from voxpop.forums.rules import badge_of, check_page_url
from voxpop.limits.once import NOT_TWICE, Once
from voxpop.rows import insert
from voxpop.screening import Verdict
from voxpop.threads import addresses, drafting, log, markup, rules, standing
from voxpop.threads.events import CommentHeld, CommentPublished, ForumFlooded
from voxpop.threads.models import Comment, Status, Thread, ThreadAlias, Unproven
from voxpop.threads.reading import thread_by_alias

# Deeper replies keep their true parent but stand beside it: an index entry has room for so many.
DEEPEST = 200


@dataclass(frozen=True)
class ThreadRef:
    """How a page names its thread, before or after the thread exists."""

    identifier: str = ""
    url: str = ""
    title: str = ""


def post_comment(
    *,
    forum: Forum,
    thread: ThreadRef | Thread,
    author: Author,
    source: str,
    parent: Comment | None = None,
    address: str = "",
    is_trapped: bool = False,
    once: Once = NOT_TWICE,
) -> Comment:
    """Post a comment, or a reply to `parent`; creates the thread at its first comment.

    The comment comes back published, held or (looking held to its author) spam; what is refused
    raises Problem and keeps nothing. `once` answers a repeated request as it was answered before.
    """
    rules.may_post(forum, author, parent)
    found = thread if isinstance(thread, Thread) else _find(forum, thread, parent)
    html = markup.render(source, names=drafting.names_mentioned(source, found, author))
    verdict = drafting.judge_comment(
        forum, found, author, source, html, address=address, is_trapped=is_trapped
    )
    kill_point("before_transaction")
    with once.transaction():
        comment = _place(forum, found or _open(forum, thread), author, parent, verdict)
        comment.source, comment.html, comment.address = source, html, address
        comment.told = verdict.reason if verdict.is_telling else ""
        comment.awaits_author = verdict.awaits_author
        _write(comment, verdict)
        kill_point("in_transaction")
        once.keep(comment)
    kill_point("after_commit")
    return comment


def _find(forum: Forum, ref: ThreadRef, parent: Comment | None) -> Thread | None:
    if parent is not None:
        return parent.thread
    return thread_by_alias(forum.id, *addresses.alias_of(ref.identifier, ref.url))


def _open(forum: Forum, ref: ThreadRef | Thread) -> Thread:
    """The thread of a page that nobody has commented on: only on the forum's own sites (R15)."""
    if isinstance(ref, Thread):
        return ref
    check_page_url(forum, ref.url)
    kind, value = addresses.alias_of(ref.identifier, ref.url)
    twin = thread_by_alias(forum.id, kind, value)
    if twin is not None:
        return twin
    # Two may open it at once where the database lets several write: the later waits for the row of
    # the earlier, and takes it.
    public_id = addresses.thread_public_id(forum.shortname, kind, value)
    opened = Thread(
        public_id=public_id, forum=forum, identifier=ref.identifier, url=ref.url, title=ref.title
    )
    Thread.objects.bulk_create([opened], ignore_conflicts=True)
    thread = Thread.objects.get(public_id=public_id)
    thread.forum = forum
    alias = ThreadAlias(forum=forum, thread=thread, kind=kind, value=value)
    ThreadAlias.objects.bulk_create([alias], ignore_conflicts=True)
    return thread


def _place(
    forum: Forum, thread: Thread, author: Author, parent: Comment | None, verdict: Verdict
) -> Comment:
    """The comment at its place in the tree, with nothing written in it yet."""
    number = ids.new_id()
    comment = Comment(
        id=number,
        forum=forum,
        thread=thread,
        author=author,
        parent=parent,
        root_id=number if parent is None else parent.root_id,
        depth=0 if parent is None else min(parent.depth + 1, DEEPEST),
        status=verdict.status,
        verdict=verdict.reason,
        badge=badge_of(author, forum),
    )
    above = b"" if parent is None else bytes(parent.path)[: 8 * DEEPEST]
    comment.path = above + number.to_bytes(8, "big")
    return comment


def _write(comment: Comment, verdict: Verdict) -> None:
    if comment.status != Status.PUBLISHED:
        standing.dress(comment)
        insert(comment)
        if verdict.awaits_author:
            insert(Unproven(comment=comment))
        if comment.status == Status.HELD:
            events.record(CommentHeld(comment.forum.shortname, comment.id))
        if verdict.is_flood:
            events.record(ForumFlooded(comment.forum.shortname))
        return
    shown = standing.reveal(comment)
    standing.dress(comment)
    last = log.take_places(comment.thread_id, len(shown), comments=1, commented=timezone.now())
    comment.seq = last
    insert(comment)
    log.write_events(comment.thread_id, last, [("published", [each]) for each in shown])
    thread = comment.thread
    profile = comment.author.handle
    events.record(
        CommentPublished(comment.forum.shortname, thread.public_id, last, comment.id, profile)
    )
