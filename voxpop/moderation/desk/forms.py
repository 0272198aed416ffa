"""What moderators type."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

FOR_GOOD = 0


class GiveForm(forms.Form):
    """To whom an archive's comments are given."""

    handle = forms.CharField(
        label="Name of the profile",
        help_text="The name in its address, /u/NAME/. Who has no public profile asks for the "
        "comments on his own page, and stands in the list of claims.",
        max_length=31,
    )
    reason = forms.CharField(
        label="Why",
        help_text="Kept in the history, for your team only.",
        max_length=300,
        required=False,
    )


class BanForm(forms.Form):
    """How long, how wide, and what becomes of what the author wrote lately."""

    days = forms.TypedChoiceField(
        label="For how long",
        coerce=int,
        choices=[
            (1, "A day"),
            (7, "A week"),
            (30, "A month"),
            (365, "A year"),
            (FOR_GOOD, "For good"),
        ],
        initial=7,
    )
    covers_network = forms.BooleanField(
        label="Also whoever writes from the same network",
        help_text="Others may share it: a school, an office, a mobile carrier.",
        required=False,
    )
    remove_hours = forms.TypedChoiceField(
        label="What was written lately",
        coerce=int,
        choices=[
            (0, "Leave it"),
            (1, "Mark the last hour as spam"),
            (24, "Mark the last day as spam"),
            (720, "Mark the last 30 days as spam"),
        ],
        initial=0,
    )
    reason = forms.CharField(
        label="Why",
        help_text="Kept in the history, for your team only.",
        max_length=300,
        required=False,
    )

    def ends(self) -> datetime | None:
        """The moment the ban ends; None: for good."""
        days: int = self.cleaned_data["days"]
        return None if days == FOR_GOOD else timezone.now() + timedelta(days=days)
