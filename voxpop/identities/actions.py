"""Linking and unlinking: which other accounts open this one."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db import IntegrityError, transaction

from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.identities.rules import may_unlink
from voxpop.words import say


def link(*, user: User, login: SocialLogin) -> bool:
    """From now on this identity opens this account; whether that is new. Raises Problem where it
    opens another account."""
    identity: SocialAccount = login.account
    found = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid).first()
    if found is None:
        identity.user = user
        try:
            with transaction.atomic():
                identity.save()
        except IntegrityError:
            # Somebody was faster, perhaps himself in another window.
            found = SocialAccount.objects.get(provider=identity.provider, uid=identity.uid)
        else:
            return True
    if found.user_id != user.id:
        raise Problem(
            "not_allowed",
            say("identity_anothers", label=login.provider.name),
        )
    return False


@transaction.atomic
def unlink(*, user: User, identity: int) -> SocialAccount | None:
    """This identity, which is returned, opens the account no more; one that is not his, or not
    there, changes nothing. Raises Problem for the last way in."""
    # One after the other: two at once would each take the other for the way that is left.
    user = User.objects.select_for_update().get(pk=user.pk)
    found = SocialAccount.objects.filter(user=user, pk=identity).first()
    if found is None:
        return None
    if not may_unlink(user, found):
        raise Problem("not_allowed", say("last_way_in"))
    found.delete()
    return found


def label_of(identity: SocialAccount) -> str:
    """What the provider is called; by its name in the row where it is no longer configured."""
    apps = get_adapter().list_apps(None, provider=identity.provider)
    return str(apps[0].name if apps else identity.provider)
