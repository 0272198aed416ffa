"""A forum with its people, one with a moderator of his own, and an operator."""

import pytest

from voxpop.forums.models import Membership, Role
from voxpop.threads.tests.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    cast = Cast()
    cast.mona = cast.user("Mona Moderator", "mona@magazine.test")
    Membership.objects.create(forum=cast.forum, user=cast.mona.author.user, role=Role.MODERATOR)
    return cast


@pytest.fixture
def others(db: None) -> Cast:
    return Cast("elsewhere")
