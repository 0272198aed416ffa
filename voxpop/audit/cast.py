"""Who takes part: forums, threads and users, made once in a data folder and kept beside it."""

import json
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from voxpop.audit.browser import Line, User
from voxpop.audit.lab import FORUMS, HOST, OWNER, Lab, LabError
from voxpop.audit.surfaces import Thread

FILE = "audit.json"
WRITERS = 8
# Those who have accounts between which they change in one browser, one of them as no guest ever.
ACCOUNTS_OF, ONLY_ACCOUNTS = (1, 3), (3,)
MOST_THREADS = 50
# Who has published so many comments is no stranger, whose comments would wait in a crowd; and all
# of them together are fewer than a crowd.
WELCOMES = 3


@dataclass
class Cast:
    """The owner moderates all forums; a writer is a guest in each, or has two accounts, or both."""

    owner: User
    writers: list[list[User]]
    threads: list[Thread]

    def secrets(self) -> dict[str, str]:
        """Tokens, and whose they are."""
        users = [self.owner, *(user for users in self.writers for user in users)]
        secrets = {user.token: user.name for user in users}
        return secrets | {user.session: user.name for user in users if user.session}

    def some_threads(self, count: int) -> Sequence[Thread]:
        """The first so many: forums by turns, so that each identifier is there in both."""
        return self.threads[:count]


def make_cast(lab: Lab) -> Cast:
    """Read the cast that is kept in the lab's data folder, or make and keep it."""
    file = lab.data / FILE
    if file.exists():
        return _read(file)
    forum = ["forum", "create"]
    names = [f"s{number}{letter}" for number in ACCOUNTS_OF for letter in "ab"]
    made = lab.run_command(
        *[[*forum, name, "--origin", f"https://{name}.test", "--owner", OWNER] for name in FORUMS],
        # An account is made by the command that gives it a forum; nobody writes in these.
        *[
            [*forum, f"attic-{name}", "--origin", "https://attic.test", "--owner", _address(name)]
            for name in names
        ],
        *[["token", "create", "--email", _address(name)] for name in names],
        ["token", "create", "--email", OWNER],
    )
    line = Line(lab.origin, HOST)
    attics, tokens = made[len(FORUMS) :][: len(names)], made[len(FORUMS) + len(names) :]
    accounts = {
        name: _sign_in(line, name, forum, attic["sign_in"], token)
        for name, forum, attic, token in zip(
            names, FORUMS * len(ACCOUNTS_OF), attics, tokens, strict=False
        )
    }
    cast = Cast(
        owner=User("owner", "", made[-1]["token"], made[-1]["author"]),
        writers=[
            [
                *(
                    _become_guest(line, f"w{number}{letter}", forum)
                    for letter, forum in zip("ab", FORUMS, strict=True)
                    if number not in ONLY_ACCOUNTS
                ),
                *(accounts[f"s{number}{letter}"] for letter in "ab" if number in ACCOUNTS_OF),
            ]
            for number in range(WRITERS)
        ],
        threads=[
            find_thread(line, forum, f"page-{number}")
            for number in range(MOST_THREADS // len(FORUMS))
            for forum in FORUMS
        ],
    )
    file.write_text(json.dumps(asdict(cast)))
    return cast


def _become_guest(line: Line, name: str, forum: str) -> User:
    """A guest whose mail address nobody may see, and who is no stranger any more."""
    body: dict[str, Any] = {"forum": forum, "name": name, "email": f"canary-{name}@private.test"}
    made = _ask(line, "POST", "/api/v1/guests", body)
    user = User(name, forum, made["token"], made["author"]["id"])
    _say_hello(line, user)
    return user


def _address(name: str) -> str:
    return f"{name}@canary-{name}.test"


def _sign_in(line: Line, name: str, forum: str, link: str, token: dict[str, str]) -> User:
    """An account that its mailed link has signed in, and that is no stranger any more."""
    path = urlsplit(link).path
    form = line.ask("GET", path, {})
    hidden = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.body.decode())
    if hidden is None:
        raise LabError(f"GET {path} was answered {form.status} without a form")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrf={form.cookies['csrf']}",
    }
    done = line.ask("POST", path, headers, f"csrfmiddlewaretoken={hidden[1]}".encode())
    if "session" not in done.cookies:
        raise LabError(f"POST {path} was answered {done.status}, and nobody is signed in")
    user = User(name, forum, token["token"], token["author"], done.cookies["session"])
    _say_hello(line, user)
    return user


def _say_hello(line: Line, user: User) -> None:
    forum = user.forum
    page = {"identifier": "welcome", "url": f"https://{forum}.test/welcome", "title": "Welcome"}
    for number in range(WELCOMES):
        body = {"thread": page, "source": f"{user.name} says hello, time {number}"}
        _ask(line, "POST", f"/api/v1/forums/{forum}/comments", body, user.token)


def find_thread(line: Line, forum: str, identifier: str) -> Thread:
    """The thread of a page, also one that nobody has written in. Raises LabError."""
    path = f"/api/v1/forums/{forum}/threads?identifier={identifier}"
    return Thread(forum, identifier, _ask(line, "GET", path)["id"])


def _ask(line: Line, method: str, path: str, body: Any = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    payload = None if body is None else json.dumps(body).encode()
    for _ in range(5):
        answer = line.ask(method, path, headers, payload)
        if answer.status in {200, 201}:
            return answer.json()
        time.sleep(0.5)
    raise LabError(f"{method} {path} was answered {answer.status}: {answer.body[:300]!r}")


def _read(file: Path) -> Cast:
    kept = json.loads(file.read_text())
    return Cast(
        owner=User(**kept["owner"]),
        writers=[[User(**user) for user in users] for users in kept["writers"]],
        threads=[Thread(**thread) for thread in kept["threads"]],
    )
