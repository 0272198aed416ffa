"""Where allauth asks us."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest

from voxpop.accounts.browsers import forget_browsers_of
from voxpop.accounts.models import Author, User
from voxpop.accounts.tokens import end_tokens_of
from voxpop.mails.posting import LIFETIME, post_mail

MAILS = "account/email/"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def clean_email(self, email: str) -> str:
        """One spelling of one mailbox, wherever an address is typed (SAFETY T34)."""
        return super().clean_email(User.objects.normalize_email(email))  # type: ignore[no-any-return]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Beside the request: a mail server that hangs is not waited for."""
        told = {"request": self.request, "email": email, **context}
        told["current_site"] = get_current_site(self.request)
        post_mail(self.render_mail(template_prefix, email, told), lifetime_of(template_prefix))

    def is_safe_url(self, url: str) -> bool:
        """Ours; what is no address is nobody's, and allauth stumbles over it (SAFETY T14)."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def set_password(self, user: User, password: str) -> None:
        """A changed password ends the sign-ins that the old one opened (SAFETY T35)."""
        super().set_password(user, password)
        forget_browsers_of(user)
        for author in Author.objects.filter(user=user):
            end_tokens_of(author)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        if "email" in credentials:
            credentials["email"] = User.objects.normalize_email(credentials["email"])
        return super().authenticate(request, **credentials)


def lifetime_of(template_prefix: str) -> timedelta:
    """A mail lies no longer than the code in it holds; and what an address without an account gets
    instead no longer than that (SAFETY T24)."""
    lives = {
        "login_code": app_settings.LOGIN_BY_CODE_TIMEOUT,
        "password_reset_code": app_settings.PASSWORD_RESET_BY_CODE_TIMEOUT,
        "unknown_account": app_settings.LOGIN_BY_CODE_TIMEOUT,
        "email_confirmation": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
        "email_confirmation_signup": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
        "account_already_exists": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    }
    seconds = lives.get(template_prefix.removeprefix(MAILS))
    return timedelta(seconds=seconds) if seconds else LIFETIME


def display(user: User) -> str:
    """How allauth's pages and mails name somebody to himself."""
    return user.email
