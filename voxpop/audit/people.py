"""The people of a run: writers, readers, a moderator. Each is a seeded session in a thread."""

import random
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from voxpop.audit.browser import Answer, Browser, User
from voxpop.audit.history import INFO, OK, History, Op
from voxpop.audit.surfaces import COMMENTS, PAGES, RECENT, TAIL, Surface, Thread

CREATED = 201
WRITE_SECONDS = 20.0  # a write is repeated for so long
# More links than anybody may post unseen: the comment is held, and its words stay private.
HELD_TEXT = "{said} {canary} " + " ".join(f"https://{n}.test/" for n in range(11))


@dataclass
class Stage:
    """What all sessions of a run share."""

    history: History
    threads: Sequence[Thread]  # most popular first; the last one is quiet
    stopping: threading.Event = field(default_factory=threading.Event)
    writing_is_over: threading.Event = field(default_factory=threading.Event)
    most_comments: int = 40  # in one thread, so that a page holds it whole
    is_even: bool = False  # all threads are as popular
    silence: float = 0.0  # seconds without writing after each second of it
    began: float = field(default_factory=time.monotonic)

    def is_silent(self) -> bool:
        """Whether nobody writes just now, so that nothing makes good what went wrong."""
        return bool(self.silence) and (time.monotonic() - self.began) % (1 + self.silence) > 1


@dataclass
class Own:
    """A comment of one's own."""

    id: str
    thread: Thread
    number: int
    revision: int


class Session(ABC, threading.Thread):
    """One person, acting every `pause` seconds or so until the run is over."""

    def __init__(self, stage: Stage, browser: Browser, seed: str, pause: float) -> None:
        super().__init__(name=browser.proc, daemon=True)
        self.stage = stage
        self.browser = browser
        self.dice = random.Random(seed)  # noqa: S311
        self.pause = pause
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.is_over():
                self.act()
                self.stage.stopping.wait(self.pause * self.dice.uniform(0.5, 1.5))
        except BaseException as error:
            self.error = error  # told by the run: a session that ended early proves nothing
            raise
        finally:
            self.browser.close()

    def is_over(self) -> bool:
        return self.stage.stopping.is_set()

    @abstractmethod
    def act(self) -> None:
        """Do one thing."""

    def any_thread(self) -> Thread:
        """A thread by its popularity: the n-th is read 1/n as often as the first (Zipf)."""
        threads = self.stage.threads
        if self.stage.is_even:
            return self.dice.choice(threads)
        return self.dice.choices(threads, [1 / n for n in range(1, len(threads) + 1)])[0]


class Reader(Session):
    """Reads the same few threads again and again, on all surfaces, and follows tails."""

    def __init__(self, stage: Stage, browser: Browser, seed: str, pause: float) -> None:
        super().__init__(stage, browser, seed, pause)
        self._after: dict[str, int] = {}

    def act(self) -> None:
        thread = self.any_thread()
        what = self.dice.random()
        if what < 0.15:
            self._follow(thread)
        elif what < 0.2:
            self.browser.read(RECENT, thread)
        else:
            self.browser.read(self.dice.choice(PAGES), thread)

    def _follow(self, thread: Thread) -> None:
        after = self._after.get(thread.name, 0)
        read = self.browser.read(TAIL, thread, after)
        self._after[thread.name] = max(read.ver or 0, after)


