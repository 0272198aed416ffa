"""Somebody says that what an archive's author wrote is his, and a moderator gives it to him.

It takes both words, in whichever order: a moderator alone would put words into another's mouth.
Only comments pass, each is noted, and undoing gives them back; what was voted in the archive stays
with its author. So it survives the archive being imported again: its author knows who he became.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from voxpop import events
from voxpop.accounts.models import Author, User
from voxpop.errors import Problem
from voxpop.moderation import rules
from voxpop.moderation.events import ClaimDecided, ClaimMoved
from voxpop.moderation.listing import bans_in_force
from voxpop.moderation.models import Claim, Decision, Given, Verb
from voxpop.threads.actions import hand_over
from voxpop.threads.actions.hand_over import Note
from voxpop.threads.models import Comment, Status
from voxpop.words import say

# What one account may have waiting: a moderator's time is not its to spend.
MOST_WAITING = 20


@transaction.atomic
def ask_for_comments(*, comment: Comment, by: Author, note: str = "") -> Claim:
    """`by` says that he wrote this comment of an archive, and all others of its author. Asked
    again, the newest note is kept. Where a moderator has said so before him, they are his now."""
    of = _locked(comment.author_id)
    if comment.status != Status.PUBLISHED or not rules.may_be_claimed(of):
        raise Problem("invalid", errors={"comment": say("not_imported")})
    waiting = Claim.objects.filter(by=by, of__is_active=True).exclude(of=of)
    if waiting.count() >= MOST_WAITING:
        raise Problem("not_allowed", say("wait_for_many"))
    claim, _ = Claim.objects.get_or_create(of=of, by=by, defaults={"forum": comment.forum})
    return _say_yes(claim, of, note)


@transaction.atomic
def accept_comments(claim: Claim) -> Claim:
    """`claim.by` says yes to what a moderator has said of him."""
    return _say_yes(claim, _locked(claim.of_id), "")


@transaction.atomic
def take_claim_back(claim: Claim) -> None:
    """He does not want them, or did not write them. What is his already stays his."""
    if _locked(claim.of_id).became_id != claim.by_id:
        claim.delete()


@transaction.atomic
def give_comments(*, claim: Claim, by: User, reason: str = "") -> Decision:
    """A moderator's word. They pass at once where the account has asked. Raises Problem where they
    are somebody's already, by a faster moderator or by proof."""
    of = _locked(claim.of_id)
    rules.may_give(claim, by)
    if claim.is_given or not rules.may_be_claimed(of):
        raise Problem("already_decided", say("refused_given"))
    if bans_in_force([claim.forum]).filter(author=of).exists():
        # With his comments he would be rid of his ban.
        raise Problem("not_allowed", say("refused_banned"))
    decision = _decided(claim, Verb.GIVE, by, reason)
    if claim.asked is not None:
        _pass_on(claim, of)
    return decision


@transaction.atomic
def offer_comments(*, of: Author, to: Author, by: User, reason: str = "") -> Decision:
    """The same by a moderator who was asked elsewhere: the account says yes to it on its page."""
    if of.forum is None or to.user is None or not to.is_active:
        raise Problem("not_found")
    claim, _ = Claim.objects.get_or_create(of=of, by=to, defaults={"forum": of.forum})
    return give_comments(claim=claim, by=by, reason=reason)


@transaction.atomic
def refuse_claim(*, claim: Claim, by: User, reason: str = "") -> Decision:
    """He may not have them. He is told on his page, without the reason."""
    _locked(claim.of_id)
    if claim.decided is not None:
        raise Problem("already_decided", say("refused_other_first"))
    return _decided(claim, Verb.REFUSE, by, reason)


def undo_give(decision: Decision) -> None:
    """What passed by it is the archive's author's again."""
    claim = _claim_of(decision)
    of = _locked(claim.of_id)
    if of.became_id is not None:
        if of.became_id != claim.by_id:
            raise Problem("decision_superseded")
        Author.objects.filter(id=of.id).update(became=None, is_active=True)
        events.record(ClaimMoved(claim.id))
        events.record(ClaimDecided(claim.id))


def undo_refuse(decision: Decision) -> None:
    """The claim waits again."""
    _claim_of(decision)


def move_given(claim: Claim, *, seconds: float) -> bool:
    """The claim's comments are whose they should be, as it stands now; False when some are left
    after so many seconds. It may be asked at any time: it goes on where it was."""
    if claim.of.became_id == claim.by_id:
        return hand_over(claim.of, claim.by, seconds=seconds, note=noted(claim))
    his = Q(id__in=Given.objects.filter(claim=claim).values("comment"))
    is_done = hand_over(claim.by, claim.of, seconds=seconds, only=his)
    if is_done:
        Given.objects.filter(claim=claim).delete()
    return is_done


def noted(claim: Claim) -> Note:
    """Every comment that passes by this claim is written down, in the transaction that moves it."""

    def note(comments: Sequence[Comment]) -> None:
        rows = [Given(claim=claim, comment=each) for each in comments]
        Given.objects.bulk_create(rows, ignore_conflicts=True)

    return note


def _say_yes(claim: Claim, of: Author, note: str) -> Claim:
    is_his = of.became_id == claim.by_id
    if not is_his and not rules.may_be_claimed(of):
        raise Problem("not_allowed", say("already_anothers"))
    claim.asked = claim.asked or timezone.now()
    claim.note = note or claim.note
    claim.save(update_fields=["asked", "note"])
    if claim.is_given and not is_his:
        _pass_on(claim, of)
    return claim


def _pass_on(claim: Claim, of: Author) -> None:
    """Both have said so: nobody else is this author from now on."""
    Author.objects.filter(id=of.id).update(became=claim.by, is_active=False)
    events.record(ClaimMoved(claim.id))


def _decided(claim: Claim, verb: Verb, by: User, reason: str) -> Decision:
    events.record(ClaimDecided(claim.id))
    return Decision.objects.create(
        forum_id=claim.forum_id, by=by, verb=verb, claim=claim, reason=reason
    )


def _claim_of(decision: Decision) -> Claim:
    """The claim, where nothing was decided about it since."""
    claim = decision.claim
    if claim is None or claim.decisions.filter(id__gt=decision.id).exists():
        raise Problem("decision_superseded")
    return claim


def _locked(of: int) -> Author:
    """Whoever else decides about this author waits here."""
    return Author.objects.select_for_update(of=("self",)).get(id=of)
