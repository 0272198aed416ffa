"""Where allauth asks us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from voxpop.accounts.browsers import forget_browsers_of
from voxpop.accounts.models import Author, User
from voxpop.accounts.tokens import end_tokens_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def clean_email(self, email: str) -> str:
        """One spelling of one mailbox, wherever an address is typed (SAFETY T34)."""
        return super().clean_email(User.objects.normalize_email(email))  # type: ignore[no-any-return]

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


def display(user: User) -> str:
    """How allauth's pages and mails name somebody to himself."""
    return user.email
