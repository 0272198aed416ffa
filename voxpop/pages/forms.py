"""What an owner types about his forum, and a user about himself."""

import re
from typing import TYPE_CHECKING, Any

from django import forms

from voxpop.accounts.factors import has_second_factor
from voxpop.accounts.forms import NameField
from voxpop.accounts.models import User
from voxpop.accounts.names import LONGEST
from voxpop.forums.models import Forum, Sso
from voxpop.words import say, say_lazily
from voxpop.words.languages import OWN_NAMES

if TYPE_CHECKING:
    ForumModelForm = forms.ModelForm[Forum]
else:
    ForumModelForm = forms.ModelForm  # Django's own class takes no type at run time

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class NewForumForm(forms.Form):
    name = forms.CharField(
        label=say_lazily("forum_title"), max_length=120, help_text=say_lazily("forum_title_hint")
    )
    shortname = forms.CharField(
        label=say_lazily("shortname"),
        max_length=40,
        help_text=say_lazily("shortname_hint"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    origin = forms.CharField(
        label=say_lazily("your_site"),
        max_length=300,
        help_text=say_lazily("your_site_hint"),
        widget=forms.TextInput(
            attrs={"placeholder": "https://blog.example.org", "inputmode": "url"}
        ),
    )
    invitation = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)


class SiteForm(forms.Form):
    origin = forms.CharField(
        label=say_lazily("site_address"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"placeholder": "https://blog.example.org", "inputmode": "url"}
        ),
    )


class CheckForm(forms.Form):
    url = forms.URLField(
        label=say_lazily("check_address"),
        max_length=2000,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://blog.example.org/a-page"}),
    )


class SsoForm(forms.Form):
    sso = forms.ChoiceField(
        label=say_lazily("sso_mode"),
        choices=[(each, say_lazily(f"sso_{each}")) for each in Sso],
        widget=forms.RadioSelect,
    )
    sso_address = forms.CharField(
        label=say_lazily("sso_page"),
        max_length=500,
        required=False,
        help_text=say_lazily("sso_page_hint"),
        widget=forms.TextInput(
            attrs={"placeholder": "https://blog.example.org/sign-in", "inputmode": "url"}
        ),
    )
    sso_moderates = forms.BooleanField(
        label=say_lazily("sso_roles"),
        required=False,
        help_text=say_lazily("sso_roles_hint"),
    )


class NameForm(forms.Form):
    name = forms.CharField(max_length=LONGEST)
    language = forms.ChoiceField(
        label=say_lazily("language"),
        required=False,
        choices=[("", say_lazily("language_none")), *OWN_NAMES.items()],
        help_text=say_lazily("language_hint"),
    )

    def __init__(self, *args: Any, wearer: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = NameField(
            label=say("name"),
            max_length=LONGEST,
            wearer=wearer,
            help_text=say("name_follows"),
        )


class SettingsForm(ForumModelForm):
    """Everything an owner decides about a forum, in the groups that the page shows."""

    language = forms.ChoiceField(label=say_lazily("language"), choices=list(OWN_NAMES.items()))

    class Meta:
        model = Forum
        fields = (
            *("name", "language", "sort", "depth_shown", "vote_mode"),
            *("allows_guests", "guest_proof"),
            *("is_premoderated", "holds_first_comment", "word_list"),
            *("edit_minutes", "closes_after_days"),
            *("shows_more", "is_listed", "requires_second_factor"),
            *("greeting", "placeholder", "post_label", "reply_label", "accent"),
        )
        labels = {
            "name": say_lazily("forum_title"),
            "sort": say_lazily("set_sort"),
            "depth_shown": say_lazily("set_depth"),
            "vote_mode": say_lazily("votes"),
            "allows_guests": say_lazily("set_guests"),
            "guest_proof": say_lazily("set_proof"),
            "is_premoderated": say_lazily("set_every"),
            "holds_first_comment": say_lazily("set_first"),
            "word_list": say_lazily("set_words"),
            "edit_minutes": say_lazily("set_minutes"),
            "closes_after_days": say_lazily("set_days"),
            "shows_more": say_lazily("set_more"),
            "is_listed": say_lazily("set_listed"),
            "requires_second_factor": say_lazily("set_factor"),
            "greeting": say_lazily("set_greeting"),
            "placeholder": say_lazily("set_placeholder"),
            "post_label": say_lazily("set_post"),
            "reply_label": say_lazily("set_reply"),
            "accent": say_lazily("set_accent"),
        }
        help_texts = {
            "depth_shown": say_lazily("set_depth_hint"),
            "allows_guests": say_lazily("set_guests_hint"),
            "guest_proof": say_lazily("set_proof_hint"),
            "holds_first_comment": say_lazily("set_first_hint"),
            "word_list": say_lazily("set_words_hint"),
            "edit_minutes": say_lazily("set_minutes_hint"),
            "closes_after_days": say_lazily("set_days_hint"),
            "shows_more": say_lazily("set_more_hint"),
            "is_listed": say_lazily("set_listed_hint"),
            "requires_second_factor": say_lazily("set_factor_hint"),
            "greeting": say_lazily("set_greeting_hint"),
            "accent": say_lazily("set_accent_hint"),
        }
        widgets = {
            "word_list": forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
            "accent": forms.TextInput(
                attrs={"placeholder": "#2456d6", "pattern": "#[0-9a-fA-F]{6}", "data-colour": ""}
            ),
        }

    def __init__(self, *args: Any, owner: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.fields["sort"].choices = [  # type: ignore[attr-defined]
            ("best", say_lazily("set_best")),
            ("newest", say_lazily("set_newest")),
            ("oldest", say_lazily("set_oldest")),
        ]
        self.fields["vote_mode"].choices = [  # type: ignore[attr-defined]
            ("both", say_lazily("set_up_down")),
            ("up", say_lazily("set_up_only")),
            ("none", say_lazily("set_no_votes")),
        ]
        self.fields["guest_proof"].choices = [  # type: ignore[attr-defined]
            ("off", say_lazily("set_proof_off")),
            ("ask", say_lazily("set_proof_ask")),
            ("required", say_lazily("set_proof_required")),
        ]
        self.fields["depth_shown"] = forms.IntegerField(
            label=say_lazily("set_depth"),
            min_value=0,
            max_value=12,
            help_text=self.Meta.help_texts["depth_shown"],
        )
        self.fields["edit_minutes"].widget.attrs["max"] = 525_600

    def clean_accent(self) -> str:
        accent: str = self.cleaned_data["accent"].strip().lower()
        if accent and not COLOUR.fullmatch(accent):
            raise forms.ValidationError(say("set_accent_form"))
        return accent

    def clean_edit_minutes(self) -> int:
        minutes: int = self.cleaned_data["edit_minutes"]
        if minutes > 525_600:
            raise forms.ValidationError(say("set_minutes_most"))
        return minutes

    def clean_closes_after_days(self) -> int | None:
        days: int | None = self.cleaned_data["closes_after_days"]
        if days is not None and not 0 < days <= 36_500:
            raise forms.ValidationError(say("set_days_most"))
        return days

    def clean_requires_second_factor(self) -> bool:
        is_asked: bool = self.cleaned_data["requires_second_factor"]
        if is_asked and self.owner is not None and not has_second_factor(self.owner):
            raise forms.ValidationError(say("set_factor_own"))
        return is_asked

    def changes(self) -> dict[str, Any]:
        """What is different from what stands."""
        return {field: self.cleaned_data[field] for field in self.changed_data}
