"""Starts the parts of a stack, starts again what dies, and ends them all when it is told to.

A process of its own, without Django: `python -m voxpop.stack.supervisor DATA`, started by `up` with
the folder's lock in its hands. All it knows stands in `state.json`, from the moment it is true.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from voxpop.stack.folder import Folder, Known, State
from voxpop.stack.part import Part, is_answering
from voxpop.stack.processes import process

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0  # whoever has run so long has earned the shortest pause again
LOOK_EVERY = 0.1
OPEN_FILES = 131_072
# Who ends before whom, by kind: readers' way in first, so that nobody is sent to a part that has
# gone already, and what keeps things (every other kind) last. Those of one wave end together.
WAVES = ({"haproxy"}, {"varnish", "counter"}, {"django", "worker"})


class Supervisor:
    def __init__(self, folder: Folder, parts: tuple[Part, ...]) -> None:
        self._folder = folder
        self._parts = parts
        self._answered = {part.name: asyncio.Event() for part in parts}
        itself = process(os.getpid())
        assert itself is not None
        self._state = State(itself, _now(), {part.name: Known(since=_now()) for part in parts})

    async def run(self) -> None:
        """Keep every part running until SIGTERM or SIGINT."""
        end = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, end.set)
        self._folder.write_state(self._state)
        keepers = [asyncio.create_task(self._keep(part)) for part in self._parts]
        ended = asyncio.create_task(end.wait())
        # A keeper never ends by itself; if one does, by an error of ours, that ends everything.
        await asyncio.wait([ended, *keepers], return_when=asyncio.FIRST_COMPLETED)
        self._say("the stack is ending")
        for keeper in keepers:
            keeper.cancel()
        results = await asyncio.gather(*keepers, return_exceptions=True)
        for wave in waves(self._parts):
            await asyncio.gather(*(asyncio.to_thread(self._end, part) for part in wave))
        self._folder.forget_state()
        self._say("the stack has ended")
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _keep(self, part: Part) -> None:
        for other in part.after:
            await self._answered[other].wait()
        known = self._state.parts[part.name]
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            how = await self._live(part)
            if time.monotonic() - began > STEADY:
                pause = FIRST_PAUSE
            known.process, known.told = None, f"{how}, {_now()}"
            self._note(part, "paused", f"{how}; starts again in {pause:g} s")
            await asyncio.sleep(pause)
            known.restarts += 1
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _live(self, part: Part) -> str:
        """One life of a part, from its start on; how it ended."""
        try:
            child = self._start(part)
        except OSError as error:
            return f"could not be started ({error})"  # its program is being replaced, say
        watching = asyncio.create_task(self._watch(part))
        try:
            await _end_of(child)
        finally:
            watching.cancel()
        _end_group(child.pid)
        return _how(child.wait())

    def _start(self, part: Part) -> subprocess.Popen[bytes]:
        known = self._state.parts[part.name]
        with self._folder.fresh_log(part.name).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603
                part.command,
                env={**os.environ, **part.environment},
                cwd=self._folder.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        known.process = process(child.pid)
        self._note(part, "starts", f"process {child.pid}")
        return child

    async def _watch(self, part: Part) -> None:
        while not await is_answering(part):
            await asyncio.sleep(LOOK_EVERY)
        self._note(part, "answers", part.address)
        self._answered[part.name].set()

    def _end(self, part: Part) -> None:
        running = self._state.parts[part.name].process
        if running is not None:
            running.end(part.patience, part.ends_by)
            _end_group(running.pid)

    def _note(self, part: Part, state: str, told: str) -> None:
        known = self._state.parts[part.name]
        known.state, known.since = state, _now()
        self._folder.write_state(self._state)
        self._say(f"{part.name} {state}: {told}")

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{_now()} {line}\n")
        sys.stdout.flush()


def waves(parts: tuple[Part, ...]) -> list[list[Part]]:
    """The parts in the order in which they are ended: those of one list at once."""
    of_kind = {kind: number for number, kinds in enumerate(WAVES) for kind in kinds}
    found: list[list[Part]] = [[] for _ in range(len(WAVES) + 1)]
    for part in parts:
        found[of_kind.get(part.kind, len(WAVES))].append(part)
    return found


async def _end_of(child: subprocess.Popen[bytes]) -> None:
    """Return when the child has ended, and leave it unburied."""
    ended = asyncio.Event()
    handle = os.pidfd_open(child.pid)
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _end_group(leader: int) -> None:
    """Whatever a part had started goes with it: it would keep the address that is needed.

    The leader has ended and is not buried yet, so that the group's number is still ours.
    """
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def allow_open_files() -> None:
    """As many as we may: every reader is an open file, at the load balancer two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main() -> None:
    folder = Folder.of(Path(sys.argv[1]))
    allow_open_files()
    asyncio.run(_run(folder))


async def _run(folder: Folder) -> None:
    await Supervisor(folder, folder.plan().parts).run()


if __name__ == "__main__":
    main()
