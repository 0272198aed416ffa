"""May I? Each raises the Problem that says why not."""

from datetime import datetime, timedelta

from django.utils import timezone

from voxpop.accounts.models import Author, AuthorKind
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Sso, VoteMode
from voxpop.forums.rules import badge_of
from voxpop.threads.models import WAITING, Comment, Status, Thread


def may_post(forum: Forum, author: Author, parent: Comment | None) -> None:
    """Whether this author may write here at all; screening judges what he writes."""
    _may_take_part(author, forum)
    if parent is not None and parent.status != Status.PUBLISHED:
        raise Problem("not_found", "The comment you answer is no longer there.")


def may_edit(comment: Comment, author: Author, revision: int) -> None:
    forum = comment.forum
    _is_own(comment, author)
    if comment.status not in {Status.PUBLISHED, *WAITING}:
        raise Problem("not_found")
    if comment.thread.is_locked:
        raise Problem("thread_locked")
    if timezone.now() > editable_until(comment.created, forum):
        raise Problem("edit_window_over")
    if revision != comment.revision:
        raise Problem("revision_conflict")


def may_delete(comment: Comment, author: Author) -> None:
    _is_own(comment, author)
    if comment.status == Status.DELETED:
        raise Problem("not_found")


def may_vote(comment: Comment, author: Author, value: int) -> None:
    forum = comment.forum
    _may_take_part(author, forum)
    if comment.status != Status.PUBLISHED:
        raise Problem("not_found")
    if comment.author_id == author.id:
        raise Problem("not_allowed", "You cannot vote on your own comment.")
    if value not in allowed_votes(forum):
        raise Problem("not_allowed", "This forum does not take this vote.")


def may_flag(comment: Comment, author: Author) -> None:
    _belongs(author, comment.forum)
    if comment.status != Status.PUBLISHED:
        raise Problem("not_found")


def allowed_votes(forum: Forum) -> frozenset[int]:
    if forum.vote_mode == VoteMode.BOTH:
        return frozenset({-1, 0, 1})
    return frozenset({0, 1}) if forum.vote_mode == VoteMode.UP else frozenset()


def editable_until(created: datetime, forum: Forum) -> datetime:
    """Until when its author may change a comment of this moment."""
    return created + timedelta(minutes=forum.edit_minutes)


def is_closed(forum: Forum, thread: Thread | None) -> bool:
    """Whether the forum closes threads after so many days, and this one is that old."""
    if thread is None or not forum.closes_after_days:
        return False
    return timezone.now() > thread.created + timedelta(days=forum.closes_after_days)


def _may_take_part(author: Author, forum: Forum) -> None:
    """Whether the forum takes his kind of author."""
    _belongs(author, forum)
    if author.kind == AuthorKind.SSO:
        return
    if forum.sso == Sso.ONLY and not badge_of(author, forum):  # those who run it take part
        raise Problem("sso_required")
    if author.kind != AuthorKind.USER and not forum.allows_guests:
        raise Problem("guests_not_allowed")


def _belongs(author: Author, forum: Forum) -> None:
    """A guest, and a site's user, is somebody in one forum only (SAFETY T37)."""
    if not author.is_active:
        raise Problem("bad_token")
    if author.forum_id is not None and author.forum_id != forum.id:
        raise Problem("not_allowed")


def _is_own(comment: Comment, author: Author) -> None:
    if comment.author_id != author.id or not author.is_active:
        raise Problem("not_allowed", "This is somebody else's comment.")
