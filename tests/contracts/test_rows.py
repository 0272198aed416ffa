"""What is looked up by hand is what Django would have made of the same row."""

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.signals import post_init, pre_init
from django.test import Client

from voxpop.accounts.models import AccessToken, Author, User
from voxpop.forums.models import Forum
from voxpop.rows import read_one
from voxpop.threads.models import Comment, Thread
from voxpop.threads.tests.cast import Cast

OURS = [each for each in apps.get_models() if each.__module__.startswith("voxpop.")]
LOOKED_UP = [*OURS, Session]


@pytest.mark.django_db
def test_every_model_that_has_a_row():
    cast = Cast.standing()
    Client().force_login(cast.ann.author.user)
    seen = set()
    for model in LOOKED_UP:
        theirs = model._base_manager.first()
        if theirs is None:
            continue
        seen.add(model)
        key = theirs._meta.pk.attname
        ours = read_one(model, f"WHERE t.{key} = %s", [getattr(theirs, key)])
        ours_state, theirs_state = (vars(row.__dict__.pop("_state")) for row in (ours, theirs))
        theirs_state.pop("fields_cache", None)  # made when first asked for
        assert ours_state == theirs_state, model
        assert ours.__dict__ == theirs.__dict__, model
    assert seen >= {AccessToken, Author, User, Session, Forum, Thread, Comment}


@pytest.mark.parametrize("model", LOOKED_UP, ids=str)
def test_no_model_makes_anything_of_its_values_itself(model):
    """Else its rows were made without that."""
    assert model.__init__ is models.Model.__init__
    assert not pre_init.has_listeners(model)
    assert not post_init.has_listeners(model)
