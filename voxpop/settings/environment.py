"""Typed readers of the environment: one table of settings, each with help, failing loudly.

`docs/settings.md` is written from `SETTINGS` and a test compares the two.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SettingsError(SystemExit):
    """A setting is missing or wrong; its text says which, and what to write."""


@dataclass(frozen=True)
class Setting:
    name: str
    read: Callable[[str], Any]
    default: str | None
    help: str


SETTINGS: dict[str, Setting] = {}


def declare(name: str, read: Callable[[str], Any], default: str | None, help: str) -> Any:
    """Declare VOXPOP_<name>, read it now, and return its value.

    A value may come from the variable itself or, for secrets, from the file that
    VOXPOP_<name>_FILE names. Raises SettingsError when it is missing or cannot be read.
    """
    variable = f"VOXPOP_{name}"
    SETTINGS[variable] = Setting(variable, read, default, help)
    text = os.environ.get(variable)
    file = os.environ.get(f"{variable}_FILE")
    if text is None and file:
        try:
            text = Path(file).read_text().strip()
        except OSError as error:
            raise SettingsError(
                f"{variable}_FILE names {file}, which cannot be read: {error}"
            ) from None
    if text is None:
        text = default
    if text is None:
        raise SettingsError(f"{variable} is not set. {help}")
    try:
        return read(text)
    except ValueError as error:
        raise SettingsError(f"{variable}={text!r} is wrong: {error}. {help}") from None


def is_told(name: str) -> bool:
    """Whether the environment itself says what VOXPOP_<name> is."""
    variable = f"VOXPOP_{name}"
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def word(text: str) -> str:
    return text.strip()


def switch(text: str) -> bool:
    if text.lower() in {"on", "true", "1", "yes"}:
        return True
    if text.lower() in {"off", "false", "0", "no", ""}:
        return False
    raise ValueError("write on or off")


def whole(text: str) -> int:
    if not text.strip().lstrip("-").isdigit():
        raise ValueError("write a whole number")
    return int(text)


def words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def folder(text: str) -> Path:
    return Path(text).expanduser().resolve()


def named_folders(text: str) -> dict[str, Path]:
    """Folders with a name each: edge1=/var/lib/varnish/edge1."""
    pairs = [part.partition("=")[::2] for part in words(text)]
    if not all(name and place for name, place in pairs):
        raise ValueError("write NAME=FOLDER, separated by commas")
    return {name: folder(place) for name, place in pairs}


def origin(text: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write an address such as https://comments.example.org")
    if parts.path.rstrip("/") or parts.query or parts.fragment:
        raise ValueError("write only scheme, host and port")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def addresses(text: str) -> list[str]:
    """Addresses of plain-HTTP listeners inside the house, each once, with their ports."""
    from urllib.parse import urlsplit

    found = []
    for part in words(text):
        parts = urlsplit(origin(part))
        if parts.scheme != "http" or not parts.port:
            raise ValueError("write addresses such as http://10.0.0.5:6091, with http and a port")
        found.append(f"http://{parts.netloc}")
    return list(dict.fromkeys(found))


def hosts(text: str) -> list[tuple[str, int]]:
    """Servers inside the house by name or address, each once: 10.0.0.7:11211,[::1]:11211"""
    from urllib.parse import urlsplit

    found = []
    for part in words(text):
        parts = urlsplit(f"//{part}")
        if not parts.hostname or not parts.port or parts.netloc != part:
            raise ValueError("write host:port, separated by commas")
        found.append((parts.hostname, parts.port))
    return list(dict.fromkeys(found))


def matching(pattern: str, told: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        import re

        if not re.fullmatch(pattern, text.strip()):
            raise ValueError(told)
        return text.strip()

    return read


def redis_server(text: str) -> str:
    """The address of a Redis, or nothing. Raises SettingsError without quoting a password."""
    from urllib.parse import urlsplit

    address = text.strip()
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        is_whole = False
    if address and not (is_whole and parts.path.removeprefix("/").isdecimal()):
        raise SettingsError(
            "VOXPOP_REDIS is not of the form redis://user:password@host:6379/0, "
            "the last being the number of its database."
        )
    return address


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"write one of {', '.join(choices)}")
        return text

    return read
