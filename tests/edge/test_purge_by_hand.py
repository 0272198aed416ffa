"""`voxpop edge forget`: what is said to the nodes, and what is told the operator."""

import pytest

from tests.edge.pretended import PretendedNode
from voxpop.cli import make_parser
from voxpop.edge.forget import orders_of
from voxpop.server.doctor import _edge

SECRET = "a-secret-of-a-good-length-0123456789"
THREAD = "0123456789abcdefghij"


@pytest.fixture
def node(settings):
    node = PretendedNode(SECRET)
    node.start()
    settings.EDGE_NODES, settings.EDGE_SECRET = [node.address], SECRET
    yield node
    node.stop()


def forget(*arguments: str) -> int:
    options = make_parser().parse_args(["edge", "forget", *arguments])
    code: int = options.run(options)
    return code


def test_a_thread_goes_with_its_tail_hard_and_an_address_goes_alone(node, capsys):
    address = f"https://comments.example.org/t/{THREAD}/?sort=best"
    assert forget(f"t:{THREAD}", "f:magazine", address) == 0
    (hard, told), (url, _) = node.heard
    assert (hard, url) == ("hard", "url")
    assert told["Voxpop-Keys"] == f"t:{THREAD} e:{THREAD} f:magazine"
    assert orders_of([address])[0].path == f"/t/{THREAD}/?sort=best"
    assert capsys.readouterr().out == f"ok   {node.address}: forgotten\n"


def test_all_is_hard(node):
    assert forget("--all") == 0
    assert [(kind, told["Voxpop-Hard"]) for kind, told in node.heard] == [("everything", "1")]


def test_a_node_that_did_not_is_named_and_the_others_did(node, settings, capsys):
    away = PretendedNode(SECRET)
    away.start()
    away.stop()
    settings.EDGE_NODES = [away.address, node.address]
    assert forget("s:magazine") == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"BAD  {away.address}: not reached: ")
    assert second == f"ok   {node.address}: forgotten"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_is_no_success(node, capsys, status):
    node.status = status
    assert forget("/t/x/") == 1
    assert capsys.readouterr().out.startswith(f"BAD  {node.address}: ")


@pytest.mark.parametrize(
    "arguments", [[], ["t:x", "--all"], ["thread"], ["t:a b"], ["/a b"], ["/t/x/\r\nX: y"]]
)
def test_what_is_neither_a_key_nor_an_address_is_not_sent(node, arguments):
    assert forget(*arguments) == 2
    assert node.heard == []


def test_without_nodes_there_is_nobody_to_tell(settings, capsys):
    settings.EDGE_NODES = []
    assert forget("--all") == 2
    assert "VOXPOP_EDGE_NODES" in capsys.readouterr().out


def test_the_doctor_says_which_node_does_not_take_purges(node, settings):
    assert [finding.is_well for finding in _edge()] == [True]
    settings.EDGE_SECRET = "another-secret-of-a-good-length-987654"
    (finding,) = _edge()
    assert finding.told == "refuses our VOXPOP_EDGE_SECRET"
    assert finding.advice.startswith("Write the same VOXPOP_EDGE_SECRET here and into")
    node.stop()
    (finding,) = _edge()
    assert "cannot be reached" in finding.told
    assert finding.advice.startswith("Start it (systemctl start voxpop-edge on its machine)")
