"""Voxpop: open, self-hosted comments for the web."""
