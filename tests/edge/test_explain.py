"""`voxpop edge explain`: how a node sees an address, without anybody noticing that it was asked."""

import json
import re
from dataclasses import replace

import pytest

from tests.edge.standing import SECRET, Edge
from voxpop.stack.ports import free_port

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
    assert (told["Voxpop-Route"], told["Voxpop-Cap"]) == ("page", "30d")
    assert f"t:{edge.thread}" in told["Voxpop-Keys"].split()
    assert "hits=" in told["Voxpop-Copy"]
    assert told["Voxpop-Told"].startswith("max-age=3600,")
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


# The command.


def told(edge: Edge, url: str) -> dict[str, list[str]]:
    """What `voxpop edge explain --json` says, by who says it."""
    found: dict[str, list[str]] = json.loads(edge.django.command("edge", "explain", url, "--json"))
    return found


def test_the_command_tells_everything_in_sentences(edge: Edge) -> None:
    page = f"/t/{edge.thread}/?sort=newest"
    edge.forget_everything()
    seq = edge.get(page).headers["Voxpop-Seq"]
    for _ in range(3):
        edge.get(page)
    found = told(edge, f"https://comments.example.org{page}&x=1")
    node = "\n".join(found[edge.node.purge_url])

    assert found["policy"][0].startswith("shared as public_page")
    assert "at most 1 h busy, 7 d warm, 30 d quiet" in found["policy"][1]
    assert found["policy"][2] == "parameters: after sort; others are dropped"
    assert "node edge1, Django healthy" in node
    assert f"kept under {page}" in node
    copy = re.search(r"a copy with status 200, ([\d.]+) s old, asked for (\d+) times", node)
    assert copy
    assert 0 < float(copy[1]) < 60
    assert int(copy[2]) == 4  # its first reader, and three more
    assert f"surrogate keys: t:{edge.thread} s:magazine; seq {seq}" in node
    assert "fresh for another" in node
    assert "Django allowed 1 h, this route's cap is 30d" in node
    assert "if Django is down it is shown, with a mark, for" in node


def test_the_command_tells_what_is_not_kept(edge: Edge) -> None:
    edge.forget_everything()
    assert "nothing is kept" in " ".join(told(edge, "/embed.js")[edge.node.purge_url])
    private = told(edge, "/home/")
    assert private["policy"] == ["private, or not ours: never kept"]
    assert "private: passed on untouched, never kept" in private[edge.node.purge_url]
    assert "nothing of ours" in told(edge, "/wp-login.php")[edge.node.purge_url][0]
    assert told(edge, "/t//x")[edge.node.purge_url][0].startswith("refused")


def test_the_command_tells_that_a_node_is_away(edge: Edge) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    away = replace(edge.django, environment=edge.django.environment | {"VOXPOP_EDGE_NODES": nobody})
    found = json.loads(away.command("edge", "explain", "/embed.js", "--json"))
    assert found[nobody][0].startswith("cannot be reached")
