"""An edge node's figures, as `varnishstat` reads them from the node's own memory."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from voxpop.metrics import table
from voxpop.metrics.table import Metric, Sample, Samples

SECONDS = 3
# A backend is VBE.<vcl>.<backend>.<field>; `staying` is asked for nothing (vcl/leave.vcl).
HAPPY = re.compile(r"VBE\.[^.]+\.(?!staying\.)(.+)\.happy")

# What became of a request -> who counts it.
HANDLINGS = {
    "grace": "MAIN.cache_hit_grace",
    "miss": "MAIN.cache_miss",
    "pass": "MAIN.s_pass",
    "made": "MAIN.s_synth",
    "hit_for_miss": "MAIN.cache_hitmiss",
    "hit_for_pass": "MAIN.cache_hitpass",
}
PLAIN: dict[Metric, tuple[str, ...]] = {
    table.COALESCED: ("MAIN.busy_sleep",),
    table.BACKEND_REQUESTS: ("MAIN.backend_req",),
    table.FETCH_FAILED: ("MAIN.fetch_failed",),
    table.NUKED: ("MAIN.n_lru_nuked",),
    table.OBJECTS: ("MAIN.n_object",),
    table.BYTES_USED: ("SMA.s0.g_bytes",),
    table.BYTES_FREE: ("SMA.s0.g_space",),
    table.THREADS: ("MAIN.threads",),
    table.DROPPED: ("MAIN.sess_dropped", "MAIN.req_dropped", "MAIN.sess_fail"),
    table.UPTIME: ("MAIN.uptime",),
}


def figures(node: str, folder: Path) -> Samples:
    """The figures of the node whose working folder (`varnishd -n`) this is.

    Raises OSError, ValueError or subprocess.SubprocessError when they cannot be read.
    """
    counted = _read(folder)
    # Varnish counts a hit in grace as a hit as well.
    in_grace = counted.get("MAIN.cache_hit_grace", 0)
    yield Sample(table.HANDLED, counted.get("MAIN.cache_hit", 0) - in_grace, (node, "hit"))
    for handling, name in HANDLINGS.items():
        yield Sample(table.HANDLED, counted.get(name, 0), (node, handling))
    for metric, names in PLAIN.items():
        yield Sample(metric, _sum(counted, names), (node,))
    for name, bits in counted.items():
        if backend := HAPPY.fullmatch(name):
            # One bit per probe, the newest last.
            yield Sample(table.BACKEND_HEALTHY, bits & 1, (node, backend[1]))


def _read(folder: Path) -> Mapping[str, int]:
    done = subprocess.run(  # noqa: S603
        ["varnishstat", "-j", "-t", "off", "-n", folder],  # noqa: S607
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    counters = json.loads(done.stdout)["counters"]
    return {name: int(each["value"]) for name, each in counters.items()}


def _sum(counted: Mapping[str, int], names: tuple[str, ...]) -> int:
    return sum(counted.get(name, 0) for name in names)
