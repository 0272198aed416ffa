"""docs/sizing.md: what was measured, from the kept results, and arithmetic from it, told apart.

`voxpop bench sizing-page` writes it.
"""

import json
from pathlib import Path
from typing import Any

from bench.performance_page import RESULTS, ROOT

PAGE = ROOT / "docs" / "sizing.md"
CORES = 8  # of each of three or thirty machines; those that measured have two
MEASURED_CORES = 2
APPS = {"three": 1, "thirty": 20}  # machines that run Django
WEBS = {"three": 1, "thirty": 4}  # machines that run HAProxy and Varnish
TEMPLATE = Path(__file__).with_name("sizing.template.md")
MEMORY = """
**Measured** (`memory`), MiB of each part of the whole stack:

| part | idle | loaded |
|---|---|---|
"""


def main() -> None:
    PAGE.write_text(page(kept("scale"), kept("post-pg"), kept("edge-throughput"), kept("memory")))
    print(f"wrote {PAGE.relative_to(ROOT)}")


def page(
    scale: dict[str, Any], posting: dict[str, Any], edge: dict[str, Any], parts: dict[str, Any]
) -> str:
    rows, whole = scale["rows"], parts["all parts"]
    cassandra = parts["cassandra"]["loaded MiB"]
    tls = edge["through HAProxy, TLS and HTTP/2, requests/s"]
    medians = [told["median_ms"] for told in scale.values() if "median_ms" in told]
    many, bare = posting["http_many, a second"], posting["bare_many, a second"]
    grown = CORES / MEASURED_CORES
    per_core = 1000 / max(medians)
    text = TEMPLATE.read_text().format(
        serve=parts["django1"]["loaded MiB"],
        idle=whole["idle MiB"],
        loaded=whole["loaded MiB"],
        cassandra=cassandra,
        without=whole["loaded MiB"] - cassandra,
        mix=edge["requests/s"]["mix"],
        tls=tls,
        mix_three=tls * grown * WEBS["three"],
        mix_thirty=tls * grown * WEBS["thirty"],
        comments=rows["comments"],
        threads=rows["threads"],
        bytes=rows["bytes a comment"]["whole database"],
        index_bytes=rows["bytes a comment"]["indexes"],
        disk=rows["bytes a comment"]["whole database"] / 10,
        many=many,
        one=posting["http_one, a second"],
        votes=posting["votes"]["votes a second"],
        bare=bare,
        fastest=min(medians),
        slowest=max(medians),
        many_three=many * grown,
        many_thirty=bare * grown,
        pages=per_core,
        pages_three=per_core * CORES * APPS["three"],
        pages_thirty=per_core * CORES * APPS["thirty"],
    )
    return text + memory(parts)


def memory(parts: dict[str, Any]) -> str:
    """The table of `bench memory`."""
    lines = [
        f"| {name} | {told['idle MiB']} | {told['loaded MiB']} |\n" for name, told in parts.items()
    ]
    return MEMORY + "".join(lines)


def kept(name: str) -> dict[str, Any]:
    """The figures of one benchmark."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())["figures"]
    return found


if __name__ == "__main__":
    main()
