"""What the ledger is told of moderation, and how a restored database is brought up to it."""

from datetime import datetime

from django.db import transaction

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


def replay(line: ledger.Line) -> bool:
    """Make it as the ledger says; whether anything had to change.

    What the database does not know was made after the backup, and is gone with all of it.
    """
    replays = {"comment": _replay_standing, "ban": _replay_ban}
    with transaction.atomic():
        return replays[line["kind"]](line)


def _replay_standing(line: ledger.Line) -> bool:
    comment = Comment.objects.filter(id=ids.private(line["subject"]) or 0).first()
    if comment is None or comment.status == line["status"]:
        return False
    set_status(comment, Status(line["status"]))
    return True


def _replay_ban(line: ledger.Line) -> bool:
    author = Author.objects.filter(id=line["author"]).first() if line["author"] else None
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
