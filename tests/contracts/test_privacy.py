"""The table of what is kept of people names every field there is, and docs/privacy.md says it.

A field that you have just added fails here: give it a row in `voxpop/privacy/table.py` (which says
how), then `WRITE_DOCS=1 pytest tests/contracts/test_privacy.py`.
"""

import os
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from voxpop.accounts.models import Author, User
from voxpop.claims.belongings import BELONGINGS
from voxpop.privacy.documented import BEGINS, ENDS, document
from voxpop.privacy.kept import Fate, Kept
from voxpop.privacy.table import TABLE

DOCUMENT = Path(__file__).parents[2] / "docs" / "privacy.md"
MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
# A row that names somebody says something of him, whatever else it is: but a thread's pin.
PEOPLE = (Author, User)


def unspoken(model: type[models.Model], kept: Kept) -> list[str]:
    """What the row and the model do not have in common, and what is spoken of twice."""
    there = [field.name for field in model._meta.concrete_fields]
    return sorted(
        {*set(there) ^ set(kept.fields), *[f for f in kept.fields if kept.fields.count(f) > 1]}
    )


def test_every_model_is_in_the_table():
    assert sorted(set(TABLE) ^ set(MODELS)) == []


@pytest.mark.parametrize("label", TABLE)
def test_every_field_has_one_row(label: str):
    assert unspoken(MODELS[label], TABLE[label]) == []


def test_a_new_field_without_a_row_is_noticed():
    with_one_less = Kept(TABLE["people.Mute"].groups[:1])
    assert unspoken(MODELS["people.Mute"], with_one_less) == ["id"]


@pytest.mark.parametrize("label", TABLE)
def test_whatever_points_to_somebody_is_personal(label: str):
    personal = {name for group in TABLE[label].personal for name in group.fields.split()}
    pointing = {
        field.name
        for field in MODELS[label]._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model in PEOPLE
    }
    assert pointing <= personal


@pytest.mark.parametrize("label", TABLE)
def test_what_goes_is_taken_by_something(label: str):
    """A fate that nothing brings about is a promise to nobody: a row goes by a column that names
    its author, by the database with his account, or by a verb of the erasure."""
    goes = [group for group in TABLE[label].personal if group.fate == Fate.GOES]
    by_author = any(
        each.table == label and TABLE[label].fate_of(each.field) == Fate.GOES
        for each in BELONGINGS
        if not each.is_of_user
    )
    by_account = any(
        isinstance(field, models.ForeignKey)
        and field.remote_field.on_delete is models.CASCADE
        and field.related_model._meta.label in {"accounts.User", "account.EmailAddress"}
        for field in MODELS[label]._meta.concrete_fields
    )
    assert not goes or by_author or by_account or label in BY_A_VERB


# Without a way to the author in the schema: their rows name him in words (erase.py).
BY_A_VERB = {
    "accounts.User",
    "limits.Answered",
    "mails.Mail",
    "screening.Ban",
    "sessions.Session",
    "threads.Revision",
    "threads.Unproven",  # with the standing of its comment (threads/actions/stand.py)
    "timelines.TimelineEntry",
    "timelines.Watermark",
}


def test_what_is_left_or_kept_back_says_why():
    silent = [
        (label, group.fields)
        for label, kept in TABLE.items()
        for group in kept.personal
        if not group.why and not group.is_given
    ]
    assert silent == []


def test_the_document_says_the_same():
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGINS)
    _, after = rest.split(ENDS)
    made = f"{before}{BEGINS}\n{document()}\n{ENDS}{after}"
    if os.environ.get("WRITE_DOCS"):
        DOCUMENT.write_text(made)
        text = made
    assert text == made
