"""Everything that is somebody's: THE table of where the schema names a person.

Whatever walks over all that a person has (a claim, a merge, an export, an erasure) walks over this.
A new column that names an author or a user has no row here, and fails `test_belongings`, until
somebody has thought of what becomes of it.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.apps import apps
from django.db.models import Field, Model

from voxpop.accounts.models import User


class Passing(StrEnum):
    """What becomes of a row when its person becomes another."""

    BY_THREAD = "by_thread"  # readers see it: thread by thread, through the log
    MOVES = "moves"
    ONE_EACH = "one_each"  # moves, but where the other has the same he keeps his own
    NEWER = "newer"  # of two of the same the one that was said last stays
    ENDS = "ends"  # it was for that person alone
    STAYS = "stays"  # it says who somebody was


@dataclass(frozen=True)
class Belonging:
    """One column that names a person: `table` is "app.Model", `field` names an Author or a User.

    `same` are the columns that, with the person, make two rows the same. `claimed` is for a guest
    or an imported author whose comments become an account's, `merged` for two accounts.
    """

    table: str
    field: str
    what: str
    merged: Passing
    claimed: Passing
    same: tuple[str, ...] = ()

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.table)

    @property
    def word(self) -> str:
        """What a page says of it; English is `what`."""
        return f"moves_{self.table.rpartition('.')[2]}_{self.field}".lower()

    @property
    def is_of_user(self) -> bool:
        """Whether it names the user who signs in, not the author whom others see."""
        return self.column.related_model is User

    @property
    def column(self) -> "Field[object, object]":
        found = self.model._meta.get_field(self.field)
        assert isinstance(found, Field)
        return found

    def __str__(self) -> str:
        return f"{self.table}.{self.field}"


def _row(
    column: str,
    what: str,
    merged: Passing,
    claimed: Passing | None = None,
    same: tuple[str, ...] = (),
) -> Belonging:
    table, _, field = column.rpartition(".")
    return Belonging(table, field, what, merged, claimed or merged, same)


P = Passing
BELONGINGS: tuple[Belonging, ...] = (
    # Who he is.
    _row("accounts.Author.user", "the author whom others see", P.STAYS),
    _row("accounts.Author.became", "who he was before", P.MOVES),
    _row("account.EmailAddress.user", "e-mail addresses", P.ONE_EACH, same=("email",)),
    # Each opens the account that it was made for.
    _row("mfa.Authenticator.user", "passkeys, authenticator app, recovery codes", P.ENDS),
    _row("socialaccount.SocialAccount.user", "other accounts he signs in with", P.MOVES),
    # A guest's token is in a browser that others may use too: it does not become an account's.
    _row("accounts.AccessToken.author", "sites and devices signed in", P.MOVES, P.ENDS),
    _row("accounts.Browser.user", "browsers signed in on our own pages", P.ENDS),
    _row("accounts.SignInCode.author", "a sign-in on its way to a frame", P.ENDS),
    _row("accounts.SignInLink.user", "a link that signs in", P.ENDS),
    _row("accounts.Invitation.used_by", "an invitation that was used", P.MOVES),
    _row("privacy.Erasure.author", "that he asked to be erased", P.ENDS),
    _row("privacy.Takeout.author", "a file with all that was his", P.ENDS),
    _row("sso.SsoIdentity.author", "who he is on the site that vouches for him", P.STAYS),
    # What he said.
    _row("threads.Comment.author", "comments", P.BY_THREAD),
    _row("threads.Vote.author", "votes", P.NEWER, same=("comment",)),
    _row("threads.Flag.author", "flags", P.ONE_EACH, same=("comment",)),
    # What he wants of others, and others of him.
    _row("people.Follow.by", "people he follows", P.ONE_EACH, same=("of",)),
    _row("people.Follow.of", "people who follow him", P.ONE_EACH, same=("by",)),
    _row("people.WidelyFollowed.author", "that very many follow him", P.ONE_EACH),
    _row("people.Mute.by", "people he mutes", P.ONE_EACH, same=("of",)),
    _row("people.Mute.of", "people who mute him", P.ONE_EACH, same=("by",)),
    _row("people.PersonaMute.by", "people he mutes on one site", P.ONE_EACH, same=("persona",)),
    _row("people.Watch.by", "threads he watches", P.ONE_EACH, same=("thread",)),
    # What he shows of himself. His names stay his; what was said of him under them is not merged.
    _row("profiles.Profile.author", "his profile", P.ENDS),
    _row("profiles.Avatar.author", "his avatar", P.ENDS),
    _row("profiles.Handle.author", "the names his profile had", P.MOVES),
    _row("accounts.Persona.author", "who he is on one site", P.ONE_EACH, same=("forum",)),
    _row("profiles.Closing.user", "that his account was closed for a while", P.MOVES),
    _row("profiles.Closing.by", "whose account he closed", P.MOVES),
    _row("profiles.Closing.reopened_by", "whose account he opened again", P.MOVES),
    # What he was told. An account goes by its own wishes.
    _row("notices.Notice.to", "notices", P.ONE_EACH, same=("comment",)),
    _row(
        "notices.PersonalNotice.to",
        "notices of what happened to him",
        P.ONE_EACH,
        same=("kind", "comment", "person"),
    ),
    _row(
        "notices.PersonalNotice.person",
        "that others were told of him",
        P.ONE_EACH,
        same=("to", "kind", "comment"),
    ),
    _row(
        "notices.Letter.to",
        "mail and pushes about notices",
        P.ONE_EACH,
        same=("channel", "comment", "person", "number"),
    ),
    _row(
        "notices.Letter.person",
        "that others are mailed of him",
        P.ONE_EACH,
        same=("to", "channel", "comment", "number"),
    ),
    _row(
        "notices.Wish.author",
        "how he wants to be told",
        P.ONE_EACH,
        P.ENDS,
        same=("forum", "kind"),
    ),
    _row("notices.Device.author", "browsers that show him pushes", P.MOVES, P.ENDS),
    _row("notices.Reach.author", "when he may be reached", P.ONE_EACH, P.ENDS),
    _row("notices.MailWish.author", "what he wanted mail about", P.ONE_EACH, P.ENDS),
    # Where he has a role, and what he did there.
    _row("forums.Membership.user", "roles in forums", P.ONE_EACH, same=("forum",)),
    _row("moderation.Decision.by", "what he decided", P.MOVES),
    _row("moderation.Decision.undone_by", "what he took back", P.MOVES),
    # Who is somebody by proof needs nobody's word any more.
    _row("moderation.Claim.of", "that others said they were he", P.ENDS),
    _row("moderation.Claim.by", "that he wrote what is in an archive", P.ONE_EACH, same=("of",)),
    _row("screening.Ban.by", "whom he banned", P.MOVES),
    _row("screening.Ban.author", "where he is banned", P.MOVES),
    _row("transfer.Import.by", "what he imported", P.MOVES),
)
