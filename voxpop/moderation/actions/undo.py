"""Every decision can be taken back once, as long as nothing else was decided since."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.moderation.actions.ban import undo_ban, undo_lift_ban
from voxpop.moderation.actions.claims import undo_give, undo_refuse
from voxpop.moderation.actions.decide import undo_decide, undo_decide_edit
from voxpop.moderation.actions.threads import undo_decide_thread
from voxpop.moderation.models import Decision, Verb
from voxpop.words import say


def undo(*, decision: Decision, by: User) -> Decision:
    """Make it as it was before. Raises already_undone, decision_superseded."""
    with transaction.atomic():
        now = Decision.objects.select_for_update().get(id=decision.id)
        if now.undone is not None:
            raise Problem("already_undone")
        if Verb(now.verb) not in _UNDO:
            raise Problem("not_allowed", say("refused_wiped"))
        _UNDO[Verb(now.verb)](now)
        now.undone = timezone.now()
        now.undone_by = by
        now.save(update_fields=["undone", "undone_by"])
    return Decision.objects.get(id=now.id)


_UNDO: dict[Verb, Callable[[Decision], None]] = {
    Verb.APPROVE: undo_decide,
    Verb.REJECT: undo_decide,
    Verb.SPAM: undo_decide,
    Verb.DELETE: undo_decide,
    Verb.RESTORE: undo_decide,
    Verb.APPROVE_EDIT: undo_decide_edit,
    Verb.REJECT_EDIT: undo_decide_edit,
    Verb.LOCK: undo_decide_thread,
    Verb.UNLOCK: undo_decide_thread,
    Verb.PIN: undo_decide_thread,
    Verb.UNPIN: undo_decide_thread,
    Verb.PREMODERATE: undo_decide_thread,
    Verb.TRUST: undo_decide_thread,
    Verb.SENSITIVE: undo_decide_thread,
    Verb.HARMLESS: undo_decide_thread,
    Verb.GIVE: undo_give,
    Verb.REFUSE: undo_refuse,
    Verb.BAN: undo_ban,
    Verb.LIFT_BAN: undo_lift_ban,
}
