"""Somebody who reads and writes from a machine of namespaces, by curl."""

import json
import secrets
import time
from typing import Any

from tests.upkeep.machines import Machine

PAGE = {"identifier": "a-page", "url": "https://magazine.example.org/a-page", "title": "A page"}

CREATED, TOO_MANY = 201, 429
MINUTE = 70  # seconds until the rate of comments is fresh, and some


class Reader:
    """Somebody who asks, on one of the machines, at the address that serves just now."""

    def __init__(self, machine: Machine, address: str, host: str = "comments.example.org") -> None:
        self.machine, self.address, self.host = machine, address, host
        self.token = ""

    def ask(self, path: str, body: Any = None, method: str = "") -> tuple[int, str]:
        """Status and text; 0 when nobody answered."""
        fields = {"Host": self.host}
        if body is not None or method:
            fields |= {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex()}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        told = "".join(f"-H '{name}: {value}' " for name, value in fields.items())
        told += "" if body is None else f"-d '{json.dumps(body)}' "
        told += f"-X {method} " if method else ""
        said = self.machine.run(
            f"curl -sk --max-time 20 -w '\\n%{{http_code}}' {told} '{self.address}{path}' || true"
        )
        text, _, status = said.rpartition("\n")
        return int(status), text

    def become_guest(self, name: str) -> None:
        """From now on it is this guest who asks."""
        status, said = self.ask("/api/v1/guests", {"forum": "magazine", "name": name})
        assert status == CREATED, said
        self.token = json.loads(said)["token"]

    def write(self, text: str) -> int:
        """The status of one comment."""
        return self._comment(text)[0]

    def post(self, text: str) -> str:
        """A comment that is taken, at the latest when its author may write again; its id."""
        if not self.token:
            self.become_guest("Ada")
        answers = [self._comment(text)]
        while answers[-1][0] == TOO_MANY and len(answers) < MINUTE:
            time.sleep(1)
            answers.append(self._comment(text))
        status, said = answers[-1]
        assert status == CREATED, said
        made: str = json.loads(said)["id"]
        return made

    def _comment(self, text: str) -> tuple[int, str]:
        body = {"thread": PAGE, "source": text}
        return self.ask("/api/v1/forums/magazine/comments", body)

    def delete(self, comment: str) -> None:
        """Take one's comment back."""
        status, said = self.ask(f"/api/v1/comments/{comment}", method="DELETE")
        assert status in {200, 204}, said

    def page(self) -> str:
        """The thread as it is shown; empty when it is not."""
        status, page = self.ask("/embed/magazine/thread?i=a-page")
        return page if status == 200 else ""

    def sees(self, *texts: str) -> bool:
        page = self.page()
        return bool(page) and all(text in page for text in texts)
