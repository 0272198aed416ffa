"""T25: a sign-in asks another server, so that one network cannot make us ask without end."""

import pytest

from tests.providers.visitor import Visitor
from voxpop.settings.ways import Way

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_left(settings, monkeypatch):
    """Every rate is used up."""
    from voxpop.limits import rates

    settings.WAYS_IN = [Way("github", "github", "GitHub", "id", "secret")]
    settings.MASTODON = True
    settings.LIMITS = True
    monkeypatch.setattr(rates.OwnCount, "wait", lambda *_: 60)


@pytest.mark.parametrize(
    ("way", "typed"), [("github", {}), ("mastodon", {"host": "mastodon.example"})]
)
def test_leaving_for_a_provider_is_limited(way, typed):
    page = Visitor().post(f"/accounts/with/{way}/", typed)
    assert page.status_code == 429
    assert "http-equiv" not in page.content.decode()


def test_what_comes_back_without_having_left_asks_nobody():
    page = Visitor().get("/accounts/with/github/back/", {"code": "x", "state": "y"})
    assert page.status_code == 400
