"""The verbs: what an owner does with keys and settings, and a site's user signing in."""

import hashlib
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from voxpop import events, ids
from voxpop.accounts.actions import check_email
from voxpop.accounts.events import AuthorNamed
from voxpop.accounts.models import AccessToken, Author, AuthorKind, TokenKind, User
from voxpop.accounts.names import clean_name, is_worn, skeleton
from voxpop.accounts.tokens import issue_token
from voxpop.errors import Problem
from voxpop.forums.actions import add_moderator, change_settings
from voxpop.forums.models import Forum, Membership, Sso
from voxpop.forums.origins import web_address
from voxpop.forums.rules import is_known_origin
from voxpop.sso.keys import MOST_KEYS, Made, new_key
from voxpop.sso.models import KeyKind, SsoIdentity, SsoKey, UsedToken
from voxpop.sso.tokens import SKEW, Claims, read_token
from voxpop.threads.actions import rename_author
from voxpop.words import say

LONGEST_NAME = 60
MODERATOR = "moderator"
# At its old address there may be another picture by then.
PICTURE_KEPT = timedelta(days=1)


@transaction.atomic
def make_key(*, forum: Forum, kind: KeyKind) -> Made:
    """One more key; its secret is in the answer, and nowhere from then on."""
    Forum.objects.select_for_update().get(pk=forum.pk)  # two at once would make three
    if SsoKey.objects.filter(forum=forum).count() >= MOST_KEYS:
        raise Problem("not_allowed", say("keys_most"))
    made = new_key(forum, kind)
    made.key.save()
    return made


@transaction.atomic
def retire_key(*, forum: Forum, kid: str) -> None:
    """Nothing that it signs is taken any more. It may have been stolen, so whoever is signed in by
    this forum's keys has to come again; his next page brings him."""
    gone, _ = SsoKey.objects.filter(forum=forum, id=ids.private(kid) or 0).delete()
    if not gone:
        raise Problem("not_found")
    end_sign_ins(forum)


@transaction.atomic
def change_sso(*, forum: Forum, mode: Sso, address: str, moderates: bool) -> None:
    """Who may write, where the site's own sign-in is, whether the site may name moderators."""
    if address and (len(address) > 500 or not is_known_origin(forum, address)):
        raise Problem("invalid", errors={"sso_address": say("sso_page_form")})
    if mode == Sso.ONLY and not SsoKey.objects.filter(forum=forum).exists():
        raise Problem("invalid", errors={"sso": say("sso_key_first")})
    changes = {"sso": mode, "sso_address": address, "sso_moderates": moderates}
    change_settings(forum=forum, changes=changes)
    if mode == Sso.OFF:
        end_sign_ins(forum)
    if mode == Sso.OFF or not moderates:
        for user in User.objects.filter(author__in=_authors_of(forum)):
            Membership.objects.filter(forum=forum, user=user).delete()


def end_sign_ins(forum: Forum) -> None:
    """Every frame that is signed in by this forum's keys is signed out."""
    AccessToken.objects.filter(kind=TokenKind.SSO, author__forum=forum).delete()


@transaction.atomic
def sign_in(*, forum: Forum, token: str, nonce: str = "") -> tuple[Author, str]:
    """The site's user as an author of this forum, and the token of his frame; raises Problem.

    `nonce` is what the frame gave the site with it on the way to its sign-in page: a token that was
    made for one frame opens no other.
    """
    if forum.sso == Sso.OFF:
        raise Problem("sso_off")
    claims, key = read_token(forum, token)
    if (claims.nonce or "") != nonce:
        raise Problem("sso_invalid", "This sign-in was made for another window.")
    _use_up(forum, claims)
    author = _author_of(forum, claims)
    if not author.is_active:
        raise Problem("not_allowed", "This author has been closed here.")
    _dress(author, claims)
    _give_role(forum, author, claims)
    SsoKey.objects.filter(pk=key.pk).update(last_used=timezone.now())
    return author, issue_token(author, TokenKind.SSO)


def forget_used_tokens() -> None:
    """What is too old to be accepted need not be remembered."""
    UsedToken.objects.filter(expires__lt=timezone.now()).delete()


