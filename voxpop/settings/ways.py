"""The ways in through other accounts: what the operator has configured, each checked at the start.

A way is there when its client id is; then everything else that it needs must be there too.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from voxpop.settings.environment import SettingsError, declare, switch, word, words

NAMES = re.compile(r"[a-z][a-z0-9-]{0,30}")
AT_HOME = {"localhost", "127.0.0.1", "[::1]"}


@dataclass(frozen=True)
class Way:
    """One provider. `kind` is allauth's name of the protocol, `name` ours in addresses and rows."""

    kind: str
    name: str
    label: str
    client_id: str
    secret: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    # Whether it may stand on a private address.
    is_inside: bool = False


# Plain pairs of an id and a secret: setting, allauth's kind, name, label, where to get them.
PAIRS = [
    ("GOOGLE", "google", "google", "Google", "the Google Cloud console"),
    ("GITHUB", "github", "github", "GitHub", "GitHub's developer settings"),
    ("FACEBOOK", "facebook", "facebook", "Facebook", "Meta for Developers"),
    ("X", "twitter_oauth2", "x", "X", "X's developer portal"),
    ("MICROSOFT", "microsoft", "microsoft", "Microsoft", "Microsoft Entra"),
    ("DISCORD", "discord", "discord", "Discord", "Discord's developer portal"),
    ("DISQUS", "disqus", "disqus", "Disqus", "Disqus's API applications"),
]
TAKEN = {name for _, _, name, _, _ in PAIRS} | {"apple", "mastodon"}


def ways_in() -> list[Way]:
    """Every configured way, in the order in which they are offered. Raises SettingsError."""
    return [*_pairs(), *_apple(), *_openid()]


def _pairs() -> list[Way]:
    found = []
    for setting, kind, name, label, place in PAIRS:
        client_id, secret = _client(setting, label, place)
        settings = {}
        if kind == "microsoft":
            settings["tenant"] = declare(
                "MICROSOFT_TENANT",
                word,
                "common",
                "Whose Microsoft accounts: common, organizations, consumers or one tenant's id.",
            )
        if client_id:
            found.append(Way(kind, name, label, client_id, secret, settings=settings))
    return found


def _client(setting: str, label: str, place: str) -> tuple[str, str]:
    client_id = declare(
        f"{setting}_CLIENT_ID",
        word,
        "",
        f"Offers “Continue with {label}”: the client id from {place} (docs/ways-in.md).",
    )
    secret = declare(f"{setting}_CLIENT_SECRET", word, "", f"The secret of that {label} client.")
    _both(f"{setting}_CLIENT_ID", client_id, f"{setting}_CLIENT_SECRET", secret)
    return client_id, secret


def _apple() -> list[Way]:
    services_id = declare(
        "APPLE_CLIENT_ID",
        word,
        "",
        "Offers “Continue with Apple”: the Services ID from Apple Developer (docs/ways-in.md).",
    )
    team = declare("APPLE_TEAM_ID", word, "", "The ten characters of the Apple team.")
    key_id = declare("APPLE_KEY_ID", word, "", "The ten characters of the key for Apple's sign-in.")
    key = declare(
        "APPLE_KEY", word, "", "That key: the text of the .p8 file; best as VOXPOP_APPLE_KEY_FILE."
    )
    for name, value in [("TEAM_ID", team), ("KEY_ID", key_id), ("KEY", key)]:
        _both("APPLE_CLIENT_ID", services_id, f"APPLE_{name}", value)
    if not services_id:
        return []
    if "PRIVATE KEY-----" not in key:
        raise SettingsError(
            "VOXPOP_APPLE_KEY is not a private key: write the whole text of the .p8 file, "
            "or name the file in VOXPOP_APPLE_KEY_FILE."
        )
    settings = {"certificate_key": key.replace("\\n", "\n")}
    return [Way("apple", "apple", "Apple", services_id, key_id, team, settings)]


def _openid() -> list[Way]:
    named = declare(
        "OPENID",
        words,
        "",
        "Names of OpenID Connect providers, separated by commas: work,club. Each has settings of "
        "its own: VOXPOP_OPENID_WORK_ISSUER, …_CLIENT_ID, …_CLIENT_SECRET and, if wanted, …_LABEL "
        "and …_INSIDE=on, where it stands on a private address (docs/ways-in.md).",
    )
    for name in named:
        if not NAMES.fullmatch(name) or name in TAKEN or named.count(name) > 1:
            raise SettingsError(
                f"VOXPOP_OPENID names {name!r}: write names of small letters, digits and hyphens, "
                "each once, and none of a provider that has settings of its own."
            )
    return [_one_openid(name) for name in named]


def _one_openid(name: str) -> Way:
    setting = f"OPENID_{name.upper().replace('-', '_')}"
    issuer = declare(f"{setting}_ISSUER", _issuer, None, "The issuer: https://id.example.org")
    client_id = declare(f"{setting}_CLIENT_ID", word, None, "The client's id at that issuer.")
    secret = declare(f"{setting}_CLIENT_SECRET", word, None, "The client's secret there.")
    label = declare(f"{setting}_LABEL", word, name.capitalize(), "What the button calls it.")
    is_inside = declare(f"{setting}_INSIDE", switch, "off", "On for one on a private address.")
    if not (client_id and secret):
        raise SettingsError(f"VOXPOP_{setting}_CLIENT_ID and …_CLIENT_SECRET must both be written.")
    settings = {"server_url": issuer}
    return Way("openid_connect", name, label, client_id, secret, "", settings, is_inside)


def _issuer(text: str) -> str:
    """An issuer as its provider writes it: its tokens must carry the same characters."""
    address = text.strip()
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    if not host or parts.query or parts.fragment or parts.username:
        raise ValueError("write an address such as https://id.example.org/realms/house")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in AT_HOME):
        raise ValueError("an issuer's address starts with https://")
    return address


def _both(first: str, one: str, second: str, other: str) -> None:
    if bool(one) != bool(other):
        missing, there = (second, first) if one else (first, second)
        raise SettingsError(f"VOXPOP_{there} is set and VOXPOP_{missing} is not: write both.")
