"""Voxpop: open, self-hosted comments for the web."""

__version__ = "0.1.0"
