"""What the ledger is told of moderation, and how a restored database is brought up to it."""

from datetime import datetime

from voxpop import ids, ledger
from voxpop.accounts.models import Author
from voxpop.forums.models import Forum
from voxpop.moderation.actions.decide import set_status
from voxpop.moderation.events import BanChanged
from voxpop.screening.models import Ban
from voxpop.threads.events import CommentStood
from voxpop.threads.models import Comment, Status

NOT_KEPT = "Put in force again after a restore; the reason was not kept."


def remember_standing(event: CommentStood) -> None:
    """Write down how the comment stands now; said twice, it means the same."""
    status = Comment.objects.filter(id=event.comment_id).values_list("status", flat=True).first()
    if status is not None:
        ledger.note("comment", ids.public(event.comment_id), status=status)


def remember_ban(event: BanChanged) -> None:
    """Write down whom the ban means and until when; the reason is not for this file."""
    ban = Ban.objects.filter(id=event.ban_id).first()
    if ban is None:
        return
    ledger.note(
        "ban",
        # Not its number: the database counts anew from the backup's.
        f"{ban.forum_id}/{ban.author_id or ban.address}/{ban.created.isoformat()}",
        forum=ban.forum_id,
        author=ban.author_id,
        address=ban.address,
        created=ban.created.isoformat(),
        ends=ban.ends and ban.ends.isoformat(),
        lifted=ban.lifted and ban.lifted.isoformat(),
    )


def replay_standing(line: ledger.Line) -> bool:
    """Let the comment stand as the ledger says; whether anything had to change."""
    comment = Comment.objects.filter(id=ids.private(line["subject"]) or 0).first()
    # Without a text its author was erased, later than this was said.
    if comment is None or comment.status == line["status"] or not comment.source:
        return False
    set_status(comment, Status(line["status"]))
    return True


def replay_ban(line: ledger.Line) -> bool:
    """Put the ban in force, or lift it, as the ledger says; whether anything had to change."""
    # Who was erased is banned no more, and is not to be named by a ban of a network.
    author = Author.objects.filter(id=line["author"] or 0, is_active=True).first()
    is_anybody_meant = author is not None or line["address"]
    if not is_anybody_meant or not Forum.objects.filter(id=line["forum"]).exists():
        return False
    state = {"ends": _moment(line["ends"]), "lifted": _moment(line["lifted"])}
    ban, is_new = Ban.objects.get_or_create(
        forum_id=line["forum"],
        author=author,
        address=line["address"],
        created=datetime.fromisoformat(line["created"]),
        defaults={"reason": NOT_KEPT, **state},
    )
    changed = {name: value for name, value in state.items() if getattr(ban, name) != value}
    if changed:
        Ban.objects.filter(id=ban.id).update(**changed)
    return is_new or bool(changed)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
