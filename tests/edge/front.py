"""HAProxy as the product configures it, before a node of a test."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.harness.product import answers
from tests.browser.harness.waiting import wait_until
from voxpop.stack.certificates import make_certificates
from voxpop.stack.needs import program
from voxpop.stack.ports import free_port

CONFIG = Path(__file__).parents[2] / "ops/haproxy.cfg"
HOST = "comments.test"


@contextmanager
def haproxy(folder: Path, node: int, host: str = HOST) -> Iterator[int]:
    """HAProxy before the node that listens on this port; its own port. Its certificates are in
    `folder`."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "VOXPOP_HOST": f"https://{host}:{port}",
        "VOXPOP_HOST_NAME": host,
        "VOXPOP_FRONT": f"127.0.0.1:{port}",
        "VOXPOP_FRONT_PLAIN": f"127.0.0.1:{free_port()}",
        "VOXPOP_FRONT_OPERATOR": f"127.0.0.1:{free_port()}",
        "VOXPOP_FRONT_SOCKET": "haproxy.sock",
        "VOXPOP_FRONT_CONNECTIONS": "500",
        "VOXPOP_CERTIFICATE": str(make_certificates(folder / "certificates", host).served),
        "VOXPOP_EDGE1": f"127.0.0.1:{node}",
    }
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen(
            [program("haproxy"), "-db", "-f", str(CONFIG)],
            env=environment, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_until(lambda: answers(port), "HAProxy")
            yield port
        finally:
            process.terminate()
            process.wait(20)
