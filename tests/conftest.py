"""What several folders of tests stand on."""

from tests.edge.standing import edge

__all__ = ["edge"]
