"""T19: a purge is taken on its own listener, from who knows the secret, and nowhere else."""

import pytest

from tests.edge.standing import SECRET, Edge

pytestmark = pytest.mark.server

ORDER = {
    "Voxpop-Secret": SECRET,
    "Voxpop-Kind": "everything",
    "Voxpop-Hard": "1",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
}


@pytest.fixture
def page(edge: Edge) -> str:
    path = f"/t/{edge.thread}/?sort=oldest"
    edge.get(path)
    assert edge.get(path).is_hit
    return path


@pytest.mark.parametrize("method", ["PURGE", "BAN", "BEAT", "REFRESH", "INVALIDATE", "DELETE"])
def test_readers_cannot_purge_even_with_the_secret(edge: Edge, page: str, method: str) -> None:
    for order in (ORDER, ORDER | {"Voxpop-Kind": "url"}, ORDER | {"Host": "127.0.0.1"}):
        assert edge.ask(method, page, headers=order).status == 405
    assert edge.get(page).is_hit


@pytest.mark.parametrize("secret", [None, "", "x", SECRET[:-1], SECRET + "x", SECRET.upper()])
def test_the_listener_takes_nothing_without_the_secret(
    edge: Edge, page: str, secret: str | None
) -> None:
    order = {name: value for name, value in ORDER.items() if name != "Voxpop-Secret"}
    if secret is not None:
        order["Voxpop-Secret"] = secret
    for method in ("PURGE", "BEAT", "GET", "POST"):
        answer = edge.ask(method, page, headers=order, port=edge.node.purge_port)
        assert answer.status == 403, method
        assert not any(name.startswith("Voxpop-") for name in answer.headers)
    assert edge.get(page).is_hit


def test_the_listener_serves_no_reader(edge: Edge, page: str) -> None:
    before = edge.count("MAIN.backend_req")
    for path in (page, "/home/", "/healthz", "/embed.js"):
        answer = edge.ask("POST", path, b"", ORDER, port=edge.node.purge_port)
        assert answer.status == 405
    assert edge.count("MAIN.backend_req") == before


def test_with_the_secret_it_does(edge: Edge, page: str) -> None:
    """The same order that the others were refused: so it was the secret and not the order."""
    order = ORDER | {"Voxpop-Kind": "url"}
    assert edge.ask("PURGE", page, headers=order, port=edge.node.purge_port).status == 200
    assert not edge.get(page).is_hit
