"""What people type about themselves."""

from django import forms


class SignupForm(forms.Form):
    """Fields beside allauth's own: the name that others see."""

    name = forms.CharField(max_length=60)

    def signup(self, request: object, user: object) -> None:
        """allauth calls this when the user row stands."""
