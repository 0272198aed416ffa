"""From rows to a Draft: the facts that screening judges by. Screening itself never sees a row."""

import re
from collections.abc import Mapping
from datetime import timedelta

from django.db.models import BooleanField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from voxpop import ids
from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author, AuthorKind, Persona
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.forums.rules import may_moderate
from voxpop.names import skeleton
from voxpop.rows import select
from voxpop.screening import REJECTED, Draft, Verdict, fingerprint, judge
from voxpop.screening.bans import is_banned
from voxpop.screening.draft import TRUSTED_AFTER
from voxpop.screening.flood import MOST_A_MINUTE, is_flooded, trip_breaker
from voxpop.threads import rules
from voxpop.threads.models import Comment, Status, Thread

MOST_MENTIONS = 10
MOST_CALLED = 200  # people with the names that one comment calls
RECENT_SPAN = timedelta(hours=1)
RECENT_MOST = 50
MINUTE = timedelta(minutes=1)
_MENTION = re.compile(r"@(\S[^\n@]{0,59})")


def names_mentioned(source: str, thread: Thread | None, author: Author) -> Mapping[str, str]:
    """Who is meant by `@Name`: people of this thread, as they are called there, and whom the author
    follows; casefolded name → public id, by two queries. Of two with one name who is here."""
    if "@" not in source:
        return {}
    candidates = {
        " ".join(words[:count])
        for text in _MENTION.findall(source)[:MOST_MENTIONS]
        for words in [text.split()]
        for count in range(1, min(len(words), 4) + 1)
    }
    looks = {skeleton(name.rstrip(".,;:!?)")) for name in candidates}
    forum = thread.forum_id if thread else None
    named = Persona.objects.filter(forum=forum).exclude(name="")
    wrote = Comment.objects.filter(thread=thread)
    here = Exists(wrote.filter(author=OuterRef("id")))
    elsewhere = ~Exists(named.filter(author=OuterRef("id")))
    found = Author.objects.filter(name_skeleton__in=looks).annotate(is_here=here & elsewhere)
    known = found.filter(Q(is_here=True) | Q(_is_followed_by(author))).order_by("is_here", "id")
    meant = {each.name.casefold(): ids.public(each.id) for each in known[:MOST_CALLED]}
    worn = named.filter(Exists(wrote.filter(author=OuterRef("author"))), name_skeleton__in=looks)
    for persona in worn.select_related("author")[:MOST_CALLED]:
        face = face_of(persona.author, forum)
        meant[face.name.casefold()] = ids.public(face.id)
    return meant


def _is_followed_by(author: Author) -> RawSQL:
    """Follows are rows of people, who stand above us: looked at by name, not imported."""
    return RawSQL(
        "EXISTS(SELECT 1 FROM people_follow WHERE people_follow.by_id = %s"
        " AND people_follow.of_id = accounts_author.id)",
        [author.id],
        BooleanField(),
    )


def judge_comment(
    forum: Forum,
    thread: Thread | None,
    author: Author,
    source: str,
    html: str,
    *,
    address: str = "",
    is_trapped: bool = False,
) -> Verdict:
    """The verdict on a new comment. Raises Problem where it is refused: then nothing is kept."""
    is_moderator = may_moderate(author.user, forum)
    known = TRUSTED_AFTER if is_moderator else _published_count(forum, author)
    draft = Draft(
        source=source,
        html=html,
        is_banned=is_banned(forum, author, address),
        is_moderator=is_moderator,
        published_count=known,
        recent=_recent(forum, source),
        is_guest=author.kind == AuthorKind.GUEST,
        has_address=bool(author.email),
        is_proven=author.proven is not None,
        is_thread_locked=thread is not None and thread.is_locked,
        is_thread_closed=rules.is_closed(forum, thread),
        is_thread_premoderated=thread is not None and thread.is_premoderated,
        is_forum_premoderated=forum.is_premoderated,
        holds_first_comment=forum.holds_first_comment,
        guest_proof=forum.guest_proof,
        word_list=forum.word_list,
        is_flooded=is_flooded(forum),
        starts_flood=known < TRUSTED_AFTER and _trips_breaker(forum),
        is_trapped=is_trapped,
    )
    return _unless_rejected(judge(draft))


def judge_edit(comment: Comment, author: Author, source: str, html: str) -> Verdict:
    """The verdict on a changed text: as strict as on a new one (SAFETY R01)."""
    forum, thread = comment.forum, comment.thread
    is_moderator = may_moderate(author.user, forum)
    draft = Draft(
        source=source,
        html=html,
        is_edit=True,
        is_banned=is_banned(forum, author, comment.address),
        is_moderator=is_moderator,
        published_count=TRUSTED_AFTER if is_moderator else _published_count(forum, author),
        is_thread_locked=thread.is_locked,
        is_thread_premoderated=thread.is_premoderated,
        is_forum_premoderated=forum.is_premoderated,
        word_list=forum.word_list,
        is_flooded=is_flooded(forum),
    )
    return _unless_rejected(judge(draft))


def _unless_rejected(verdict: Verdict) -> Verdict:
    if verdict.status == REJECTED:
        raise Problem(verdict.code or "not_allowed")  # which says why in every language
    return verdict


def _published_count(forum: Forum, author: Author) -> int:
    """How many published comments the forum knows of him; counting stops where trust begins."""
    found = select(
        "SELECT 1 FROM threads_comment WHERE author_id = %s AND forum_id = %s"
        " AND status = 'published' LIMIT %s",
        [author.id, forum.id, TRUSTED_AFTER],
    )
    return len(found)


def _recent(forum: Forum, source: str) -> frozenset[str]:
    """Fingerprints of the forum's newest comments, where this text is long enough to compare."""
    if not fingerprint(source):
        return frozenset()
    newest = select(
        "SELECT source FROM threads_comment WHERE forum_id = %s AND status = 'published'"
        " AND id > %s ORDER BY id DESC LIMIT %s",
        [forum.id, _first_id_within(RECENT_SPAN), RECENT_MOST],
    )
    return frozenset([fingerprint(text) for (text,) in newest])


def _trips_breaker(forum: Forum) -> bool:
    """Whether so many strangers came in the last minute that they wait from now on (T26)."""
    # Whoever runs the forum is no stranger to it, however much he says at once.
    lately = _published_within(forum, MINUTE).filter(badge="")
    writers = list(lately.values_list("author_id", flat=True)[: MOST_A_MINUTE * 4])
    if len(writers) < MOST_A_MINUTE:
        return False
    older = Comment.objects.filter(
        forum=forum, status=Status.PUBLISHED, author_id__in=set(writers)
    ).exclude(id__in=lately.values("id"))
    known = {
        row["author_id"]
        for row in older.values("author_id").annotate(n=Count("id"))
        if row["n"] >= TRUSTED_AFTER
    }
    return trip_breaker(forum, sum(writer not in known for writer in writers))


def _published_within(forum: Forum, span: timedelta) -> QuerySet[Comment]:
    """What the forum published lately, by the index of its newest (ids are ordered by time)."""
    return Comment.objects.filter(
        forum=forum, status=Status.PUBLISHED, id__gt=_first_id_within(span)
    )


def _first_id_within(span: timedelta) -> int:
    return ids.id_at(int((timezone.now() - span).timestamp() * 1000))
