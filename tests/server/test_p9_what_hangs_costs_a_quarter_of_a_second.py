"""P9: Redis, memcached or Cassandra hangs. Nobody who reads or posts waits a quarter of a second
longer for it, and nobody is told that anything went wrong but who asked for what only it has."""

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.server.behind import PROMISED, Behind, before_cassandra
from tests.server.running import Running
from voxpop.stack.engines.cassandra import Cassandra
from voxpop.stack.engines.memcached import Memcached
from voxpop.stack.engines.redis import Redis

pytestmark = [pytest.mark.server, pytest.mark.alone]


def redis(server: Running, engine: Redis) -> Behind:
    server.environment["VOXPOP_REDIS"] = engine.url
    return Behind(server, "Redis", [engine], ("voxpop_redis_total", {"result": "failed"}))


def memcached(server: Running, nodes: list[Memcached]) -> Behind:
    server.environment["VOXPOP_MEMCACHED"] = ",".join(node.address for node in nodes)
    counted = ("voxpop_cache_total", {"place": "memcached", "result": "failed"})
    return Behind(server, "memcached", nodes, counted)


def cassandra(server: Running, node: Cassandra) -> Behind:
    return before_cassandra(server, [node], node.contact)


@pytest.fixture(
    params=[(redis, "redis_server"), (memcached, "memcached_nodes"), (cassandra, "cassandra")],
    ids=["Redis", "memcached", "Cassandra"],
)
def behind(request: pytest.FixtureRequest, server: Running) -> Iterator[Behind]:
    """The server with one of the three behind it, which goes on in the end."""
    put, fixture = request.param
    found: Behind = put(server, request.getfixturevalue(fixture))
    found.start()
    yield found
    found.resume()


def test_p9_what_hangs_costs_a_quarter_of_a_second_and_no_error(
    behind: Behind,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    added = behind.added()
    told = {kind: round(seconds * 1000) for kind, seconds in added.items()}
    record_property(f"ms added while {behind.name} hangs", told)
    with capsys.disabled():
        sys.stdout.write(f"\nms added while {behind.name} hangs: {told}\n")
    assert max(added.values()) <= PROMISED, told
