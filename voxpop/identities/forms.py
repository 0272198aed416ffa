"""What somebody who comes from another account types about himself."""

from typing import Any

from allauth.socialaccount.forms import SignupForm as AllauthSignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest

from voxpop.accounts.actions import name_user
from voxpop.accounts.forms import NameField, word_name_and_email
from voxpop.accounts.models import User
from voxpop.accounts.names import LONGEST


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """allauth's form and the name that others see; both come filled in where the provider knows."""

    name = NameField(
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    field_order = ["name", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word_name_and_email(self)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """What a provider has proved is its own address, and no other that is typed instead."""
        login = self.sociallogin
        login.email_addresses = [
            each for each in login.email_addresses if each.email == self.cleaned_data["email"]
        ]
        user: User = super().save(request)
        return user

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        name_user(user, self.cleaned_data["name"])
