"""Cassandra: what is wide, appended to, and can be made again from the database.

One session per process, made in the background and kept: nobody waits for a connection. A question
on a reader's way has 0.2 s, and after a failure nobody asks for some seconds (breaker.py). Reads
and writes are at LOCAL_QUORUM: with three copies one node may die unnoticed.
"""

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from django.conf import settings

from voxpop.breaker import Breaker
from voxpop.settings.environment import SettingsError

logger = logging.getLogger(__name__)

# Seconds for everything that a request asks: with the page around it less than a quarter (P9).
ON_THE_WAY = 0.2
IN_THE_BACK = 5.0  # for each statement of the worker and of commands
AT_START = 5.0  # that a start waits for a node before it goes on without
AGAIN = 1.0  # between two tries to connect
AT_ONCE = 64  # statements on their way
MOST_COPIES = 3

# Raised whenever a table below changes. There are no migrations: everything can be made again.
VERSION = 1
DAY = 86_400
KEPT = 395 * DAY
TABLES = (
    # A partition is one owner's month: it cannot grow for ever. An id begins with its moment.
    f"""CREATE TABLE IF NOT EXISTS timeline (
        owner text, month int, id bigint, kind text, PRIMARY KEY ((owner, month), id)
    ) WITH CLUSTERING ORDER BY (id DESC) AND default_time_to_live = {KEPT} AND compaction = {{
        'class': 'TimeWindowCompactionStrategy',
        'compaction_window_unit': 'DAYS', 'compaction_window_size': 10}}""",
    # Which months an owner has, so that a page asks for none that is empty. A row is written anew
    # by every process each day that it appends, and so outlives the month's last entry.
    f"""CREATE TABLE IF NOT EXISTS timeline_month (
        owner text, month int, PRIMARY KEY (owner, month)
    ) WITH CLUSTERING ORDER BY (month DESC) AND default_time_to_live = {KEPT + 7 * DAY}""",
    "CREATE TABLE IF NOT EXISTS watermark (owner text PRIMARY KEY, id bigint)",
    # Figures (analytics/wide.py): by the minute for some weeks, the hour for months, the day for
    # years. A partition is a day, a month, a year of one forum's metric.
    *(
        f"""CREATE TABLE IF NOT EXISTS figure_{step} (
            forum text, metric text, bucket int, minute int, label text, source text, value bigint,
            PRIMARY KEY ((forum, metric, bucket), minute, label, source)
        ) WITH default_time_to_live = {kept * DAY} AND compaction = {{
            'class': 'TimeWindowCompactionStrategy',
            'compaction_window_unit': 'DAYS', 'compaction_window_size': {window}}}"""
        for step, kept, window in (("minute", 35, 1), ("hour", 160, 5), ("day", 1500, 50))
    ),
    # Which partitions there are, for reading over a span and for folding it.
    "CREATE TABLE IF NOT EXISTS figure_bucket ("
    f"step text, bucket int, PRIMARY KEY (step, bucket)) WITH default_time_to_live = {1600 * DAY}",
    "CREATE TABLE IF NOT EXISTS figure_series (step text, bucket int, forum text, metric text, "
    "PRIMARY KEY ((step, bucket), forum, metric)) "
    f"WITH default_time_to_live = {1600 * DAY}",
    "CREATE TABLE IF NOT EXISTS figure_bound (name text PRIMARY KEY, minute int)",
)


class Away(Exception):
    """Cassandra does not answer, or is left alone because it did not a moment ago."""