def _use_up(forum: Forum, claims: Claims) -> None:
    """Once (SAFETY R43): the unique row lets one of two hasty exchanges through."""
    until = datetime.fromtimestamp(claims.exp, UTC) + SKEW + timedelta(minutes=1)
    digest = hashlib.sha256(f"{forum.pk} {claims.jti}".encode()).digest()
    try:
        with transaction.atomic():
            UsedToken.objects.create(digest=digest, expires=until)
    except IntegrityError:
        raise Problem("sso_used") from None


def _author_of(forum: Forum, claims: Claims) -> Author:
    """Who the site's user is here. An e-mail address links him to nobody (SAFETY T13)."""
    found = _known(forum, claims.sub)
    if found is None:
        try:
            with transaction.atomic():
                found = _new(forum, claims)
        except IntegrityError:
            found = _known(forum, claims.sub)  # his other tab was faster
    if found is None:
        raise Problem("in_progress")
    return found


def _known(forum: Forum, remote_id: str) -> Author | None:
    rows = SsoIdentity.objects.select_related("author__user")
    identity = rows.filter(forum=forum, remote_id=remote_id).first()
    return identity.author if identity else None


def _new(forum: Forum, claims: Claims) -> Author:
    name = _name_of(forum, claims)
    author = Author.objects.create(
        kind=AuthorKind.SSO, forum=forum, name=name, name_skeleton=skeleton(name)
    )
    SsoIdentity.objects.create(forum=forum, remote_id=claims.sub, author=author)
    return author


def _dress(author: Author, claims: Claims) -> None:
    """His name and the rest as the site tells them now; what is no address is left out (R04)."""
    assert author.forum is not None
    name = _name_of(author.forum, claims)
    if name != author.name:
        rename_author(author, name)
    email = _email_of(claims)
    if email != author.email:
        # What he has said of the other address he has not said of this one.
        author.email, author.proven = email, None
        author.save(update_fields=["email", "proven"])
    identity, now = SsoIdentity.objects.get(author=author), timezone.now()
    picture = web_address(claims.picture)
    is_old = identity.picture_taken is None or identity.picture_taken < now - PICTURE_KEPT
    if picture != identity.picture or (picture and is_old and identity.picture_due is None):
        identity.picture_due, identity.picture_tries = now, 0
    identity.picture, identity.profile = picture, web_address(claims.profile)
    identity.is_email_verified = bool(email) and claims.email_verified
    identity.last_seen = now
    identity.save()
    if author.site_profile != identity.profile:
        author.site_profile = identity.profile
        author.save(update_fields=["site_profile"])
        events.record(AuthorNamed(author.id))


def _name_of(forum: Forum, claims: Claims) -> str:
    """The name that he has on the site. One that belongs to an account is told apart by the
    forum's: nobody may look like somebody else, and nobody is kept out for his name."""
    name = clean_name(claims.name)
    if not name:
        raise Problem("sso_invalid", "The site's sign-in cannot be accepted: it has no name.")
    if not is_worn(name):
        return name
    suffix = f" ({forum.shortname})"
    return clean_name(name[: LONGEST_NAME - len(suffix)]) + suffix


def _email_of(claims: Claims) -> str:
    try:
        return check_email(claims.email) if claims.email else ""
    except Problem:
        return ""


def _give_role(forum: Forum, author: Author, claims: Claims) -> None:
    """A moderator at most, where the owner lets the site say so; whatever else is no role here.

    A decision is a user's, so he is one; nothing but the site's token leads to him: he has no
    password, no address that exists, and no way in on our own pages.
    """
    if forum.sso_moderates and MODERATOR in claims.roles:
        if author.user is None:
            author.user = User.objects.create_user(f"{author.public_id}@sso.invalid")
            author.save(update_fields=["user"])
        add_moderator(forum=forum, user=author.user)
    elif author.user is not None:
        Membership.objects.filter(forum=forum, user=author.user).delete()


def _authors_of(forum: Forum) -> list[int]:
    """Who of this forum's site users is somebody's user: those who have moderated."""
    rows = Author.objects.filter(forum=forum, kind=AuthorKind.SSO).exclude(user=None)
    return list(rows.values_list("id", flat=True))
