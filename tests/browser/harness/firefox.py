"""Debian's Firefox, over WebDriver BiDi; cookies and storage partitioned, as it comes."""

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.harness.driven import NotYet, Place
from tests.browser.harness.waiting import wait_until

PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.no_proxies_on": "",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "services.settings.server": "data:,",
    "browser.region.network.url": "",
}
ANNOUNCED = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# What it answers while a page is being replaced by another.
PASSING = {"no such frame", "no such node", "no such element", "stale element reference"}


class Firefox:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.numbers = itertools.count(1)
        self.send("session.new", {"capabilities": {}})
        self.page: str = self.tops()[0]["context"]

    def goto(self, address: str) -> None:
        self.send(
            "browsingContext.navigate", {"context": self.page, "url": address, "wait": "complete"}
        )

    def evaluate(self, place: Place, expression: str) -> Any:
        found = self.call(place, f"() => ({expression})")
        return found.get("value")

    def press(self, place: Place, element: str) -> None:
        target = {"type": "element", "element": self.element(place, element)}
        self.act(
            place,
            {
                "type": "pointer",
                "id": "mouse",
                "actions": [
                    {"type": "pointerMove", "x": 0, "y": 0, "origin": target},
                    {"type": "pointerDown", "button": 0},
                    {"type": "pointerUp", "button": 0},
                ],
            },
        )

    def type(self, place: Place, element: str, text: str) -> None:
        self.press(place, element)
        keys = [{"type": way, "value": letter} for letter in text for way in ("keyDown", "keyUp")]
        self.act(place, {"type": "key", "id": "keys", "actions": keys})

    def is_alone(self) -> bool:
        return len(self.tops()) == 1

    def element(self, place: Place, expression: str) -> dict[str, str]:
        shown = "found?.scrollIntoView({block: 'center'}); return found;"
        found = self.call(place, f"() => {{ const found = {expression}; {shown} }}")
        if found.get("type") != "node":
            raise NotYet(expression)
        return {"sharedId": found["sharedId"]}

    def act(self, place: Place, source: dict[str, Any]) -> None:
        context = self.context(place)
        self.send("input.performActions", {"context": context, "actions": [source]})

    def call(self, place: Place, function: str) -> dict[str, Any]:
        answer = self.send(
            "script.callFunction",
            {
                "functionDeclaration": function,
                "target": {"context": self.context(place)},
                "awaitPromise": False,
            },
        )
        if answer["type"] != "success":
            raise NotYet(str(answer.get("exceptionDetails", {}).get("text")))
        result: dict[str, Any] = answer["result"]
        return result

    def context(self, place: Place) -> str:
        tops = self.tops()
        if place == "popup":
            found = [top for top in tops if top["context"] != self.page]
        else:
            found = [top for top in tops if top["context"] == self.page]
        if place == "frame" and found:
            found = [each for each in found[0]["children"] if "/embed/" in each["url"]]
        if not found:
            raise NotYet(place)
        context: str = found[0]["context"]
        return context

    def tops(self) -> list[dict[str, Any]]:
        tree: list[dict[str, Any]] = self.send("browsingContext.getTree", {})["contexts"]
        return tree

    def send(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (told := json.loads(self.socket.recv(timeout=60))).get("id") != number:
            pass
        if told["type"] == "error":
            kind = NotYet if told["error"] in PASSING else AssertionError
            raise kind(f"{method}: {told['error']}: {told['message']}")
        result: dict[str, Any] = told["result"]
        return result


@contextmanager
def firefox(home: Path, proxy: int, authority: Path) -> Iterator[Firefox]:
    """A running one: all its connections go through the proxy, and it believes `authority`."""
    profile = home / "profile"
    profile.mkdir(parents=True)
    told = {**PREFERENCES, "network.proxy.ssl_port": proxy}
    (profile / "user.js").write_text(
        "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in told.items())
    )
    store = f"sql:{profile}"
    subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
    subprocess.run(
        ["certutil", "-A", "-d", store, "-n", "voxpop", "-t", "C,,", "-i", str(authority)],
        check=True,
    )
    said = home / "firefox.log"
    command = [
        shutil.which("firefox-esr") or "firefox-esr",
        *("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"),
    ]
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=environment(home), stdout=log, stderr=log)
        try:
            wait_until(lambda: ANNOUNCED.search(said.read_text()), "Firefox", 90)
            address = ANNOUNCED.search(said.read_text())
            assert address
            with connect(f"{address.group(1)}/session", max_size=None, proxy=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's browser: a home of its own."""
    import os

    return {**os.environ, "HOME": str(home), "MOZ_CRASHREPORTER_DISABLE": "1"}