class Writer(Session):
    """Writes, reads what he wrote, changes and removes it, votes, and changes who he is."""

    def __init__(
        self,
        stage: Stage,
        browser: Browser,
        seed: str,
        pause: float,
        users: Sequence[User],
        *,
        removes: bool = True,
    ) -> None:
        super().__init__(stage, browser, seed, pause)
        self._users = users
        self._weights = (40, 12, 10 if removes else 0, 20, 3, 6, 6, 6)
        self._own: dict[str, list[Own]] = {user.name: [] for user in users}
        self._seen: dict[str, list[str]] = {}  # by thread, the comments read last
        self._number = 0
        browser.user = users[0]

    def is_over(self) -> bool:
        return super().is_over() or self.stage.writing_is_over.is_set()

    def act(self) -> None:
        if self.stage.is_silent():
            return
        thread = self._forums_thread()
        acts = (
            self.post, self.edit, self.delete, self.vote, self.held, self.switch, self.overlay,
            self.home,
        )  # fmt: skip
        self.dice.choices(acts, self._weights)[0](thread)

    def post(self, thread: Thread) -> None:
        """A comment, or a reply; then he looks whether it is there."""
        seen = self._seen.get(thread.name, [])
        if len(seen) >= self.stage.most_comments or thread is self.stage.threads[-1]:
            self.read_own(thread)
            return
        parent = self.dice.choice(seen) if seen and self.dice.random() < 0.2 else None
        self.say(thread, parent)
        self.read_own(thread)

    def say(self, thread: Thread, parent: str | None = None) -> bool:
        """Post one comment and write down what came of it; whether it is published."""
        self._number += 1
        user = self._user
        text = f"say-{user.name}-{self._number}-r0"
        op, answer = self._write(
            "post", "POST", f"/api/v1/forums/{thread.forum}/comments", thread, "", text,
            {"thread": {"identifier": thread.identifier, "url": thread.url, "title": "A page"},
             "source": text, "parent": parent},
        )  # fmt: skip
        if op.type != OK or op.status != CREATED:
            return False
        made = answer.json()
        self._own[user.name].append(Own(made["id"], thread, self._number, made["revision"]))
        return True

    def edit(self, thread: Thread) -> None:
        """Change a comment of one's own."""
        own = self._any_own()
        if own is None:
            return
        text = f"say-{self._user.name}-{own.number}-r{own.revision}"
        op, answer = self._write(
            "edit", "PATCH", f"/api/v1/comments/{own.id}", own.thread, own.id, text,
            {"source": text, "revision": own.revision},
        )  # fmt: skip
        if op.type == OK:
            own.revision = answer.json()["revision"]
            self.read_own(own.thread)
        else:
            self._forget(own)  # removed by a moderator, or nobody knows what it says

    def delete(self, thread: Thread) -> None:
        """Take a comment of one's own away."""
        own = self._any_own()
        if own is None:
            return
        self._forget(own)
        self._write("delete", "DELETE", f"/api/v1/comments/{own.id}", own.thread, own.id, None, {})
        self.read_own(own.thread)

    def vote(self, thread: Thread) -> None:
        """Vote for somebody's comment, or take the vote back."""
        seen = self._seen.get(thread.name)
        if not seen:
            self.read_own(thread)
            return
        comment, value = self.dice.choice(seen), self.dice.choice([1, 1, 0])
        path = f"/api/v1/comments/{comment}/vote"
        self._write("vote", "PUT", path, thread, comment, value, {"value": value})

    def held(self, thread: Thread) -> None:
        """A comment that waits for a moderator: until then only he may see it."""
        self._number += 1
        said = f"say-{self._user.name}-{self._number}-r0"
        self._write(
            "held", "POST", f"/api/v1/forums/{thread.forum}/comments", thread, "", said,
            {"thread": {"identifier": thread.identifier, "url": thread.url},
             "source": HELD_TEXT.format(said=said, canary=self._user.canary)},
        )  # fmt: skip
        self.overlay(thread)

    def switch(self, thread: Thread) -> None:
        """Another user signs in in the same browser; what the first had reached stays seen.

        A guest of a frame does not touch who is signed in on our origin.
        """
        user = self.browser.user = self.dice.choice(self._users)
        if user.session:
            self.browser.account = user
            self.home(thread)
        self.overlay(self._forums_thread())

    def overlay(self, thread: Thread) -> None:
        """Look at one's own layer of a thread."""
        self.browser.overlay(thread)

    def home(self, thread: Thread) -> None:
        """Look at one's account on our origin, where one has such."""
        if self.browser.account is not None:
            self.browser.home(thread)

    def read_own(self, thread: Thread) -> None:
        """Read the thread in which he has just written, on one of its surfaces."""
        surface: Surface = self.dice.choice((COMMENTS, *PAGES))
        read = self.browser.read(surface, thread)
        if read.status == 200 and "shown" in read.value:
            self._seen[thread.name] = [comment for comment, _, _ in read.value["shown"]]

    @property
    def _user(self) -> User:
        assert self.browser.user is not None
        return self.browser.user

    def _forums_thread(self) -> Thread:
        """A thread in which the signed-in user may write: he belongs to one forum."""
        while True:
            thread = self.any_thread()
            if thread.forum == self._user.forum:
                return thread

    def _any_own(self) -> Own | None:
        own = self._own[self._user.name]
        return self.dice.choice(own) if own else None

    def _forget(self, own: Own) -> None:
        self._own[self._user.name].remove(own)

    def _write(
        self, f: str, method: str, path: str, thread: Thread, key: str, value: object, body: object
    ) -> tuple[Op, Answer]:
        """One write of the signed-in user, written down."""
        idempotency = str(uuid.UUID(int=self.dice.getrandbits(128)))
        began = time.monotonic()
        how, answer = self.browser.write(method, path, body, idempotency, thread, WRITE_SECONDS)
        made = answer.json() if how == OK else {}
        op = Op(
            self.browser.proc, f, how, began, time.monotonic(), thread.name,
            made.get("id", "") if f == "post" else key, value, made.get("seq") or None,
            status=answer.status, user=self._user.name, before=answer.before,
        )  # fmt: skip
        self.stage.history.add(op)
        return op, answer


class Moderator(Writer):
    """Removes what he sees, and gives some of it back."""

    def __init__(
        self, stage: Stage, browser: Browser, seed: str, pause: float, users: Sequence[User]
    ) -> None:
        super().__init__(stage, browser, seed, pause, users)
        self._removed: list[tuple[str, Thread]] = []

    def act(self) -> None:
        if self.stage.is_silent():
            return
        if self._removed and self.dice.random() < 0.4:
            comment, thread = self._removed.pop(self.dice.randrange(len(self._removed)))
            self.decide(thread, comment, "restore")
            return
        thread = self.any_thread()
        self.read_own(thread)
        if seen := self._seen.get(thread.name):
            comment = self.dice.choice(seen)
            self.decide(thread, comment, "delete")
            self._removed.append((comment, thread))

    def decide(self, thread: Thread, comment: str, decision: str) -> None:
        """One decision about a comment, written down."""
        path = f"/api/v1/moderation/comments/{comment}/decisions"
        began = time.monotonic()
        how, answer = self.browser.write(
            "POST", path, {"decision": decision}, str(uuid.uuid4()), thread, WRITE_SECONDS
        )
        how = INFO if how == OK and answer.status != 201 else how
        seq = answer.json()["comment"]["seq"] if how == OK else None
        self.stage.history.add(
            Op(self.browser.proc, "decide", how, began, time.monotonic(), thread.name, comment,
               decision, seq, status=answer.status, user=self._user.name, before=answer.before)
        )  # fmt: skip
