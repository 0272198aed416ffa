"""Everything that stands for more than one folder of tests: processes, each started once."""

from tests.edge.recorder import recorded, recorded_node
from tests.edge.standing import edge
from tests.engines.cassandra import cassandra, keyspace
from tests.engines.memcached import memcached_nodes
from tests.engines.postgres import postgres
from tests.engines.redis import redis_server, redis_used
from tests.server.standing import prepared, server, template

__all__ = [
    "cassandra",
    "edge",
    "keyspace",
    "memcached_nodes",
    "postgres",
    "prepared",
    "recorded",
    "recorded_node",
    "redis_server",
    "redis_used",
    "server",
    "template",
]
