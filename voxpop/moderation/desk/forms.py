"""What moderators type."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from voxpop.words import say_lazily

FOR_GOOD = 0


class GiveForm(forms.Form):
    """To whom an archive's comments are given."""

    handle = forms.CharField(
        label=say_lazily("give_handle"),
        help_text=say_lazily("give_handle_hint"),
        max_length=31,
    )
    reason = forms.CharField(
        label=say_lazily("reason"),
        help_text=say_lazily("reason_hint"),
        max_length=300,
        required=False,
    )


class BanForm(forms.Form):
    """How long, how wide, and what becomes of what the author wrote lately."""

    days = forms.TypedChoiceField(
        label=say_lazily("ban_days"),
        coerce=int,
        choices=[
            (1, say_lazily("ban_day")),
            (7, say_lazily("ban_week")),
            (30, say_lazily("ban_month")),
            (365, say_lazily("ban_year")),
            (FOR_GOOD, say_lazily("ban_good")),
        ],
        initial=7,
    )
    covers_network = forms.BooleanField(
        label=say_lazily("ban_network"),
        help_text=say_lazily("ban_network_hint"),
        required=False,
    )
    remove_hours = forms.TypedChoiceField(
        label=say_lazily("ban_lately"),
        coerce=int,
        choices=[
            (0, say_lazily("ban_leave")),
            (1, say_lazily("ban_last_hour")),
            (24, say_lazily("ban_last_day")),
            (720, say_lazily("ban_last_month")),
        ],
        initial=0,
    )
    reason = forms.CharField(
        label=say_lazily("reason"),
        help_text=say_lazily("reason_hint"),
        max_length=300,
        required=False,
    )

    def ends(self) -> datetime | None:
        """The moment the ban ends; None: for good."""
        days: int = self.cleaned_data["days"]
        return None if days == FOR_GOOD else timezone.now() + timedelta(days=days)
