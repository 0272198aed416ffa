"""What a stack needs that is not ours: programs and Varnish modules, from Debian's packages."""

from __future__ import annotations

import shutil
from pathlib import Path

from voxpop.settings.environment import SettingsError

PROGRAMS = {
    "haproxy": "haproxy",
    "varnishd": "varnish",
    "openssl": "openssl",
    "redis-server": "redis-server",
    "memcached": "memcached",
}
MODULES = {
    "xkey": "varnish-modules",
    "var": "varnish-modules",
    "header": "varnish-modules",
    "digest": "varnish-vmod-digest",
}
LIBRARIES = Path("/usr/lib")
# Where Debian keeps what only root usually runs.
PLACES = "/usr/local/sbin:/usr/sbin:/sbin"


def program(name: str) -> str:
    """The full path of a program; empty when it is not there."""
    return shutil.which(name) or shutil.which(name, path=PLACES) or ""


def refuse_missing(programs: list[str], modules: list[str]) -> None:
    """Raise SettingsError naming the packages when something is not installed."""
    lacking = {name: PROGRAMS[name] for name in programs if not program(name)}
    lacking |= {f"vmod {name}": MODULES[name] for name in modules if not _has_module(name)}
    if lacking:
        packages = " ".join(sorted(set(lacking.values())))
        raise SettingsError(
            f"The stack needs {', '.join(lacking)}. On Debian: apt-get install {packages}; "
            "or leave the part out with --without."
        )


def _has_module(name: str) -> bool:
    return any(LIBRARIES.glob(f"*/varnish/vmods/libvmod_{name}.so"))
