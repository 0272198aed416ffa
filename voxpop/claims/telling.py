"""Who asked for comments of an archive hears what a moderator has answered."""

from django.conf import settings
from django.core.mail import EmailMessage

from voxpop.mails.posting import post_mail
from voxpop.moderation.events import ClaimDecided
from voxpop.moderation.models import Claim, Verb

_ANSWERS = {
    Verb.GIVE: "A moderator of {forum} has given you the comments that you asked for. Readers see\n"
    "them under your name now.",
    Verb.REFUSE: "A moderator of {forum} has not given you the comments that you asked for.",
    None: "What a moderator of {forum} had answered was taken back: whether the comments that you\n"
    "asked for are yours is open again.",
}


def tell_claimant(event: ClaimDecided) -> None:
    """A consequence: by mail, as it stands now. Who has not asked gets none: he sees on his page
    what is offered to him, and no moderator sends mail to whom he likes. Names of the archive are
    not in it: anybody may have chosen them (SAFETY R06)."""
    found = Claim.objects.select_related("by__user", "forum").filter(id=event.claim_id).first()
    if found is None or found.asked is None or found.by.user is None or not found.by.is_active:
        return
    decided = found.decided
    answer = _ANSWERS[Verb(decided.verb) if decided else None]
    post_mail(
        EmailMessage(
            subject="Comments that you asked for",
            body=f"{answer.format(forum=found.forum.shortname)}\n\n{settings.HOST}/home/claims/\n",
            to=[found.by.user.email],
        )
    )
