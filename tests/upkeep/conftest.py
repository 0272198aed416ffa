"""The data folder that servers of tests begin with."""

from tests.server.conftest import prepared, server

__all__ = ["prepared", "server"]
