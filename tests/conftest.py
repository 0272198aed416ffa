"""What several folders of tests stand on."""

from tests.edge.recorder import recorded, recorded_node
from tests.edge.standing import edge
from tests.engines.postgres import postgres

__all__ = ["edge", "postgres", "recorded", "recorded_node"]
