"""Up, down, status: what an operator does to a stack."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from voxpop.settings.environment import SettingsError
from voxpop.stack.certificates import make_certificates
from voxpop.stack.folder import Folder, Known, Plan, State
from voxpop.stack.layout import Choice, Files, lay_out
from voxpop.stack.needs import refuse_missing
from voxpop.stack.part import Part, is_answering
from voxpop.stack.plan import edge_node, engines, plan
from voxpop.stack.ports import is_free
from voxpop.stack.secret import edge_secret
from voxpop.stack.truth import refuse_second_truth, tell_database, tell_replica

PATIENCE = 90.0  # seconds for all parts to answer; a busy machine takes its time
FAILED_STARTS = 2  # without ever having answered: it never will
LOOK_EVERY = 0.1
PRODUCT = ("django", "worker")
PARTS_PATIENCE = 60.0  # seconds for the supervisor to end its parts


class StackFailed(Exception):
    """The stack did not come up; the text says which part, and its last words."""


@dataclass(frozen=True)
class Health:
    """One part as it is now."""

    part: Part
    known: Known
    state: str  # waits, starts, answers, silent, paused

    @property
    def is_well(self) -> bool:
        return self.state == "answers"


def running(data: Path) -> State | None:
    """What runs on this data folder, if its supervisor lives."""
    state = Folder.of(data).state()
    return state if state and state.supervisor.is_alive() else None


def bring_up(choice: Choice) -> Plan:
    """Start everything chosen, and return when all of it answers.

    Raises RunsAlready, SettingsError when something is missing, and StackFailed when a part does
    not come up; then nothing is left running.
    """
    folder = Folder.of(choice.data)
    with folder.held() as lock:
        end_leftovers(folder)
        _refuse(choice)
        files = _files(choice, folder)
        layout = lay_out(choice)
        for number in range(len(layout.edges)):
            edge_node(choice, layout, files, number).write_start_file()
        for engine in engines(choice, layout, files):
            engine.prepare()
        if layout.postgres is not None:
            tell_database(choice.data, layout.postgres)
        if layout.standby is not None:
            tell_replica(files.folder / "replica", choice.data, layout.standby)
        made = plan(choice, layout, files)
        folder.write_plan(made)
        supervisor = _start_supervisor(folder, choice.data, lock)
    try:
        _wait_until_up(folder, supervisor)
        if choice.has("django"):
            _wait_for_a_page(choice)
    except BaseException:
        supervisor.terminate()
        supervisor.wait(PARTS_PATIENCE)
        raise
    return made


def take_down(data: Path) -> bool:
    """End what `bring_up` started on this data folder, and nothing else; whether there was any."""
    folder = Folder.of(data)
    state = folder.state()
    if state is None:
        return False
    state.supervisor.end(PARTS_PATIENCE)
    end_leftovers(folder)
    return True


def end_leftovers(folder: Folder) -> None:
    """End the parts of a supervisor that was killed; told apart by number and beginning."""
    state = folder.state()
    if state is None:
        return
    parts = {part.name: part for part in folder.plan().parts}
    for name, known in reversed(state.parts.items()):
        if known.process is not None:
            part = parts.get(name, Part(name, "", ()))
            known.process.end(part.patience, part.ends_by)
    folder.forget_state()


def health(data: Path) -> list[Health]:
    """Every part of the running stack, asked now; empty when none runs."""
    state = running(data)
    if state is None:
        return []
    parts = Folder.of(data).plan().parts
    return [
        Health(part, state.parts[part.name], seen)
        for part, seen in zip(parts, asyncio.run(_look(parts, state)), strict=True)
    ]


def settings_of_product(data: Path) -> dict[str, str]:
    """With which settings the processes of the product run in the running stack; empty: in none."""
    if running(data) is None:
        return {}
    parts = Folder.of(data).plan().parts
    return next((dict(part.environment) for part in parts if part.kind in PRODUCT), {})


async def _look(parts: tuple[Part, ...], state: State) -> list[str]:
    return await asyncio.gather(*(_seen(part, state.parts[part.name]) for part in parts))


async def _seen(part: Part, known: Known) -> str:
    if known.state != "answers":
        return known.state
    if known.process is None or not known.process.is_alive():
        return "paused"
    return "answers" if await is_answering(part) else "silent"


def _refuse(choice: Choice) -> None:
    refuse_second_truth(choice.data, has_postgres=choice.has("postgres"))
    programs = ["haproxy"] * choice.has("haproxy") + ["varnishd"] * choice.has("varnish")
    programs += ["redis-server"] * choice.has("redis") + ["memcached"] * choice.has("memcached")
    modules = ["xkey", "var", "header", "digest"] if choice.has("varnish") else []
    refuse_missing([*programs, "openssl"] if choice.has("haproxy") else programs, modules)
    if not is_free(choice.port):
        raise SettingsError(f"Port {choice.port} is taken. Choose another one with --port.")


def _files(choice: Choice, folder: Folder) -> Files:
    secret = edge_secret(choice.data, choice.secret) if choice.has("varnish") else None
    certificate = choice.certificate
    if certificate is None and choice.has("haproxy"):
        certificate = make_certificates(choice.data / "certificates", choice.host_name).served
    return Files(folder.path, secret, certificate)


def _start_supervisor(folder: Folder, data: Path, lock: int) -> subprocess.Popen[bytes]:
    """Apart from this terminal, with which it would go, and with the lock in its hands."""
    with folder.fresh_log("stack").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            (sys.executable, "-m", "voxpop.stack.supervisor", str(data)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock,),
        )


def _wait_for_a_page(choice: Choice) -> None:
    """All parts stand; now they must have found each other as well."""
    deadline = time.monotonic() + PATIENCE
    while not _has_page(choice):
        if time.monotonic() > deadline:
            raise StackFailed(f"Every part answers, but no page comes from port {choice.port}.")
        time.sleep(LOOK_EVERY)


def _has_page(choice: Choice) -> bool:
    # Our own listener on loopback, whatever its certificate is good for.
    unverified = ssl._create_unverified_context()  # noqa: S323
    connection = (
        HTTPSConnection("127.0.0.1", choice.port, timeout=5, context=unverified)
        if choice.has("haproxy")
        else HTTPConnection("127.0.0.1", choice.port, timeout=5)
    )
    try:
        connection.request("GET", "/embed.js", headers={"Host": choice.host_name})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _wait_until_up(folder: Folder, supervisor: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        if supervisor.poll() is not None:
            raise StackFailed(f"The supervisor ended:\n{folder.last_words('stack')}")
        state = folder.state()
        parts = state.parts if state and state.supervisor.pid == supervisor.pid else {}
        for name, known in parts.items():
            if known.restarts >= FAILED_STARTS and known.state != "answers":
                told = folder.last_words(name)
                raise StackFailed(f"{name} does not start: it {known.told}\n{told}")
        if parts and all(known.state == "answers" for known in parts.values()):
            return
        if time.monotonic() > deadline:
            late = ", ".join(name for name, known in parts.items() if known.state != "answers")
            raise StackFailed(f"{late or 'The supervisor'} did not answer in {PATIENCE:g} s")
        time.sleep(LOOK_EVERY)
