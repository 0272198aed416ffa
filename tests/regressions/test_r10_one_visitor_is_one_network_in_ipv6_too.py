"""R10: an address split at ":" made every IPv6 reader look new (Remark42, 2026-02)."""

import pytest
from django.test import RequestFactory

from voxpop.limits.address import network_of


def seen_as(address):
    return network_of(RequestFactory().get("/", REMOTE_ADDR=address))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:200::1", "2001:db8:1:2ff:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:200::1", "2001:0DB8:0001:0200:0:0:0:2"),
        ("::ffff:192.0.2.1", "192.0.2.200"),
        ("::ffff:c000:0201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::2%eth1"),
        ("192.0.2.1", "192.0.2.254"),
    ],
)
def test_two_addresses_of_one_visitor_are_one_network(one, other):
    assert seen_as(one) == seen_as(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:200::1", "2001:db8:1:300::1"),
        ("2001:db8::1", "2001:db9::1"),
        ("192.0.2.1", "192.0.3.1"),
        ("::ffff:192.0.2.1", "::ffff:198.51.100.1"),
    ],
)
def test_two_visitors_are_two_networks(one, other):
    assert seen_as(one) != seen_as(other)


def test_no_whole_address_is_kept():
    assert seen_as("192.0.2.77") == "192.0.2.0/24"
    assert seen_as("2001:db8:1:2ab::77") == "2001:db8:1:200::/56"
