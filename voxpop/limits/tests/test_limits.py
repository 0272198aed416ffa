import pytest

from voxpop.errors import Problem
from voxpop.limits import paused, rates
from voxpop.limits.address import is_loopback
from voxpop.limits.rates import RATES, limit


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.LIMITS = True
    rates.forget_all()


def until_refused(action, subject, most=2000):
    for number in range(most):
        try:
            limit(action, subject)
        except Problem as problem:
            return number, problem
    raise AssertionError("never refused")


def test_the_sixth_comment_in_a_minute_is_the_last_and_says_how_long_to_wait():
    passed, problem = until_refused("comment", "author:1")
    assert passed == 6
    assert problem.code == "rate_limited"
    assert 1 <= problem.retry_after <= 60


def test_one_author_does_not_use_up_anothers_rate():
    until_refused("comment", "author:1")
    limit("comment", "author:2")


def test_one_action_does_not_use_up_another():
    until_refused("comment", "author:1")
    limit("vote", "author:1")


def test_a_network_has_its_own_rate():
    passed, _ = until_refused("comment", "192.0.2.0/24")
    assert passed == 20


def test_an_action_that_nobody_listed_is_a_mistake_even_where_limits_are_off(settings):
    settings.LIMITS = False
    with pytest.raises(KeyError):
        limit("dance", "author:1")


def test_limits_can_be_off_for_measuring(settings):
    settings.LIMITS = False
    for _ in range(100):
        limit("comment", "author:1")


def test_every_rate_of_a_network_is_at_least_that_of_one_author():
    for action in RATES:
        one = rates._rates[action, True][0]
        all_of_them = rates._rates[action, False][0]
        per_author = one.amount / one.get_expiry()
        assert all_of_them.amount / all_of_them.get_expiry() >= per_author, action


def test_paused_writes_are_refused_until_they_are_taken_again(settings, tmp_path):
    settings.DATA = tmp_path
    paused.refuse_while_paused()
    paused.pause_writes()
    with pytest.raises(Problem) as caught:
        paused.refuse_while_paused()
    assert (caught.value.code, caught.value.retry_after) == ("writes_paused", 5)
    paused.resume_writes()
    paused.resume_writes()
    paused.refuse_while_paused()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("comments.example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_only_this_machine_reaches_a_loopback_listener(host, expected):
    assert is_loopback(host) is expected


def test_the_server_refuses_to_start_unlimited_where_others_can_reach_it(settings):
    from voxpop.server.serve import refuse_unlimited
    from voxpop.settings.environment import SettingsError

    settings.LIMITS = False
    refuse_unlimited("127.0.0.1")
    with pytest.raises(SettingsError):
        refuse_unlimited("0.0.0.0")
    settings.LIMITS = True
    refuse_unlimited("0.0.0.0")
