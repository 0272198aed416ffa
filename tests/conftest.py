"""What several folders of tests stand on."""

from tests.edge.recorder import recorded, recorded_node
from tests.edge.standing import edge

__all__ = ["edge", "recorded", "recorded_node"]
