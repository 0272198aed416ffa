"""What somebody types about himself."""

from django import forms

from voxpop.errors import Problem
from voxpop.profiles.actions import LONGEST_ABOUT


class ProfileForm(forms.Form):
    is_public = forms.BooleanField(
        required=False,
        label="My profile is public",
        help_text="Anybody can open it, and my name beside my comments leads there. Until then"
        " nobody can see that there is one.",
    )
    handle = forms.CharField(
        required=False,
        max_length=30,
        label="Name in its address",
        help_text="Letters a–z, digits, hyphens and underscores. Earlier names keep leading to you"
        " and are never given to anybody else.",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    about = forms.CharField(
        required=False,
        max_length=LONGEST_ABOUT,
        label="About me",
        help_text="Plain text or Markdown, as in comments.",
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    shows_people = forms.BooleanField(
        required=False,
        label="Show who follows me and whom I follow",
        help_text="Only people whose own profiles are public are named. Their number is always"
        " shown.",
    )

    def tell(self, problem: Problem) -> None:
        """Put a refusal where the person who can mend it looks."""
        if not problem.errors:
            self.add_error(None, problem.detail)
        for field, told in (problem.errors or {}).items():
            self.add_error(field if self.fields.get(field) else None, told)