class Client:
    """One keyspace of one cluster; tables are made by whoever comes first."""

    def __init__(self, hosts: Sequence[tuple[str, int]], keyspace: str) -> None:
        self.hosts = hosts
        self.keyspace = keyspace
        self.refusal = ""  # why this keyspace is not ours to use
        self.breaker = Breaker()
        self._told = "no connection yet"
        self._session: Any = None
        self._prepared: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._connecting: threading.Thread | None = None
        self._changed = threading.Event()
        self._closed = threading.Event()
        # Preparing has no time-out of its own in the driver.
        self._preparing = ThreadPoolExecutor(2, thread_name_prefix="cassandra-prepare")

    def read(self, cql: str, parameters: Sequence[Any], patience: float) -> list[Any]:
        """The rows of one question. Raises Away."""
        return self.run([(cql, parameters)], patience)[0]

    def run(
        self, statements: Iterable[tuple[str, Sequence[Any]]], patience: float
    ) -> list[list[Any]]:
        """Run these side by side, each within `patience` seconds; their rows in the same order.

        Each may be run twice: one whose outcome is unknown is sent once more. Raises Away.
        """
        return self.run_together(([one] for one in statements), patience)

    def run_together(
        self, groups: Iterable[Sequence[tuple[str, Sequence[Any]]]], patience: float
    ) -> list[list[Any]]:
        """As `run`; the writes of a group, which are all of one partition, go as one message."""
        if not self.breaker.lets_through():
            raise Away(f"Cassandra is left alone for a moment: {self._told}")
        until = time.monotonic() + patience
        try:
            session = self.session(patience)
            bound = [
                _message([self._statement(session, cql, until).bind(row) for cql, row in group])
                for group in groups
            ]
            rows = _all(session, bound, max(until - time.monotonic(), 0.001), patience)
        except Away:
            self._failed()
            raise
        except Exception as error:  # whatever the driver calls it
            self._told = f"{type(error).__name__}: {error}"[:300]
            self._failed()
            raise Away(self._told) from error
        self.breaker.went_well()
        return rows

    def session(self, patience: float) -> Any:
        """The session, waiting for it at most so many seconds. Raises Away."""
        if self._session is None:
            self.connect()
            self._changed.wait(patience)
        if self._session is None:
            raise Away(self.refusal or self._told)
        return self._session

    def connect(self) -> None:
        """Begin to connect, so that the first question need not wait."""
        with self._lock:
            if self._connecting is None:
                self._connecting = threading.Thread(
                    target=self._connect_until_it_stands, name="cassandra", daemon=True
                )
                self._connecting.start()

    @property
    def is_begun(self) -> bool:
        """Whether anybody has wanted a connection yet."""
        return self._connecting is not None

    def close(self) -> None:
        """Let go of every connection; for tests and benchmarks, a process just ends."""
        self._closed.set()
        if self._connecting is not None:
            self._connecting.join()
        if self._session is not None:
            self._session.cluster.shutdown()
        self._preparing.shutdown(wait=False)

    def _failed(self) -> None:
        if self.breaker.failed():
            logger.warning("Cassandra is left alone for a moment: %s", self.refusal or self._told)

    def _statement(self, session: Any, cql: str, until: float) -> Any:
        prepared = self._prepared.get(cql)
        if prepared is None:
            waiting: Future[Any] = self._preparing.submit(session.prepare, cql)
            prepared = waiting.result(max(until - time.monotonic(), 0.001))
            prepared.is_idempotent = True
            self._prepared[cql] = prepared
        return prepared

    def _connect_until_it_stands(self) -> None:
        while not self._closed.is_set():
            cluster = _cluster(self.hosts)
            try:
                session = cluster.connect()
                make_tables(session, self.keyspace, copies=min(len(self.hosts), MOST_COPIES))
            except SettingsError as refused:
                self.refusal = str(refused)
                self._changed.set()
                cluster.shutdown()
                return
            except Exception as error:  # the driver's many
                self._told = f"no connection: {error}"[:300]
                cluster.shutdown()
                self._closed.wait(AGAIN)
            else:
                self._session = session
                self._changed.set()
                return


def _cluster(hosts: Sequence[tuple[str, int]]) -> Any:
    from cassandra import ConsistencyLevel
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import (
        ConstantReconnectionPolicy,
        DCAwareRoundRobinPolicy,
        TokenAwarePolicy,
    )

    # It tells a whole traceback for every try; what matters of it stands in our own lines.
    logging.getLogger("cassandra").setLevel(logging.ERROR)
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy()),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        request_timeout=IN_THE_BACK,
    )
    return Cluster(
        contact_points=list(hosts),
        port=hosts[0][1],
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ConstantReconnectionPolicy(AGAIN, max_attempts=None),
        protocol_version=5,
        connect_timeout=2,
        control_connection_timeout=2,
        # A node that hangs is found out within seconds, not by every question anew.
        idle_heartbeat_interval=2,
        idle_heartbeat_timeout=2,
    )


