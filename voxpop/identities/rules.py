"""Who may let go of which way in."""

from allauth.account import app_settings as account
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps

from voxpop.accounts.models import User


def may_unlink(user: User, identity: SocialAccount) -> bool:
    """Only while another way in is left."""
    others = SocialAccount.objects.filter(user=user).exclude(pk=identity.pk)
    return others.exists() or user.has_usable_password() or _has_passkey(user) or _gets_a_code(user)


def _has_passkey(user: User) -> bool:
    if not apps.is_installed("allauth.mfa"):
        return False
    from allauth.mfa.models import Authenticator

    return bool(Authenticator.objects.filter(user=user, type="webauthn").exists())


def _gets_a_code(user: User) -> bool:
    """Whether a code by mail opens the account, where mail leaves the house at all."""
    is_proven = EmailAddress.objects.filter(user=user, verified=True).exists()
    is_sent = account.EMAIL_VERIFICATION == account.EmailVerificationMethod.MANDATORY
    return bool(account.LOGIN_BY_CODE_ENABLED) and is_sent and is_proven
