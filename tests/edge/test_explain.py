"""`voxpop edge explain`: how a node sees an address, without anybody noticing that it was asked."""

import pytest

from tests.edge.standing import SECRET, Edge

pytestmark = pytest.mark.server


def asked(edge: Edge, path: str, secret: str = SECRET) -> tuple[int, dict[str, str]]:
    """The node's words on its purge listener: status, and its Voxpop-… headers."""
    answer = edge.ask("GET", path, headers={"Voxpop-Secret": secret}, port=edge.node.purge_port)
    told = {name: value for name, value in answer.headers.items() if name.startswith("Voxpop-")}
    return answer.status, told


def test_a_kept_page_is_explained(edge: Edge) -> None:
    page = f"/t/{edge.thread}/?sort=oldest"
    for _ in range(3):
        edge.get(page)
    status, told = asked(edge, f"/t/{edge.thread}/?utm_source=x&sort=oldest")

    assert status == 200
    assert told["Voxpop-Url"] == page
    assert told["Voxpop-Node"] == "edge1"
    assert (told["Voxpop-Route"], told["Voxpop-Cap"]) == ("page", "6h")
    assert f"t:{edge.thread}" in told["Voxpop-Keys"].split()
    assert "hits=" in told["Voxpop-Copy"]
    assert told["Voxpop-Told"].startswith("max-age=60,")
    assert told["Voxpop-Lease"] == "held"
    assert told["Voxpop-Backend"] == "healthy"


def test_asking_fetches_nothing_and_keeps_nothing(edge: Edge) -> None:
    page = f"/t/{edge.thread}/?sort=best"
    edge.forget_everything()
    before = edge.count("MAIN.s_fetch")
    told = [asked(edge, page)[1]["Voxpop-Copy"] for _ in range(3)]

    assert told == ["nothing"] * 3
    assert edge.count("MAIN.s_fetch") == before
    assert not edge.get(page).is_hit


def test_a_private_address_and_one_that_is_not_ours(edge: Edge) -> None:
    assert asked(edge, "/home/")[1]["Voxpop-Route"] == "private"
    assert asked(edge, "/wp-login.php")[0] == 404
    assert asked(edge, "/t//x")[0] == 400


def test_without_the_secret_nothing_is_told(edge: Edge) -> None:
    status, told = asked(edge, f"/t/{edge.thread}/", "wrong")
    assert (status, told) == (403, {})


def test_readers_are_told_nothing(edge: Edge) -> None:
    """The same words on the readers' listener are a reader's request."""
    path = f"/t/{edge.thread}/"
    answer = edge.get(path, Voxpop_Secret=SECRET)
    assert answer.status == 200
    assert b"The first comment." in answer.body
    assert "Voxpop-Route" not in answer.headers
    assert "Voxpop-Keys" not in answer.headers
