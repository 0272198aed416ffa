"""One browser: asks an edge node as a reader's would, and writes down what it was answered.

It carries what no shared answer may depend on: cookies, a token, headers with canaries in them.
"""

import hashlib
import http.client
import json
import re
import select
import threading
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from voxpop.audit.history import FAIL, INFO, OK, History, Op
from voxpop.audit.surfaces import Surface, Thread

SECONDS = 12.0  # an answer that takes longer is none
HOME = "/home/account/"  # it names the account's address
OK_STATUS = 200
_CANARY = re.compile(r"canary-([a-z0-9]+)")


@dataclass
class User:
    """Somebody with a token, whose private words nobody else may be shown.

    Each writes in one forum; who has an account is signed in on our origin.
    """

    name: str
    forum: str  # empty: who moderates all and writes nothing
    token: str
    author: str  # public id
    session: str = ""  # the cookie on our origin

    @property
    def canary(self) -> str:
        return f"canary-{self.name}"


@dataclass
class Answer:
    status: int  # 0: none came
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    before: list[int] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_hit(self) -> bool:
        return "; hit" in self.headers.get("cache-status", "")

    @property
    def seq(self) -> int | None:
        told = self.headers.get("voxpop-seq")
        return int(told) if told else None


class Line:
    """A kept-alive connection to one address; answers are status 0 when there is none."""

    def __init__(self, port: int, host: str) -> None:
        self._port = port
        self._host = host
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> Answer:
        """One request; a kept connection that turns out dead is dialled anew once for reads."""
        if self._is_dropped():
            self.close()
        was_kept = self._connection is not None
        answer = self._once(method, path, headers, body)
        if answer.status == 0 and was_kept and method == "GET":
            answer = self._once(method, path, headers, body)
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_dropped(self) -> bool:
        """Whether the other end has let go of a connection on which nothing was asked for long."""
        if self._connection is None or self._connection.sock is None:
            return False
        readable, _, _ = select.select([self._connection.sock], [], [], 0)
        return bool(readable)

    def _once(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=SECONDS
                )
            self._connection.request(method, path, body, {"Host": self._host, **headers})
            came = self._connection.getresponse()
            told = {name.lower(): value for name, value in came.getheaders()}
            cookies = SimpleCookie("; ".join(came.headers.get_all("Set-Cookie", [])))
            kept = {name: cookie.value for name, cookie in cookies.items()}
            return Answer(came.status, told, came.read(), cookies=kept)
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(0)


