"""Where threads and what is above them find the rules of names; accounts share them from below."""

from voxpop.names import clean_name, skeleton

__all__ = ["clean_name", "skeleton"]
