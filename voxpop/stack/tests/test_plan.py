"""Who stands before whom, and what each is told, for every way to leave parts out."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from voxpop.edge.node import HELD_AT_MOST
from voxpop.stack.folder import Plan
from voxpop.stack.layout import MOST_EDGES, MOST_WORKERS, Choice, Files, lay_out
from voxpop.stack.part import Part
from voxpop.stack.plan import edge_node, plan
from voxpop.stack.secret import Secret

DATA = Path("/srv/voxpop")
ENGINES = ("postgres", "redis", "memcached", "cassandra")
SECRET = Secret("s" * 32, {"VOXPOP_EDGE_SECRET_FILE": "/srv/voxpop/edge_secret"})


@pytest.fixture(autouse=True)
def _a_plan_needs_no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxpop.edge.node.varnishd", lambda: "/usr/sbin/varnishd")


def made(choice: Choice) -> dict[str, Part]:
    secret = SECRET if choice.has("varnish") else None
    files = Files(DATA / "run/stack", secret, DATA / "certificates/served.pem")
    return {part.name: part for part in plan(choice, lay_out(choice), files).parts}


@pytest.fixture
def choice() -> Choice:
    return Choice(DATA, edges=2, workers=3)


def test_all_of_it(choice: Choice) -> None:
    parts = made(choice)
    assert list(parts) == [
        "postgres", "redis", "memcached1", "memcached2", "cassandra", "standby",
        "django1", "django2", "django3", "worker", "edge1", "edge2", "counter", "haproxy",
    ]  # fmt: skip
    assert set(parts["haproxy"].after) == {"edge1", "edge2"}
    assert parts["haproxy"].environment["VOXPOP_DJANGO3"].startswith("127.0.0.1:")
    django, worker = parts["django1"].environment, parts["worker"].environment
    assert django == worker
    assert django["VOXPOP_HOST"] == "https://localhost:8443"
    assert django["VOXPOP_EDGE_NODES"].count("http://127.0.0.1:") == 2
    assert django["VOXPOP_EDGE_SECRET_FILE"] == "/srv/voxpop/edge_secret"
    assert django["VOXPOP_REDIS"] == f"redis://{parts['redis'].address}/0"
    nodes = [parts[name].address for name in ("memcached1", "memcached2")]
    assert django["VOXPOP_MEMCACHED"] == ",".join(nodes)
    assert django["VOXPOP_CASSANDRA"] == parts["cassandra"].address
    assert django["VOXPOP_DATABASE_FILE"] == "/srv/voxpop/database"
    assert django["VOXPOP_DATABASE_REPLICA_FILE"] == "/srv/voxpop/run/stack/replica"
    assert parts["standby"].after == ("postgres",)
    # It refuses an old schema, and Django makes the new one.
    assert {"django1", "django2", "django3"} < set(parts["counter"].after)
    assert parts["django1"].after == parts["worker"].after == ("postgres",)
    assert SECRET.text not in str(parts)


@pytest.mark.parametrize(
    ("without", "proxies", "host"),
    [
        ((), "1", "https://localhost:8443"),
        (("varnish",), "1", "https://localhost:8443"),
        (("haproxy",), "1", "http://localhost:8443"),
        (("haproxy", "varnish"), "0", "http://localhost:8443"),
    ],
)
def test_django_believes_as_many_proxies_as_tell_it_an_address(
    choice: Choice, without: tuple[str, ...], proxies: str, host: str
) -> None:
    told = made(replace(choice, without=without))["django1"].environment
    assert (told["VOXPOP_TRUSTED_PROXIES"], told["VOXPOP_HOST"]) == (proxies, host)


def test_whoever_stands_in_front_has_the_port(choice: Choice) -> None:
    assert made(choice)["haproxy"].environment["VOXPOP_FRONT"] == "127.0.0.1:8443"
    assert made(replace(choice, without=("haproxy",)))["edge1"].address.endswith(":8443")
    bare = made(replace(choice, without=("haproxy", "varnish", "worker", *ENGINES)))
    assert set(bare) == {"django1", "django2", "django3"}
    assert bare["django1"].address.endswith(":8443")
    assert "VOXPOP_EDGE_NODES" not in bare["django1"].environment


def test_nobody_waits_for_a_part_that_was_left_out(choice: Choice) -> None:
    for without in (("varnish",), ("django",), ("varnish", "django")):
        parts = made(replace(choice, without=without))
        assert all(set(part.after) <= set(parts) for part in parts.values())


def test_an_edge_node_believes_only_the_load_balancer(choice: Choice) -> None:
    files = Files(DATA, SECRET)
    behind = edge_node(choice, lay_out(choice), files, 0)
    assert behind.proxies == ("127.0.0.1",)
    assert (behind.scheme, behind.hosts) == ("https", ("localhost", "127.0.0.1"))
    alone = replace(choice, without=("haproxy",), host="http://comments.test:80")
    node = edge_node(alone, lay_out(alone), files, 0)
    assert node.proxies == ()
    assert (node.scheme, node.hosts) == ("http", ("comments.test",))


@pytest.mark.parametrize("workers", range(1, MOST_WORKERS + 1))
@pytest.mark.parametrize("edges", range(1, MOST_EDGES + 1))
def test_all_processes_together_hold_what_one_node_has_threads_for(
    choice: Choice, edges: int, workers: int
) -> None:
    """One: with the other gone it has the readers of both."""
    parts = made(replace(choice, edges=edges, workers=workers))
    shares = [
        int(part.environment["VOXPOP_HELD_PLACES"])
        for part in parts.values()
        if part.kind == "django"
    ]
    assert len(shares) == workers
    assert HELD_AT_MOST - workers < sum(shares) <= HELD_AT_MOST


def test_without_an_edge_nobodys_threads_are_counted(choice: Choice) -> None:
    alone = made(replace(choice, without=("varnish",)))["django1"]
    assert "VOXPOP_HELD_PLACES" not in alone.environment


def test_no_two_listen_on_the_same_port(choice: Choice) -> None:
    layout = lay_out(choice)
    ports = [layout.plain, layout.operator, *layout.edges, *layout.purges, *layout.djangos]
    assert len(set(ports)) == len(ports) == 9


def test_a_part_is_read_as_it_was_written(choice: Choice) -> None:
    for part in made(choice).values():
        written = asdict(part) | {"command": list(part.command), "after": list(part.after)}
        assert Part.read(written) == part
    assert Plan("", ()).parts == ()


def test_without_engines_nobody_is_told_of_any(choice: Choice) -> None:
    parts = made(replace(choice, without=ENGINES))
    kinds = {"haproxy", "varnish", "django", "worker", "counter"}
    assert {part.kind for part in parts.values()} == kinds
    told = {"VOXPOP_DATABASE_FILE", "VOXPOP_REDIS", "VOXPOP_MEMCACHED", "VOXPOP_CASSANDRA"}
    assert not told & set(parts["django1"].environment)
