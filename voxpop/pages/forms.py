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
        label="Title", max_length=120, help_text="What people see: “The Meridian”."
    )
    shortname = forms.CharField(
        label="Short name",
        max_length=40,
        help_text="Stands in the snippet, for good: letters a–z, digits and hyphens.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    origin = forms.CharField(
        label="Your site",
        max_length=300,
        help_text="The address where the comments will appear. You can add more later.",
        widget=forms.TextInput(
            attrs={"placeholder": "https://blog.example.org", "inputmode": "url"}
        ),
    )
    invitation = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)


class SiteForm(forms.Form):
    origin = forms.CharField(
        label="Address of the site",
        max_length=300,
        widget=forms.TextInput(
            attrs={"placeholder": "https://blog.example.org", "inputmode": "url"}
        ),
    )


class CheckForm(forms.Form):
    url = forms.URLField(
        label="A page that carries the snippet",
        max_length=2000,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://blog.example.org/a-page"}),
    )


class SsoForm(forms.Form):
    sso = forms.ChoiceField(
        label="Sign-in of your site", choices=Sso.choices, widget=forms.RadioSelect
    )
    sso_address = forms.CharField(
        label="Your sign-in page",
        max_length=500,
        required=False,
        help_text="Where readers who are not signed in are sent, in a window of its own. Empty: "
        "there is no button for it.",
        widget=forms.TextInput(
            attrs={"placeholder": "https://blog.example.org/sign-in", "inputmode": "url"}
        ),
    )
    sso_moderates = forms.BooleanField(
        label="Tokens may name moderators",
        required=False,
        help_text="Whoever your site gives the role <code>moderator</code> decides about comments.",
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

    language = forms.ChoiceField(choices=list(OWN_NAMES.items()))

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
            "name": "Title",
            "sort": "Order at first",
            "depth_shown": "Steps of indentation",
            "vote_mode": "Votes",
            "allows_guests": "Guests may comment",
            "guest_proof": "Guests and their e-mail address",
            "is_premoderated": "Every comment waits for a moderator",
            "holds_first_comment": "An author's first comment waits for a moderator",
            "word_list": "Words that make a comment wait",
            "edit_minutes": "Minutes for editing",
            "closes_after_days": "Days until a thread closes",
            "shows_more": "More from this site under each thread",
            "is_listed": "Listed among the trending threads of this server",
            "requires_second_factor": "Who runs the forum needs a second factor",
            "greeting": "Greeting",
            "placeholder": "Invitation to write",
            "post_label": "Button that sends",
            "reply_label": "Link that replies",
            "accent": "Accent colour",
        }
        help_texts = {
            "depth_shown": "Deeper replies stay at the last step, with a link to what they answer.",
            "allows_guests": "With a name, without an account.",
            "guest_proof": "Until a link in a mail is used, nothing appears; then comments flow.",
            "holds_first_comment": "Later ones appear at once.",
            "word_list": "One a line; <code>spam*</code> also finds spammer.",
            "edit_minutes": "How long authors can change their comments; 0: not at all.",
            "closes_after_days": "Empty: never.",
            "shows_more": "What people talk in on your other pages. Nothing of anybody else’s.",
            "is_listed": "Its threads may stand on <a href='/trending/'>a page</a> beside other"
            " forums’, once three people take part in one.",
            "requires_second_factor": "Without one the desk stays closed to them.",
            "greeting": "One line above the comments.",
            "accent": "Links and the main button, such as <code>#2456d6</code>. Empty: ours.",
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
            ("best", "Best first"),
            ("newest", "Newest first"),
            ("oldest", "Oldest first"),
        ]
        self.fields["vote_mode"].choices = [  # type: ignore[attr-defined]
            ("both", "Up and down"),
            ("up", "Up only"),
            ("none", "None"),
        ]
        self.fields["guest_proof"].choices = [  # type: ignore[attr-defined]
            ("off", "None needed"),
            ("ask", "Confirm one, or wait for a moderator"),
            ("required", "Confirm one"),
        ]
        self.fields["depth_shown"] = forms.IntegerField(
            label="Steps of indentation",
            min_value=0,
            max_value=12,
            help_text=self.Meta.help_texts["depth_shown"],
        )
        self.fields["edit_minutes"].widget.attrs["max"] = 525_600

    def clean_accent(self) -> str:
        accent: str = self.cleaned_data["accent"].strip().lower()
        if accent and not COLOUR.fullmatch(accent):
            raise forms.ValidationError("Write a colour such as #2456d6.")
        return accent

    def clean_edit_minutes(self) -> int:
        minutes: int = self.cleaned_data["edit_minutes"]
        if minutes > 525_600:
            raise forms.ValidationError("At most a year.")
        return minutes

    def clean_closes_after_days(self) -> int | None:
        days: int | None = self.cleaned_data["closes_after_days"]
        if days is not None and not 0 < days <= 36_500:
            raise forms.ValidationError("Between 1 and 36500 days, or empty.")
        return days

    def clean_requires_second_factor(self) -> bool:
        is_asked: bool = self.cleaned_data["requires_second_factor"]
        if is_asked and self.owner is not None and not has_second_factor(self.owner):
            raise forms.ValidationError("Set one up for yourself first: Settings, Signing in.")
        return is_asked

    def changes(self) -> dict[str, Any]:
        """What is different from what stands."""
        return {field: self.cleaned_data[field] for field in self.changed_data}
