"""VOXPOP_REDIS and VOXPOP_MEMCACHED: what is wrong is said in one sentence, no password in it."""

import pytest

from voxpop.settings.environment import SettingsError, hosts, redis_server


@pytest.mark.parametrize(
    "address",
    ["", "redis://10.0.0.7:6379/0", "redis://localhost/2", "rediss://user:pass@redis.test:6380/0"],
)
def test_an_address_of_redis_is_taken_as_it_is(address: str) -> None:
    assert redis_server(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "localhost:6379",
        "redis://",
        "redis://localhost",
        "redis://localhost:6379/first",
        "redis://:hunter2@localhost:port/0",
        "http://user:hunter2@localhost:6379/0",
        "redis://[::1:6379/0",
    ],
)
def test_another_one_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        redis_server(address)
    assert "VOXPOP_REDIS is not of the form redis://" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_memcached_nodes_are_named_by_host_and_port_each_once() -> None:
    assert hosts("") == []
    told = "10.0.0.7:11211, 10.0.0.8:11211,10.0.0.7:11211,[::1]:11211"
    assert hosts(told) == [("10.0.0.7", 11211), ("10.0.0.8", 11211), ("::1", 11211)]


@pytest.mark.parametrize(
    "told", ["10.0.0.7", "memcached://10.0.0.7:11211", "10.0.0.7:x", ":11211", "a:1/2", "a:70000"]
)
def test_other_names_of_nodes_are_refused(told: str) -> None:
    with pytest.raises(ValueError):
        hosts(told)
