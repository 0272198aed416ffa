"""The product as the demo knows it: a process, a command and an HTTP interface; no import of it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VOXPOP = str(Path(sys.executable).with_name("voxpop"))
MODERATOR = "moderator@lantern.example"
FORUM = "lantern"


class ProductDied(Exception):
    """The product's process ended, or a command of it refused; the text says why."""


class Product:
    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        # Two addresses of one server: to a browser two origins, hence two people.
        self.host = f"http://localhost:{port}"
        self.other_host = f"http://127.0.0.1:{port}"
        self.log = data / "voxpop.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **os.environ,
            "VOXPOP_DATA": str(data),
            "VOXPOP_HOST": self.host,
            "VOXPOP_FETCH_PRIVATE": "on",
            "VOXPOP_EMAIL_URL": f"file:{data / 'mail'}",
        }

    @contextmanager
    def running(self, **settings: str) -> Iterator[None]:
        """Serve until the block is left."""
        if is_taken(self.port):
            raise ProductDied(f"port {self.port} is in use. Try: make run PORT={self.port + 100}")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [VOXPOP, "serve", "--port", str(self.port), "--data", str(self.data)],
                env={**self.environment, **settings},
                stdout=log,
                stderr=log,
            )
            try:
                self._wait_until_ready()
                yield
            finally:
                self._process.terminate()
                self._process.wait(15)

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self._process.poll() is not None:
                last = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
                raise ProductDied(f"the product ended at once. Its last words:\n{last}")
            try:
                urllib.request.urlopen(f"{self.other_host}/readyz", timeout=2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise ProductDied("the product did not answer within a minute.")

    def wait(self) -> None:
        """Return when the product's process has ended, which it should not."""
        assert self._process is not None
        code = self._process.wait()
        raise ProductDied(f"the product ended with code {code}; see {self.log}")

    def command(self, *arguments: str) -> str:
        """`voxpop …` on our data; what it printed."""
        done = subprocess.run(
            [VOXPOP, *arguments, "--data", str(self.data)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ProductDied(f"voxpop {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def command_json(self, *arguments: str) -> dict[str, Any]:
        """The JSON object on the last line of what a command printed."""
        told: dict[str, Any] = json.loads(
            self.command(*arguments, "--json").strip().splitlines()[-1]
        )
        return told

    def letters(self) -> list[str]:
        """What the product has mailed, newest first: there is no mail server in a demo."""
        files = (self.data / "mail").glob("*") if (self.data / "mail").is_dir() else ()
        newest = sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
        return [file.read_text(errors="replace") for file in newest[:20]]

    def sign_in_link(self) -> str:
        link: str = self.command_json("link", "create", "--email", MODERATOR)["sign_in"]
        return link

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str = ""
    ) -> dict[str, Any]:
        """One call of the JSON API."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            f"{self.other_host}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers=headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                content = answer.read()
        except urllib.error.HTTPError as refusal:
            raise ProductDied(f"{method} {path}: {refusal.read().decode()}") from None
        told: dict[str, Any] = json.loads(content) if content else {}
        return told


def is_taken(port: int) -> bool:
    """Whether somebody listens on that port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
