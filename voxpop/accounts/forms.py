"""What people type about themselves."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.http import HttpRequest

from voxpop.accounts.actions import name_user
from voxpop.accounts.models import Author, User
from voxpop.accounts.names import LONGEST, check_name
from voxpop.errors import Problem
from voxpop.words import say


class NameField(forms.CharField):
    """The name that others see, checked and cleaned; `wearer` may keep his own."""

    def __init__(self, *, wearer: Author | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wearer = wearer

    def clean(self, value: Any) -> str:
        try:
            return check_name(super().clean(value), wearer=self.wearer)
        except Problem as problem:
            raise forms.ValidationError(
                (problem.errors or {}).get("name", problem.detail)
            ) from None


def word_name_and_email(form: forms.Form) -> None:
    """In the language of whoever is being asked."""
    for name in ("name", "email"):
        form.fields[name].label = say(name)
        form.fields[name].help_text = say(f"{name}_hint")
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class SignupForm(AllauthSignupForm):  # type: ignore[misc]
    """allauth's form and the name that others see."""

    name = NameField(
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    field_order = ["name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word_name_and_email(self)
        if password := self.fields.get("password1"):
            password.help_text = say("password_hint")
            if not password.required:
                password.label = say("password_optional")
                password.help_text += " " + say("password_without")

    def try_save(self, request: HttpRequest) -> Any:
        """Costs as much for an address that has an account as for a new one (SAFETY T24)."""
        if self.account_already_exists and (password := self.cleaned_data.get("password1")):
            User().set_password(password)
        return super().try_save(request)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        name_user(user, self.cleaned_data["name"])
