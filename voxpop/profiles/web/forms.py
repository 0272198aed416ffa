"""What somebody types about himself."""

from django import forms

from voxpop.errors import Problem
from voxpop.profiles.actions import LONGEST_ABOUT
from voxpop.words import refusal, say_lazily


class ProfileForm(forms.Form):
    is_public = forms.BooleanField(
        required=False,
        label=say_lazily("public_label"),
        help_text=say_lazily("public_hint"),
    )
    handle = forms.CharField(
        required=False,
        max_length=30,
        label=say_lazily("handle_label"),
        help_text=say_lazily("handle_hint"),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    about = forms.CharField(
        required=False,
        max_length=LONGEST_ABOUT,
        label=say_lazily("about_label"),
        help_text=say_lazily("about_hint"),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    shows_people = forms.BooleanField(
        required=False,
        label=say_lazily("shows_people_label"),
        help_text=say_lazily("shows_people_hint"),
    )

    def tell(self, problem: Problem) -> None:
        """Put a refusal where the person who can mend it looks."""
        if not problem.errors:
            self.add_error(None, refusal(problem))
        for field, told in (problem.errors or {}).items():
            self.add_error(field if self.fields.get(field) else None, told)
