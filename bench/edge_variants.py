"""Edge nodes that do less than the product's, made from its own VCL: what others run, to compare.

A variant is the product's VCL with some lines taken out or put in, each of which must be there.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

NO_GUARDS = {
    "    call heed_fence;\n": "",
    "    call heed_lease;\n": "",
    "    call heed_floor;\n": "",
}
# Ten seconds for whatever is a page, as Disqus kept it in 2013; its day of grace is left out.
TEN_SECONDS = {
    **NO_GUARDS,
    "    call store;\n": "    call store;\n    if (beresp.ttl > 1s) { set beresp.ttl = 10s; }\n",
}


def weaken(node: Any, changes: Mapping[str, str]) -> None:
    """Let a node that has not started use the product's VCL with these changes to main.vcl."""
    from voxpop.edge.node import VCL

    folder = Path(node.folder) / "vcl"
    shutil.copytree(VCL, folder)
    main = folder / "main.vcl"
    text = main.read_text()
    for old, new in changes.items():
        if text.count(old) != 1:
            raise SystemExit(f"main.vcl has changed: {old.strip()!r} is no longer there once")
        text = text.replace(old, new)
    main.write_text(text)
    node.parameters = {**node.parameters, "vcc_err_unref": "off"}
    command: Callable[[], list[str]] = node.command
    node.command = lambda: [part.replace(str(VCL), str(folder)) for part in command()]
