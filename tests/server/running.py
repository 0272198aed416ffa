"""`voxpop serve` as a process that a test may kill and start again on the same data."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.harness.waiting import wait_until
from tests.migrated import begin_migrated
from voxpop.stack.engines import ENDS_WITH_US

VOXPOP = str(Path(sys.executable).with_name("voxpop"))
PAGE = {"identifier": "a-page", "url": "https://magazine.test/a-page", "title": "A page"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    data: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    readers: list[socket.socket] = field(default_factory=list)

    def start(self, prelude: str = "", **extra: str) -> None:
        """Start the server and wait until it answers; `prelude` is Python to run before it."""
        environment = self._environment() | extra
        if "VOXPOP_DATABASE" not in environment:
            begin_migrated(self.data)
        log = (self.data / "server.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [*ENDS_WITH_US,
                 sys.executable, "-c", f"{prelude}\nfrom voxpop.cli import main; main()",
                 "serve", "--port", str(self.port), *self.options],
                env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(self._stands, "the server", 60)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        return self._end(signal.SIGTERM)

    def wait_for_death(self) -> None:
        """Return when the server has killed itself."""
        assert self.process is not None
        assert self.process.wait(20) == -signal.SIGKILL

    def run_python(self, code: str) -> str:
        """Run a few lines in another process that has the same data."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            env=self._environment() | {"DJANGO_SETTINGS_MODULE": "voxpop.settings"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def command(self, *arguments: str) -> str:
        """Run `voxpop …` on the same data."""
        done = subprocess.run(
            [VOXPOP, *arguments],
            env=self._environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on its own connection; raises OSError when the server dies meanwhile."""
        payload = None if body is None else json.dumps(body).encode()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if payload is not None:
            fields["Content-Type"] = "application/json"
        return self.ask_raw(method, path, payload, fields)

    def ask_raw(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        """The same with a body of any kind."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return Answer(answer.status, dict(answer.getheaders()), answer.read())
            except http.client.HTTPException as error:
                raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def post(self, token: str, source: str, key: str | None = None) -> Answer:
        """Post a comment to the one page of these tests."""
        return self.ask(
            "POST",
            "/api/v1/forums/magazine/comments",
            {"thread": PAGE, "source": source},
            Authorization=f"Bearer {token}",
            Idempotency_Key=key or str(uuid.uuid4()),
        )

    def guest(self, name: str = "Ada") -> str:
        """A new guest's token."""
        answer = self.ask("POST", "/api/v1/guests", {"forum": "magazine", "name": name})
        assert answer.status in {200, 201}, answer.body
        token: str = answer.json()["token"]
        return token

    def session(self, email: str) -> str:
        """A session cookie of this account's, which is signed in with it."""
        return self.run_python(
            "from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY\n"
            "from django.contrib.sessions.backends.db import SessionStore\n"
            "from django.conf import settings\n"
            "from voxpop.accounts.models import User\n"
            f"user = User.objects.get(email={email!r})\n"
            "session = SessionStore()\n"
            "session[SESSION_KEY] = str(user.pk)\n"
            "session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]\n"
            "session[HASH_SESSION_KEY] = user.get_session_auth_hash()\n"
            "session.save()\n"
            "print(session.session_key)"
        )

    def figure(self, name: str, **labels: str) -> float:
        """One figure of /metrics."""
        told = ",".join(f'{label}="{value}"' for label, value in labels.items())
        line = rf"^{name}{{{told}}} (\S+)$" if told else rf"^{name} (\S+)$"
        found = re.search(line, self.ask("GET", "/metrics").body.decode(), re.MULTILINE)
        assert found, line
        return float(found[1])

    def thread(self) -> str:
        """The page's thread id, also before its first comment."""
        path = "/api/v1/forums/magazine/threads?identifier=a-page"
        found: str = self.ask("GET", path).json()["id"]
        return found

    def comments(self) -> list[dict[str, Any]]:
        """Every comment that readers see, oldest first."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            path = f"/api/v1/threads/{self.thread()}/comments?sort=oldest&limit=100{after}"
            answer = self.ask("GET", path)
            if answer.status == 404:
                return []  # nobody has commented on the page
            page = answer.json()
            found += page["comments"]
            if not page["next"]:
                return found
            after = f"&after={page['next']}"

    def park(self, thread: str, after: int) -> socket.socket:
        """A reader who has asked for news and waits."""
        reader = socket.create_connection(("127.0.0.1", self.port), timeout=40)
        reader.sendall(
            f"GET /api/v1/threads/{thread}/events?after={after}&hold=1 HTTP/1.1\r\n"
            f"Host: localhost\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0)\r\n"
            "Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
            f"Origin: http://localhost:{self.port}\r\n\r\n".encode()
        )
        self.readers.append(reader)
        return reader

    def facts(self) -> dict[str, int]:
        """Memory (KiB) and threads of the server process."""
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        return {"rss": int(status["VmRSS"].split()[0]), "threads": int(status["Threads"])}

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "VOXPOP_DATA": str(self.data),
            "VOXPOP_HOST": f"http://localhost:{self.port}",
            "VOXPOP_LIMITS": "off",
            **self.environment,
        }

    def _stands(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data / "server.log").read_text()
        try:
            return self.ask("GET", "/readyz").status == 200
        except OSError:
            return False

    def _end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)


def news(reader: socket.socket) -> dict[str, Any]:
    """The tail that a parked reader is answered with."""
    answer = http.client.HTTPResponse(reader)
    answer.begin()
    assert answer.status == 200
    body = answer.read()
    if answer.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    tail: dict[str, Any] = json.loads(body)
    return tail