def _message(group: list[Any]) -> Any:
    from cassandra.query import BatchStatement, BatchType

    if len(group) == 1:
        return group[0]
    # Unlogged: of one partition it is applied whole by itself.
    together = BatchStatement(BatchType.UNLOGGED)
    together.is_idempotent = True
    for one in group:
        together.add(one)
    return together


def _all(session: Any, bound: Sequence[Any], first: float, second: float) -> list[list[Any]]:
    """Every statement, so many on their way at once; what failed is sent once more."""
    found: list[list[Any]] = []
    for start in range(0, len(bound), AT_ONCE):
        some = bound[start : start + AT_ONCE]
        sent = [session.execute_async(each, timeout=first) for each in some]
        for each, future in zip(some, sent, strict=True):
            found.append(_rows(session, each, future, first, second))
        first = second
    return found


def _rows(session: Any, bound: Any, future: Any, first: float, second: float) -> list[Any]:
    from cassandra import OperationTimedOut, WriteTimeout
    from cassandra.connection import ConnectionException

    try:
        return list(future.result())
    except (OperationTimedOut, WriteTimeout, ConnectionException):
        # It may have gone through or not. A reader does not wait twice; whoever writes in the back
        # sends the same row again, which then is there once.
        if first <= ON_THE_WAY:
            raise
        return list(session.execute_async(bound, timeout=second).result())


def make_tables(session: Any, keyspace: str, *, copies: int) -> None:
    """See that the keyspace is ours and of this version, making it where it is missing.

    Raises SettingsError when it is another's, or of another version.
    """
    # All processes ask the same node: two nodes at once could make one table twice.
    hosts = sorted((h for h in session.cluster.metadata.all_hosts() if h.is_up), key=str)
    host = hosts[0] if hosts else None

    def run(cql: str, *parameters: object) -> list[Any]:
        return list(session.execute(cql, parameters or None, host=host, timeout=30))

    known = session.cluster.metadata.keyspaces.get(keyspace)
    if known is None:
        centre = host.datacenter if host else "datacenter1"
        run(
            f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = "
            f"{{'class': 'NetworkTopologyStrategy', '{centre}': {copies}}}"
        )
    elif known.tables and "about" not in known.tables:
        raise SettingsError(
            f"The Cassandra keyspace {keyspace} holds somebody else's tables: name another one "
            "with VOXPOP_CASSANDRA_KEYSPACE."
        )
    session.set_keyspace(keyspace)
    run("CREATE TABLE IF NOT EXISTS about (name text PRIMARY KEY, version int)")
    versions = [row.version for row in run("SELECT version FROM about WHERE name = 'schema'")]
    if versions and versions != [VERSION]:
        raise SettingsError(
            f"The Cassandra keyspace {keyspace} is of version {versions[0]}, and this program "
            f"writes version {VERSION}: name another one with VOXPOP_CASSANDRA_KEYSPACE and fill "
            "it with `voxpop timelines rebuild`."
        )
    for table in TABLES:
        run(table)
    run("UPDATE about SET version = %s WHERE name = 'schema'", VERSION)


@cache
def client() -> Client:
    """The client of this process, to VOXPOP_CASSANDRA."""
    return Client(settings.CASSANDRA, settings.CASSANDRA_KEYSPACE)


def refuse_other_keyspace() -> None:
    """Before a start. Raises SettingsError when the keyspace is of another version or not ours;
    a cluster that is away stops no start: what it holds comes late."""
    if not settings.CASSANDRA:
        return
    try:
        client().session(AT_START)
    except Away as away:
        if client().refusal:
            raise SettingsError(client().refusal) from None
        logger.warning("Cassandra is away (%s): activity and inboxes come late", away)


def connect_early() -> None:
    """At the start of a process that serves: begin to connect, and do not wait."""
    if settings.CASSANDRA:
        client().connect()


def trouble() -> str:
    """What is wrong with Cassandra at this moment, in words for the operator; empty: nothing."""
    try:
        # A process that asks for the first time has to connect; others have done so.
        client().session(ON_THE_WAY if client().is_begun else AT_START)
        client().read("SELECT version FROM about WHERE name = ?", ["schema"], ON_THE_WAY)
    except Away as away:
        return str(away)
    return ""
