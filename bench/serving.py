"""Starting the product for a benchmark, on a free loopback port, and talking to it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from voxpop.stack.ports import free_port

STARTS_WITHIN = 60


class Server:
    """`voxpop serve` on its own data folder; rate limits off, as measuring needs (INTERFACES 3)."""

    def __init__(
        self, data: Path, *, options: tuple[str, ...] = (), keeps_snapshots: bool = True
    ) -> None:
        self.data = data
        self._keeps_snapshots = keeps_snapshots
        self.port = free_port()
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "VOXPOP_DATA": str(self.data), "VOXPOP_LIMITS": "off"}
        environment["VOXPOP_LOG_LEVEL"] = "error"
        environment["VOXPOP_SNAPSHOT_MEGABYTES"] = "64" if self._keeps_snapshots else "0"
        command = [str(Path(sys.executable).with_name("voxpop")), "serve"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), *self._options],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise SystemExit(f"voxpop serve ended with {self._process.returncode}")
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"voxpop serve did not answer within {STARTS_WITHIN} s")

    def wait_for_fellows(self, processes: int) -> None:
        """Until so many processes hear each other: connections made before go to the first."""
        folder = self.data / "run" / "signals"
        until = time.monotonic() + STARTS_WITHIN
        while len(list(folder.glob("*.sock"))) < processes:
            if time.monotonic() > until:
                raise SystemExit(f"{processes} processes did not start within {STARTS_WITHIN} s")
            time.sleep(0.1)
        time.sleep(1)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = self.connection()
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def post(
        self,
        path: str,
        body: Any,
        *,
        token: str | None,
        connection: http.client.HTTPConnection | None = None,
    ) -> tuple[int, Any]:
        """A JSON POST; on a kept connection where one is given."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        using = connection or self.connection()
        using.request("POST", path, json.dumps(body), headers)
        response = using.getresponse()
        answer = json.loads(response.read() or b"null")
        if connection is None:
            using.close()
        return response.status, answer


def guest(server: Server, number: int) -> str:
    """The token of somebody who has just come."""
    status, answer = server.post(
        "/api/v1/guests", {"forum": "bench", "name": f"Guest {number}"}, token=None
    )
    if status != 201:
        raise SystemExit(f"a guest was refused: {status} {answer}")
    token: str = answer["token"]
    return token
