"""R11, T25: forwarding headers were believed from anybody (Remark42, 2026-07; allauth 65.14.2)."""

import pytest
from django.test import RequestFactory

from voxpop.errors import Problem
from voxpop.limits import rates
from voxpop.limits.address import client_address, network_of


def address(settings, proxies, near, forwarded=None, **headers):
    settings.TRUSTED_PROXIES = proxies
    if forwarded is not None:
        headers["HTTP_X_FORWARDED_FOR"] = forwarded
    return str(client_address(RequestFactory().get("/", REMOTE_ADDR=near, **headers)))


def test_without_proxies_the_header_is_not_looked_at(settings):
    assert address(settings, 0, "192.0.2.1", "203.0.113.9") == "192.0.2.1"
    assert address(settings, 0, "192.0.2.1", HTTP_X_REAL_IP="203.0.113.9") == "192.0.2.1"
    assert address(settings, 0, "192.0.2.1", HTTP_FORWARDED="for=203.0.113.9") == "192.0.2.1"


@pytest.mark.parametrize("lie", ["", "203.0.113.1, ", "203.0.113.1, 203.0.113.2, ", "junk,,"])
def test_what_a_client_puts_in_front_changes_nothing(settings, lie):
    assert address(settings, 1, "10.0.0.1", f"{lie}198.51.100.7") == "198.51.100.7"
    assert address(settings, 2, "10.0.0.1", f"{lie}198.51.100.7, 10.0.0.2") == "198.51.100.7"


def test_who_reached_us_past_the_proxies_is_taken_for_what_is_certain(settings):
    assert address(settings, 2, "198.51.100.7") == "198.51.100.7"
    assert address(settings, 2, "198.51.100.7", "203.0.113.1") == "198.51.100.7"
    assert address(settings, 1, "198.51.100.7", "junk") == "198.51.100.7"


def test_an_ipv6_client_behind_a_proxy(settings):
    assert address(settings, 1, "10.0.0.1", "[2001:db8::1]") == "2001:db8::1"


def test_a_forged_header_does_not_start_a_new_rate(settings):
    settings.TRUSTED_PROXIES = 0
    settings.LIMITS = True
    rates.forget_all()
    forged = [f"203.0.{number % 250}.1" for number in range(1000)]
    with pytest.raises(Problem):
        preview_from_each(forged)


def preview_from_each(forged):
    for lie in forged:
        request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=lie)
        rates.limit("preview", network_of(request))
