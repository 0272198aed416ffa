"""HAProxy before an edge node, with the product's own file and a certificate made for the run."""

import os
import socket
import ssl
import subprocess
import time
from pathlib import Path

from voxpop.stack.ports import free_port

FILE = Path(__file__).parent.parent / "ops" / "haproxy.cfg"
STARTS_WITHIN = 20


class Front:
    """Started when made; `tls` is what a client needs to believe it."""

    def __init__(self, folder: Path, edge: int, django: int, readers: int) -> None:
        from voxpop.stack.certificates import make_certificates

        made = make_certificates(folder / "certificates", "localhost")
        self.tls = ssl.create_default_context(cafile=str(made.authority))
        self.port = free_port()
        self._process = subprocess.Popen(
            ["haproxy", "-db", "-f", str(FILE)],
            env={
                "PATH": os.environ["PATH"],
                "VOXPOP_HOST": f"https://localhost:{self.port}",
                "VOXPOP_HOST_NAME": "localhost",
                "VOXPOP_FRONT": f"127.0.0.1:{self.port}",
                "VOXPOP_FRONT_PLAIN": f"127.0.0.1:{free_port()}",
                "VOXPOP_FRONT_OPERATOR": f"127.0.0.1:{free_port()}",
                "VOXPOP_FRONT_SOCKET": str(folder / "haproxy.sock"),
                "VOXPOP_FRONT_CONNECTIONS": str(readers + 100),
                "VOXPOP_CERTIFICATE": str(made.served),
                "VOXPOP_EDGE1": f"127.0.0.1:{edge}",
                "VOXPOP_DJANGO1": f"127.0.0.1:{django}",
            },
            stdout=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise SystemExit("HAProxy did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
