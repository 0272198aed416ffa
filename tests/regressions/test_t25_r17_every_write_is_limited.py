"""T25, R17: one unlimited write is a flood, a mail bomb or a guessing machine (Coral, 2022)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account import app_settings as allauth

import voxpop
from tests.regressions import t37_world
from voxpop.audit.tenancy import table as t37_table
from voxpop.limits import rates

pytestmark = pytest.mark.broad

world = t37_world.world

# Ways in that may be used without end, and why.
UNLIMITED = {
    "DELETE api/v1/tokens": "ends one's own token, once",
    "POST home/account/sign-out/": "ends one's own sign-ins",
    "POST home/signed-in/": "ends one of one's own sign-ins, once",
    "POST hooks/mail/ the mail provider's, by its secret": "whoever has no secret is refused",
    "POST home/mail/<str:secret>/": "stops one's own mail: that is never refused to anybody",
    "POST home/mail/<str:secret>/stop/<str:what>/": "stops one's own mail, as the one before",
    "POST home/mail/<str:secret>/confirm/": "says once that one's own address is one's own",
    "POST home/forums/<slug:shortname>/import/<str:public_id>/discard/": "drops one's own file",
}
LIKELY = (t37_table.OWNER, t37_table.READER, t37_table.GUEST, t37_table.OPERATOR)
# A row that nobody gets through is of interest here only where no other row uses its route.
USABLE = {(each.route, each.method) for each in t37_table.TABLE if each.who}
WRITES = [
    each
    for each in t37_table.TABLE
    if each.method != "GET"
    and str(each) not in UNLIMITED
    and (each.who or (each.route, each.method) not in USABLE)
]


@pytest.fixture
def used_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every rate is used up; which ones were asked for."""
    asked: list[str] = []

    class UsedUp(rates.OwnCount):
        def wait(self, rate: Any, subject: rates.Subject) -> int:
            asked.append(subject[0])
            return 60

    monkeypatch.setattr(rates, "_count", UsedUp)
    return asked


@pytest.mark.parametrize("each", WRITES, ids=str)
def test_a_write_stops_when_its_rate_is_used_up(
    world: t37_world.World, used_up: list[str], settings: Any, each: t37_table.Row
) -> None:
    settings.LIMITS = True
    actor = next((actor for actor in LIKELY if actor in each.who), t37_table.GUEST)
    before = t37_world.fingerprint()
    answer = t37_world.ask(world, each, actor, world.objects)
    assert used_up, f"{each} answered {answer.status_code} and asked for no rate"
    assert t37_world.fingerprint() == before
    if each.is_json:
        assert answer.status_code == 429
        assert answer.json()["code"] == "rate_limited"
        assert int(answer["Retry-After"]) >= 1


def test_what_is_unlimited_still_exists() -> None:
    assert UNLIMITED.keys() <= {str(each) for each in t37_table.TABLE}


def test_every_rate_is_used_by_somebody() -> None:
    """A rate that nobody asks for is a write that somebody believes to be limited."""
    used = set(actions_named_in_the_product())
    assert set(rates.RATES) == used


def actions_named_in_the_product() -> Iterator[str]:
    calls = re.compile(r"(?:limit|limit_user|writer)\((?:request, )?\"(\w+)\"")
    for file in Path(voxpop.__file__).parent.rglob("*.py"):
        if "tests" not in file.parts:
            yield from calls.findall(file.read_text())


@pytest.mark.parametrize(
    "action", ["login", "login_failed", "signup", "reset_password", "manage_email"]
)
def test_signing_in_is_limited_by_allauth(action: str) -> None:
    assert allauth.RATE_LIMITS.get(action)