class Reading:
    """What bodies say, remembered by their digest: a hit is the same bytes again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bytes], tuple[Any, frozenset[str]]] = {}
        self._lock = threading.Lock()
        self.secrets: dict[str, str] = {}  # tokens and the like → whose

    def of(self, surface: Surface, answer: Answer) -> tuple[Any, frozenset[str]]:
        """The value of an answer, and whose private words are in it."""
        key = (surface.name, hashlib.blake2b(answer.body, digest_size=16).digest())
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            value = _parsed(surface, answer.body) if answer.status == 200 else None
            kept = value, self.owners(answer.body.decode(errors="replace"))
            with self._lock:
                self._kept[key] = kept
        told = " ".join(answer.headers.values())
        return kept[0], kept[1] | self.owners(told) if "canary" in told else kept[1]

    def owners(self, text: str) -> frozenset[str]:
        """Whose canaries and tokens stand in a text."""
        found = set(_CANARY.findall(text))
        found |= {owner for secret, owner in self.secrets.items() if secret in text}
        return frozenset(found)


def _parsed(surface: Surface, body: bytes) -> Any:
    """What an answer says; of bytes that are no such answer, only that they are not (I5)."""
    try:
        return surface.parse(body)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return {"unreadable": f"{type(error).__name__}: {error}"}


@dataclass
class Floor:
    token: str
    seq: int
    until: float


class Browser:
    """Asks for one session; who is signed in may change."""

    def __init__(
        self, proc: str, ports: dict[str, int], host: str, history: History, reading: Reading
    ) -> None:
        self.proc = proc
        self.user: User | None = None
        self.account: User | None = None  # whose cookie there is, whoever writes in the frame
        self.nodes = sorted(ports)
        self._host = host
        self._lines = {name: Line(port, host) for name, port in ports.items()}
        self._history = history
        self._reading = reading
        self._floors: dict[str, Floor] = {}

    def node_of(self, thread: Thread) -> str:
        """The node that has this thread, as a balancer by address would choose it."""
        return self.nodes[sum(thread.name.encode()) % len(self.nodes)]

    def read(self, surface: Surface, thread: Thread, after: int | None = None) -> Op:
        """Read one surface of a thread and write it down."""
        path = surface.path(thread, after)
        floor = self._floor(thread)
        headers = self._unkeyed()
        session = self.account.session if self.account else f"canary-{self._name}"
        headers["Cookie"] += f"; session={session}; csrf=canary-{self._name}"
        if floor:
            headers["Voxpop-Floor"] = floor.token
        node = self.node_of(thread)
        began = time.monotonic()
        answer = self._lines[node].ask("GET", path, headers)
        value, owners = self._reading.of(surface, answer)
        if after is not None and value is not None and "unreadable" not in value:
            value = {**value, "after": after}
        op = Op(
            self.proc, "read", OK if answer.status else INFO, began, time.monotonic(),
            thread.name, path, value, answer.seq, node,
            float(answer.headers.get("age", 0)), answer.status, self._name,
            floor.seq if floor else 0, answer.is_hit, answer.headers.get("voxpop-stale") == "1",
            sorted(owners),
        )  # fmt: skip
        self._history.add(op)
        return op

    def overlay(self, thread: Thread) -> None:
        """Ask for the signed-in viewer's own layer: his, and in no cache."""
        assert self.user is not None
        user = self.user
        path = f"/api/v1/me/threads/{thread.public_id}"
        began = time.monotonic()
        answer = self._lines[self.node_of(thread)].ask("GET", path, self._unkeyed(True))
        viewer = ""
        if answer.status == 200:
            viewer = user.name if answer.json()["viewer"]["id"] == user.author else "somebody else"
        owners = set(self._reading.owners(answer.body.decode(errors="replace"))) - {user.name}
        if answer.is_hit:
            owners.add("whoever asked first")
        self._history.add(
            Op(self.proc, "overlay", OK if viewer else FAIL, began, time.monotonic(), thread.name,
               path, {"viewer": viewer}, status=answer.status, user=user.name,
               leaks=sorted(owners))
        )  # fmt: skip

    def home(self, thread: Thread) -> None:
        """Look at one's account on our origin: his whose cookie it is, and in no cache."""
        assert self.account is not None
        account = self.account
        headers = self._unkeyed()
        headers["Cookie"] += f"; session={account.session}"
        began = time.monotonic()
        answer = self._lines[self.node_of(thread)].ask("GET", HOME, headers)
        owners = set(self._reading.owners(answer.body.decode(errors="replace")))
        viewer = ""
        if answer.status == OK_STATUS:
            viewer = account.name if account.name in owners else "somebody else"
        if answer.is_hit:
            owners.add("whoever asked first")
        self._history.add(
            Op(self.proc, "home", OK if viewer else FAIL, began, time.monotonic(), thread.name,
               HOME, {"viewer": viewer}, status=answer.status, user=account.name,
               leaks=sorted(owners - {account.name}))
        )  # fmt: skip

    def write(
        self, method: str, path: str, body: Any, key: str, thread: Thread, seconds: float
    ) -> tuple[str, Answer]:
        """One write, repeated under its key until it is answered: how it ended, and the answer,
        which knows the statuses of those before it."""
        payload = json.dumps(body).encode()
        headers = {
            **self._unkeyed(True), "Content-Type": "application/json", "Idempotency-Key": key,
        }  # fmt: skip
        end = time.monotonic() + seconds
        is_unknown = False
        before: list[int] = []
        while True:
            answer = self._lines[self.node_of(thread)].ask(method, path, headers, payload)
            answer.before = before
            if answer.status in {200, 201, 202}:
                self._raise_floor(thread, answer)
                return OK, answer
            if 400 <= answer.status < 500 and answer.status not in {409, 429}:
                return INFO if is_unknown else FAIL, answer
            is_unknown = is_unknown or answer.status != 409
            if time.monotonic() > end:
                return INFO if is_unknown else FAIL, answer
            before = [*before, answer.status]
            time.sleep(0.2)

    def close(self) -> None:
        for line in self._lines.values():
            line.close()

    @property
    def _name(self) -> str:
        return self.user.name if self.user else self.proc

    def _unkeyed(self, is_private: bool = False) -> dict[str, str]:
        """What comes with a request and may change no shared answer; who asks, where it counts."""
        canary = f"canary-{self._name}"
        headers = {
            "Cookie": f"visited={canary}",
            "Referer": f"http://{canary}.test/",
            "X-Forwarded-Host": f"{canary}.test",
            "Accept-Language": canary,
        }
        if is_private and self.user:
            headers["Authorization"] = f"Bearer {self.user.token}"
        return headers

    def _floor(self, thread: Thread) -> Floor | None:
        floor = self._floors.get(thread.public_id)
        return floor if floor and time.monotonic() < floor.until else None

    def _raise_floor(self, thread: Thread, answer: Answer) -> None:
        for token in answer.headers.get("voxpop-floor", "").split(", "):
            public_id, _, rest = token.partition(".")
            if public_id == thread.public_id:
                seq = int(rest.partition(".")[0])
                self._floors[public_id] = Floor(token, seq, time.monotonic() + 55)
