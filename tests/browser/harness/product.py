"""The product as an operator runs it: a process, reached by its command, HTTP and a browser."""

import functools
import json
import os
import socket
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.browser.harness.certificates import Certificates
from tests.browser.harness.waiting import wait_until
from tests.engines.postgres import environment_of_its_own
from tests.migrated import begin_migrated
from voxpop.stack.engines import ENDS_WITH_US

HOST = "https://comments.test"
FORUM = "stage"
OWNER = "owner@magazine.test"
SNIPPET = (
    f'<div class="voxpop" data-forum="{FORUM}"></div><script async src="{HOST}/embed.js"></script>'
)
VOXPOP = str(Path(sys.executable).with_name("voxpop"))


@dataclass
class Product:
    data: Path
    port: int
    environment: dict[str, str]
    certificates: Certificates

    def command(self, *arguments: str) -> str:
        """Run `voxpop …` on this product's data and return what it printed."""
        done = subprocess.run(
            [VOXPOP, *arguments, "--data", str(self.data)],
            env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"voxpop {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def create_forum(self, shortname: str, *origins: str, owner: str) -> dict[str, Any]:
        """A forum for `origins`; what the command said of it, with the owner's sign-in link."""
        options = [part for origin in origins for part in ("--origin", origin)]
        told = self.command("forum", "create", shortname, *options, "--owner", owner, "--json")
        made: dict[str, Any] = json.loads(told.strip().splitlines()[-1])
        return made

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str = ""
    ) -> Any:
        """One call of the JSON API, as a script on another machine makes it."""
        headers = {
            "Idempotency-Key": str(uuid.uuid4()),
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        answer = self.reached(method, f"/api/v1{path}", json=body, headers=headers)
        return answer.json() if answer.content else None

    def reached(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """What the product answers to a program on its own machine; raises where it refuses."""
        trusting = ssl.create_default_context(cafile=self.certificates.authority)
        with httpx.Client(verify=trusting, trust_env=False) as client:
            answer = client.request(
                method,
                f"https://127.0.0.1:{self.port}{path}",
                headers={"Host": "comments.test", **(headers or {})},
                extensions={"sni_hostname": "comments.test"},
                **more,
            )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def letter_to(self, email: str) -> str:
        """The newest mail to `email`."""
        letters = sorted(
            (self.data.parent / "mail").iterdir(), key=lambda file: file.stat().st_mtime
        )
        return next(
            text for file in reversed(letters) if f"To: {email}\n" in (text := file.read_text())
        )

    @functools.cached_property
    def owner(self) -> str:
        """The token of the forum's owner, who may say a lot at once."""
        told = self.command("token", "create", "--email", OWNER, "--json")
        token: str = json.loads(told.splitlines()[-1])["token"]
        return token

    def guest(self, name: str) -> str:
        """The token of a new guest."""
        token: str = self.ask("POST", "/guests", {"forum": FORUM, "name": name})["token"]
        return token

    def post(self, url: str, source: str, *, token: str, parent: str | None = None) -> str:
        """A comment on the page at `url`; its id."""
        body = {"thread": {"url": url, "title": "A page"}, "source": source, "parent": parent}
        made: str = self.ask("POST", f"/forums/{FORUM}/comments", body, token=token)["id"]
        return made


@contextmanager
def serve_product(
    folder: Path, certificates: Certificates, port: int, settings: dict[str, str]
) -> Iterator[Product]:
    """`voxpop serve` over TLS as https://comments.test, until the tests are done."""
    data = folder / "data"
    environment = {
        **os.environ,
        "VOXPOP_DATA": str(data),
        "VOXPOP_HOST": HOST,
        "VOXPOP_EMAIL_URL": f"file:{folder / 'mail'}",
        "VOXPOP_LIMITS": "off",
        **environment_of_its_own(),
        **settings,
    }
    if "VOXPOP_DATABASE" not in environment:
        begin_migrated(data)
    product = Product(data, port, environment, certificates)
    log = (folder / "product.log").open("wb")
    process = subprocess.Popen(
        [
            *ENDS_WITH_US, VOXPOP, "serve", "--host", "127.0.0.1", "--port", str(product.port),
            "--data", str(data),
            "--tls-cert", str(certificates.chain), "--tls-key", str(certificates.key),
        ],
        env=environment, stdout=log, stderr=log,
    )  # fmt: skip
    try:

        def stands() -> bool:
            assert process.poll() is None, (folder / "product.log").read_text()
            return answers(product.port)

        wait_until(stands, "the product", 120)
        yield product
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
