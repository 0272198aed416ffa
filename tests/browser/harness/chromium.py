"""Chromium as a careful reader has it: third-party cookies refused, storage partitioned.

We start it ourselves and connect to it. Playwright's own launcher switches storage partitioning
off, and then a test of a third-party frame passes or fails for the wrong reason.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.browser.harness.waiting import wait_until

BLOCK_THIRD_PARTY = 1
# Each person of a test has a window, and each window costs a process more for what nobody sees.
LEFT_OUT = (
    # A process that is ready for the next page: its start costs as much as a page.
    "SpareRendererForSitePerProcess",
    # What falls down from the address bar, drawn as two pages of the browser's own.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)


@contextmanager
def chromium(home: Path, ports: Mapping[str, int]) -> Iterator[str]:
    """The address of a running browser that finds each host of `ports` on that port of loopback."""
    profile = home / "profile"
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(
        json.dumps(
            {
                "profile": {
                    "cookie_controls_mode": BLOCK_THIRD_PARTY,
                    "block_third_party_cookies": True,
                },
            }
        )
    )
    rules = [f"MAP {host}:443 127.0.0.1:{port}" for host, port in ports.items()]
    arguments = [
        shutil.which("chromium") or "chromium",
        "--headless=new",
        f"--user-data-dir={profile}",
        "--remote-debugging-port=0",
        f"--host-resolver-rules={', '.join([*rules, 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'])}",
        f"--disable-features={','.join(LEFT_OUT)}",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        # A page in the background counts as seen: two people read side by side in these tests.
        "--disable-renderer-backgrounding",
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    arguments.append("about:blank")
    with (home / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            arguments, env={**os.environ, "HOME": str(home)}, stdout=log, stderr=log
        )
        try:
            announced = profile / "DevToolsActivePort"
            wait_until(lambda: announced.exists() and "\n" in announced.read_text(), "Chromium")
            yield f"http://127.0.0.1:{announced.read_text().splitlines()[0]}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
