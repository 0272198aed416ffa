"""The product behind one edge node, as processes: what readers reach, and what they must not."""

import gzip
import http.client
import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser.harness.waiting import wait_until
from tests.server.running import Running
from voxpop.edge.node import Node
from voxpop.stack.ports import free_port

SECRET = "the-edge-and-the-server-know-this-and-nobody-else"
FORUM = "magazine"
# The owner's profile is public.
PUBLIC = """
from voxpop.accounts.models import Author
from voxpop.profiles.actions import Wanted, change_profile
owner = Author.objects.get(user__email="owner@magazine.test")
change_profile(owner, Wanted("olive", is_public=True, shows_people=True))
from voxpop.profiles.models import Avatar
Avatar.objects.create(name="0" * 26, author=owner, small=b"small", large=b"large")
"""


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def is_hit(self) -> bool:
        """The node answered from what it keeps."""
        return "; hit" in self.headers.get("Cache-Status", "")

    @property
    def is_stored(self) -> bool:
        """The node keeps it from now on, or did so already."""
        status = self.headers.get("Cache-Status", "")
        return "; hit" in status or "; stored" in status


@dataclass
class Edge:
    """One node with one Django process behind it, on one data folder with one thread in it."""

    django: Running
    node: Node
    thread: str = ""
    comment: str = ""
    avatar: str = ""
    owner: str = ""  # the token of the forum's owner
    values: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        """A reader's request."""
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        port: int = 0,
    ) -> Answer:
        """One request on a connection of its own, through the node."""
        connection = http.client.HTTPConnection("localhost", port or self.node.port, timeout=40)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            fields = {"Host": "localhost"} | (headers or {})
            if body is not None:
                fields["Content-Length"] = str(len(body))
            for name, value in fields.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            return Answer(answer.status, answer.headers, content)
        finally:
            connection.close()

    def say(self, raw: bytes, patience: float = 2) -> bytes:
        """Bytes as they are, on one connection; everything that comes back until silence."""
        with socket.create_connection(("127.0.0.1", self.node.port), timeout=patience) as line:
            line.sendall(raw)
            heard = b""
            try:
                while more := line.recv(65536):
                    heard += more
            except TimeoutError:
                pass
            return heard

    def count(self, name: str) -> int:
        """One of the node's own counters, e.g. MAIN.backend_req."""
        told = subprocess.run(
            ["varnishstat", "-j", "-n", str(self.node.folder / "varnish")],
            capture_output=True, check=True, timeout=20,
        )  # fmt: skip
        counted: dict[str, Any] = json.loads(told.stdout)["counters"]
        return int(counted[name]["value"])

    def forget_everything(self) -> None:
        """Start with an empty node, as far as a reader can see."""
        self.node.adm("ban", "obj.status != 0")

    def trusted(self) -> bool:
        """The purger has told the node that it has missed nothing."""
        answer = self.ask(
            "GET", "/embed.js", headers={"Voxpop-Secret": SECRET}, port=self.node.purge_port
        )
        return answer.headers.get("Voxpop-Lease") == "held"


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The product behind a node; its forum has one thread with one comment."""
    folder = tmp_path_factory.mktemp("edge")
    ours = stand(folder)
    yield ours
    ours.django.stop()
    ours.node.stop()


def stand(folder: Path) -> Edge:
    """Start both and write the first comment; the node is trusted when this returns."""
    port = free_port()
    node_folder = folder / "edge1"
    node_folder.mkdir()
    node = Node("edge1", free_port(), free_port(), [("127.0.0.1", port)], SECRET, node_folder)
    data = folder / "data"
    data.mkdir()
    environment = {
        "VOXPOP_HOST": f"http://localhost:{node.port}",
        "VOXPOP_TRUSTED_PROXIES": "1",
        "VOXPOP_EDGE_NODES": node.purge_url,
        "VOXPOP_EDGE_SECRET": SECRET,
        "VOXPOP_METRICS_VARNISH": f"edge1={node_folder / 'varnish'}",
    }
    django = Running(data, port, environment)
    node.start()
    try:
        django.start()
        return _furnished(Edge(django, node))
    except BaseException:
        if django.process is not None and django.process.poll() is None:
            django.stop()
        node.stop()
        raise


def _furnished(edge: Edge) -> Edge:
    site = ("--origin", "https://magazine.test")
    edge.django.command("forum", "create", FORUM, *site, "--owner", "owner@magazine.test")
    token = edge.django.command("token", "create", "--email", "owner@magazine.test", "--json")
    edge.owner = json.loads(token.splitlines()[-1])["token"]
    made = edge.django.post(edge.django.guest("Ada"), "The first comment.").json()
    edge.thread, edge.comment = made["thread"], made["id"]
    edge.avatar = made["author"]["avatar"].split("/")[-1].removesuffix(".svg")
    edge.django.run_python(PUBLIC)
    edge.values = {
        "handle": "olive",
        "name": "0" * 26,
        "size": "96",
        "forum": FORUM,
        "shortname": FORUM,
        "host": f"http://localhost:{edge.node.port}",
        "thread": edge.thread,
        "comment": edge.comment,
        "key": edge.avatar,
    }
    wait_until(edge.trusted, "the node's lease", 20)
    return edge
