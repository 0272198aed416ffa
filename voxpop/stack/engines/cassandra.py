"""Cassandra: what is wide, appended to and can be made again; a real node of a stack or of a test.

    cassandra = Cassandra(folder, cache, port=…, storage_port=…)
    cassandra.start()
    cassandra.contact  # 127.0.0.1:PORT, what VOXPOP_CASSANDRA takes

Nodes of one cluster have the same ports and an address each (127.0.0.1, .2, .3); all but the first
are told its address as their seed and start after it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from voxpop.stack.engines import Engine
from voxpop.stack.engines.jars import class_path, fetch_jars, refuse_other_java
from voxpop.stack.greetings import is_cassandra_serving
from voxpop.stack.needs import program
from voxpop.stack.part import Part

MAIN = "org.apache.cassandra.service.CassandraDaemon"
# What Cassandra 5.0 asks of Java 17; leaving one out only moves the failure.
EXPORTS = (
    "java.base/jdk.internal.misc", "java.base/java.lang.ref",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.management/com.sun.jmx.remote.security", "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server", "java.sql/java.sql", "jdk.unsupported/sun.misc",
    "jdk.compiler/com.sun.tools.javac.file", "jdk.attach/sun.tools.attach",
)  # fmt: skip
OPENS = (
    "java.base/java.lang.module", "java.base/jdk.internal.loader", "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect", "java.base/jdk.internal.math",
    "java.base/jdk.internal.module", "java.base/jdk.internal.util.jar", "java.base/sun.nio.ch",
    "java.base/java.io", "java.base/java.lang", "java.base/java.lang.reflect",
    "java.base/java.util", "java.base/java.nio", "jdk.management/com.sun.management.internal",
    "jdk.compiler/com.sun.tools.javac",
)  # fmt: skip
LOGGING = """<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date %-5level %logger{0}: %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="STDOUT"/></root>
</configuration>
"""


@dataclass
class Cassandra(Engine):
    """One node. Small on purpose: a node that carries weight has 8 GB of heap, its own machine and
    its distribution's packages."""

    name: ClassVar[str] = "cassandra"

    cache: Path = Path()  # of the jars
    address: str = "127.0.0.1"
    port: int = 9042
    storage_port: int = 7000
    seed: str = "127.0.0.1"
    heap: str = "512m"
    tokens: int = 4

    @property
    def contact(self) -> str:
        """What VOXPOP_CASSANDRA takes."""
        return f"{self.address}:{self.port}"

    @property
    def serving(self) -> tuple[str, ...]:
        path = class_path(self.cache)
        agent = next(jar for jar in path if jar.name.startswith("jamm-"))
        return (
            program("java"),
            f"-Xms{self.heap}", f"-Xmx{self.heap}",
            # For a small heap on few cores: it starts in a third of the time.
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError",
            f"-javaagent:{agent}",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dio.netty.tryReflectionSetAccessible=true",
            f"-Dcassandra.config=file://{self._yaml}",
            f"-Dcassandra.storagedir={self.folder}",
            f"-Dcassandra.logdir={self.folder}",
            f"-Djava.io.tmpdir={self._unpacked}",
            "-Dcassandra-foreground=yes",
            "-Dcassandra.consistent.rangemovement=false",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            # So long one that joins asks its seed to answer; a busy one takes more than a second.
            f"-Dcassandra.ring_delay_ms={1000 if self.address == self.seed else 5000}",
            f"-Dlogback.configurationFile={self._logback}",
            *(part for name in EXPORTS for part in ("--add-exports", f"{name}=ALL-UNNAMED")),
            *(part for name in OPENS for part in ("--add-opens", f"{name}=ALL-UNNAMED")),
            "-cp", ":".join(map(str, path)), MAIN,
        )  # fmt: skip

    def prepare(self) -> None:
        """The configuration. Raises SettingsError when jars or Java are missing."""
        refuse_other_java()
        fetch_jars(self.cache)
        # A node that is killed leaves what it unpacked, at each start anew.
        shutil.rmtree(self._unpacked, ignore_errors=True)
        self._unpacked.mkdir(parents=True, exist_ok=True)
        # JSON is YAML, and quotes whatever a folder may be called.
        self._yaml.write_text(json.dumps(self._configuration(), indent=1))
        self._logback.write_text(LOGGING)

    def is_ready(self) -> bool:
        return is_cassandra_serving(self.address, self.port)

    @property
    def part(self) -> Part:
        """As the stack starts it."""
        return Part(
            self.name,
            self.name,
            self.command,
            check=f"cassandra://{self.contact}",
            address=self.contact,
            patience=30.0,
        )

    @property
    def _unpacked(self) -> Path:
        return self.folder.resolve() / "unpacked"

    @property
    def _yaml(self) -> Path:
        return self.folder.resolve() / "cassandra.yaml"

    @property
    def _logback(self) -> Path:
        return self.folder.resolve() / "logback.xml"

    def _configuration(self) -> dict[str, Any]:
        folder = self.folder.resolve()
        return {
            "cluster_name": "voxpop",
            "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
            "endpoint_snitch": "SimpleSnitch",
            "num_tokens": self.tokens,
            "storage_port": self.storage_port,
            "native_transport_port": self.port,
            "start_native_transport": True,
            "listen_address": self.address,
            "rpc_address": self.address,
            "seed_provider": [
                {
                    "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                    "parameters": [{"seeds": self.seed}],
                }
            ],
            "data_file_directories": [f"{folder}/data"],
            "commitlog_directory": f"{folder}/commitlog",
            "saved_caches_directory": f"{folder}/saved_caches",
            "hints_directory": f"{folder}/hints",
            "cdc_enabled": False,
            "cdc_raw_directory": f"{folder}/cdc_raw",
            # What was acknowledged survives a kill; writers, all in the back, wait this long.
            "commitlog_sync": "group",
            "commitlog_sync_group_window": "10ms",
            "commitlog_segment_size": "8MiB",
            "commitlog_total_space": "256MiB",
            "auto_snapshot": False,
            "memtable_allocation_type": "heap_buffers",
            "disk_access_mode": "standard",
            "column_index_size": "4KiB",
        }
