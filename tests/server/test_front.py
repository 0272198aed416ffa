"""`ops/haproxy.cfg` as it is: what it lets through, what it takes off, and where it sends whom."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.harness.product import answers
from tests.browser.harness.waiting import wait_until
from tests.server.echo import asked, echo
from voxpop.stack.certificates import make_certificates
from voxpop.stack.needs import program
from voxpop.stack.ports import free_port

pytestmark = pytest.mark.server

CONFIG = Path(__file__).parents[2] / "ops/haproxy.cfg"
HOST = "comments.test"


@dataclass
class Front:
    folder: Path
    port: int
    environment: dict[str, str]
    edges: dict[int, ExitStack]  # what ends the node on this port

    def ask(self, path: str, *options: str, source: str = "") -> tuple[int, dict[str, str], bytes]:
        """One request of a reader over TLS: status, headers, body."""
        address = f"https://{HOST}:{self.port}{path}"
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "20", "--include", "--path-as-is",
             "--cacert", str(self.folder / "certificates/authority.pem"),
             "--resolve", f"{HOST}:{self.port}:127.0.0.1", "--noproxy", "*", *options, address],
            capture_output=True, check=True,
        )  # fmt: skip
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers | {"version": first.split()[0]}, body

    def told(self, path: str, *options: str) -> dict[str, Any]:
        """What reached the part behind."""
        status, _, body = self.ask(path, *options)
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def of_operator(self, path: str) -> tuple[int, str]:
        """What the listener for insiders says: status and body."""
        connection = HTTPConnection(self.environment["VOXPOP_FRONT_OPERATOR"], timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def figures(self) -> dict[tuple[str, ...], float]:
        """HAProxy's own, by name and labels."""
        status, text = self.of_operator("/metrics")
        assert status == 200
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """HAProxy on two edge nodes and one Django, all three of which only say what reached them."""
    folder = tmp_path_factory.mktemp("front")
    certificate = make_certificates(folder / "certificates", HOST).served
    plain, operator, port = free_port(), free_port(), free_port()
    edges: dict[int, ExitStack] = {}
    with ExitStack() as everything:
        for _ in range(2):
            edge = everything.enter_context(ExitStack())
            edges[edge.enter_context(echo())] = edge
        first, second = edges
        environment = {
            "PATH": os.environ["PATH"],
            "VOXPOP_HOST": f"https://{HOST}:{port}",
            "VOXPOP_HOST_NAME": HOST,
            "VOXPOP_FRONT": f"127.0.0.1:{port}",
            "VOXPOP_FRONT_PLAIN": f"127.0.0.1:{plain}",
            "VOXPOP_FRONT_OPERATOR": f"127.0.0.1:{operator}",
            "VOXPOP_FRONT_SOCKET": "haproxy.sock",
            "VOXPOP_FRONT_CONNECTIONS": "500",
            "VOXPOP_CERTIFICATE": str(certificate),
            "VOXPOP_EDGE1": f"127.0.0.1:{first}",
            "VOXPOP_EDGE2": f"127.0.0.1:{second}",
            "VOXPOP_DJANGO1": f"127.0.0.1:{everything.enter_context(echo())}",
        }
        command = [program("haproxy"), "-db", "-f", str(CONFIG)]
        check = subprocess.run(
            [*command, "-c"],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert check.returncode == 0, check.stderr
        log = everything.enter_context((folder / "haproxy.log").open("wb"))
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            made = Front(folder, port, environment, edges)
            wait_until(lambda: answers(port), "HAProxy")
            yield made
        finally:
            process.terminate()
            process.wait(20)


def test_readers_speak_http_2(front: Front) -> None:
    assert front.ask("/a")[1]["version"] == "HTTP/2"


def test_the_address_is_the_readers_whatever_he_says_of_it(front: Front) -> None:
    lies = [
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: evil.test",
        "Forwarded: for=192.0.2.1",
        "X-Real-IP: 192.0.2.1",
        "X_Forwarded_For: 192.0.2.1",
    ]
    told = front.told("/a", "--interface", "127.0.1.1", *_headers(lies))["headers"]
    assert told["x-forwarded-for"] == "127.0.1.1"
    assert told["x-forwarded-proto"] == "https"
    assert "192.0.2.1" not in str(told)
    assert "evil" not in str(told)


def test_only_the_floor_passes_of_what_our_parts_tell_each_other(front: Front) -> None:
    names = ["Floor", "Network", "Secret", "Why", "Node", "Kind", "Floor-Of", "Anything"]
    told = front.told("/a", *_headers(f"Voxpop-{name}: x" for name in names))["headers"]
    ours = {"voxpop-floor": "x", "voxpop-network": "127.0.0.1"}
    assert {name: told[name] for name in told if name.startswith("voxpop")} == ours


@pytest.mark.parametrize("method", ["PURGE", "BEAT", "TRACE", "BAN", "CONNECTED"])
def test_t19_what_readers_may_not_say_ends_here(front: Front, method: str) -> None:
    assert front.ask("/a", "--request", method)[0] == 405


def test_plain_http_is_sent_to_our_own_address_and_not_to_the_one_asked_for(front: Front) -> None:
    done = subprocess.run(
        ["curl", "--silent", "--include", "--noproxy", "*", "--header", "Host: evil.test",
         f"http://{front.environment['VOXPOP_FRONT_PLAIN']}/embed/a/thread?i=1&u=2"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert " 308 " in done.stdout.splitlines()[0]
    there = f"https://{HOST}:{front.port}/embed/a/thread?i=1&u=2"
    assert f"location: {there}" in done.stdout.lower().splitlines()


def test_one_url_goes_to_one_node_and_many_to_both(front: Front) -> None:
    first = {front.told("/embed/a/thread?i=1")["node"] for _ in range(4)}
    assert len(first) == 1
    # The query counts: all threads of a forum have the same path.
    assert len({front.told(f"/embed/a/thread?i={number}")["node"] for number in range(20)}) == 2


def test_many_at_once_for_one_url_are_shared_by_both_nodes(front: Front) -> None:
    """It would be one node's alone; that has half as much again to do as the average at most."""
    with ThreadPoolExecutor(12) as at_once:
        told = Counter(each["node"] for each in at_once.map(front.told, ["/slow/one"] * 12))
    assert set(told) == set(front.edges)
    assert max(told.values()) <= 10


def test_a_node_that_was_away_has_its_own_urls_again_and_the_others_never_moved(
    front: Front,
) -> None:
    urls = [f"/embed/a/thread?i={number}" for number in range(12)]

    def nodes() -> dict[str, int]:
        return {url: front.told(url)["node"] for url in urls}

    before = nodes()
    gone, stays = front.edges
    assert set(before.values()) == {gone, stays}
    front.edges[gone].close()
    wait_until(lambda: set(nodes().values()) == {stays}, "HAProxy's knowing that one is gone")
    front.edges[gone].enter_context(echo(gone))
    wait_until(lambda: nodes() == before, "the other's return")


def test_haproxy_shows_its_own_figures_to_insiders(front: Front) -> None:
    read = ("haproxy_frontend_http_requests_total", "readers")
    before = front.figures()
    front.ask("/a")
    after = front.figures()
    assert after[read] == before[read] + 1
    assert after["haproxy_backend_active_servers", "edges"] == 2
    assert ("haproxy_server_current_sessions", "django", "django1") in after
    assert front.of_operator("/healthz")[0] == 200
    assert front.of_operator("/a")[0] != 200


def test_a_node_that_goes_away_takes_no_reader_with_it(front: Front) -> None:
    # With HTTP/2 the client itself would ask again.
    assert front.ask("/hung-up/read", "--http1.1")[0] == 200
    assert asked["/hung-up/read"] == 2


def test_a_write_that_may_have_been_done_is_not_done_again(front: Front) -> None:
    status, headers, _ = front.ask("/hung-up/write", "--http1.1", "--data", "a=1")
    assert (status, headers["retry-after"]) == (502, "5")
    assert asked["/hung-up/write"] == 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_insiders_ask_is_not_there_for_readers(front: Front, path: str) -> None:
    assert front.ask(path)[0] == 404


def test_without_edge_nodes_django_is_asked_and_nothing_for_edges_leaves(front: Front) -> None:
    django = int(front.environment["VOXPOP_DJANGO1"].split(":")[1])
    assert front.told("/a")["node"] != django
    for edge in front.edges.values():
        edge.close()
    wait_until(lambda: front.ask("/a")[2].endswith(b'"node": %d}' % django), "Django")
    status, headers, _ = front.ask("/a")
    assert status == 200
    assert headers["voxpop-seq"] == "7"
    assert not {"surrogate-key", "surrogate-control", "voxpop-fence"} & set(headers)
    held = "/api/v1/threads/abc/events?after=1&hold=1"
    assert front.told(held)["node"] == django


def _headers(lines: Iterable[str]) -> list[str]:
    return [part for line in lines for part in ("--header", line)]
