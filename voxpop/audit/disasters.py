"""What befalls what stands behind Django: servers that hang, die, lag, lie and run full."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg

from voxpop.audit.engines import CASSANDRA, MEMCACHED, POSTGRES, REDIS, STANDBY
from voxpop.audit.lab import Lab, LabError
from voxpop.audit.step import Step

POSTGRES_FAILOVER, POSTGRES_FULL = f"{POSTGRES}_failover", f"{POSTGRES}_full"
MEMCACHED_LYING = f"{MEMCACHED}_lying"
# These happen once in a run, need a disk of their own, or somebody who asks: not at any moment.
PLANNED = frozenset({POSTGRES_FAILOVER, POSTGRES_FULL, MEMCACHED_LYING})
LEAST_BLOCK = 4096


def engine_of(step: Step) -> str:
    """`redis_stopped` befalls redis."""
    return step.fault.partition("_")[0]


@contextmanager
def _stopped(lab: Lab, step: Step) -> Iterator[None]:
    """It neither answers nor goes away."""
    engine = lab.engines.running[engine_of(step)]
    engine.pause()
    try:
        yield
    finally:
        engine.resume()


@contextmanager
def _killed(lab: Lab, step: Step) -> Iterator[None]:
    engine = lab.engines.running[engine_of(step)]
    engine.kill()
    yield
    engine.start()


@contextmanager
def _restarted(lab: Lab, step: Step) -> Iterator[None]:
    """Asked to end, and started again: as for a new release of it."""
    engine = lab.engines.running[engine_of(step)]
    engine.stop()
    yield
    engine.start()


@contextmanager
def _lying(lab: Lab, step: Step) -> Iterator[None]:
    """Every question is answered with what belongs to another one."""
    liar = lab.engines.liar
    if liar is None:
        raise LabError("nobody stands before memcached")
    before, liar.is_lying = liar.lies, True
    yield
    liar.is_lying = False
    if liar.lies == before:
        raise LabError("nobody asked memcached anything while it would have lied")


@contextmanager
def _lagging(lab: Lab, step: Step) -> Iterator[None]:
    """It is told everything and shows nothing of it."""
    lab.engines.tell_standby("SELECT pg_wal_replay_pause()")
    yield
    lab.engines.tell_standby("SELECT pg_wal_replay_resume()")


@contextmanager
def _promoted(lab: Lab, step: Step) -> Iterator[None]:
    """By mistake: both take writes now, and only one of them gets any."""
    lab.engines.tell_standby("SELECT pg_promote(true, 30)")
    yield
    lab.engines.follow_again()


@contextmanager
def _failover(lab: Lab, step: Step) -> Iterator[None]:
    lab.engines.fail_over()
    yield


@contextmanager
def _unanswered(lab: Lab, step: Step) -> Iterator[None]:
    """What is written is written; nobody hears that it was."""
    relay = lab.engines.relays[engine_of(step)]
    relay.is_mute = True
    yield
    relay.is_mute = False
    relay.hang_up()


@contextmanager
def _disk_full(lab: Lab, step: Step) -> Iterator[None]:
    """Not a byte is left to PostgreSQL; when there is room again, whoever has ended is started."""
    ballast = lab.engines.disk / "ballast"
    # Who dials when it is full may be turned away at the door.
    with psycopg.connect(lab.engines.postgres.admin_dsn, autocommit=True) as line:
        _fill(ballast)
        _be_refused(line)
    yield
    ballast.unlink()
    postgres = lab.engines.postgres
    if not postgres.is_running():
        postgres.start()
    postgres.wait_until_ready()


def _fill(file: Path) -> None:
    block = 1024 * 1024
    with file.open("wb", buffering=0) as ballast:
        while block >= LEAST_BLOCK:
            try:
                if ballast.write(b"\0" * block) < block:
                    block //= 2
            except OSError:
                block //= 2


def _be_refused(line: psycopg.Connection) -> None:
    """Ask for room; raises LabError where there is some."""
    try:
        line.execute("CREATE TABLE ballast AS SELECT generate_series(1, 10000)")
    except psycopg.OperationalError:  # the disk is full, or PostgreSQL has ended for want of room
        return
    raise LabError("the disk is full, and PostgreSQL found room on it")


@contextmanager
def _flushed(lab: Lab, step: Step) -> Iterator[None]:
    """It forgets everything, and goes on."""
    lab.engines.flush(engine_of(step))
    yield


DISASTERS: dict[str, Callable[[Lab, Step], AbstractContextManager[None]]] = {
    **{f"{name}_stopped": _stopped for name in (POSTGRES, STANDBY, REDIS, MEMCACHED, CASSANDRA)},
    **{f"{name}_killed": _killed for name in (POSTGRES, STANDBY, REDIS, MEMCACHED, CASSANDRA)},
    f"{POSTGRES}_restarted": _restarted,
    POSTGRES_FAILOVER: _failover,
    POSTGRES_FULL: _disk_full,
    f"{STANDBY}_lagging": _lagging,
    f"{STANDBY}_promoted": _promoted,
    f"{REDIS}_flushed": _flushed,
    f"{MEMCACHED}_flushed": _flushed,
    MEMCACHED_LYING: _lying,
    f"{CASSANDRA}_unanswered": _unanswered,
}
