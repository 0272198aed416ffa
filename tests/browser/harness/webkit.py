"""Debian's WebKitGTK, over its WebDriver: the engine of Safari, with its tracking prevention."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.browser.harness.driven import NotYet, Place
from tests.browser.harness.product import answers
from tests.browser.harness.waiting import wait_until
from voxpop.stack.ports import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# Seconds after which an answer will not come: a script whose page went away is never answered.
SILENCE = 8
LOADING = 60
PASSING = {
    *("no such element", "no such frame", "no such window", "stale element reference"),
    *("javascript error", "element not interactable", "element click intercepted"),
}


class WebKit:
    def __init__(self, address: str, proxy: int) -> None:
        self.client = httpx.Client(base_url=address, trust_env=False)
        wanted = {
            "browserName": "MiniBrowser",
            "acceptInsecureCerts": True,
            "webkitgtk:browserOptions": {
                "binary": mini_browser(),
                # The capability `sslProxy` would mean a proxy that is itself reached by TLS.
                "args": ["--automation", f"--proxy=http://127.0.0.1:{proxy}"],
            },
        }
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{made['sessionId']}"
        self.page: str = self.send("GET", "/window")

    def goto(self, address: str) -> None:
        self.go_to("page")
        self.send("POST", "/url", {"url": address})

    def evaluate(self, place: Place, expression: str) -> Any:
        self.go_to(place)
        return self.run(f"return ({expression});")

    def press(self, place: Place, element: str) -> None:
        self.send("POST", f"/element/{self.element(place, element)}/click", {})

    def type(self, place: Place, element: str, text: str) -> None:
        found = self.element(place, element)
        self.send("POST", f"/element/{found}/value", {"text": text})

    def is_alone(self) -> bool:
        return len(self.send("GET", "/window/handles")) == 1

    def element(self, place: Place, expression: str) -> str:
        self.go_to(place)
        found = self.run(f"return ({expression}) ?? null;")
        if not isinstance(found, dict):
            raise NotYet(expression)
        element: str = found[ELEMENT]
        return element

    def go_to(self, place: Place) -> None:
        handles = self.send("GET", "/window/handles")
        others = [each for each in handles if each != self.page]
        if place == "popup" and not others:
            raise NotYet(place)
        self.send("POST", "/window", {"handle": others[0] if place == "popup" else self.page})
        if place == "frame":
            self.send("POST", "/frame", {"id": None})
            find = "iframe[src*='/embed/']"
            frame = self.send("POST", "/element", {"using": "css selector", "value": find})
            self.send("POST", "/frame", {"id": frame})

    def run(self, script: str) -> Any:
        return self.send("POST", "/execute/sync", {"script": script, "args": []})

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self.ask(method, f"{self.session}{path}", body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            patience = LOADING if path.endswith(("/session", "/url")) else SILENCE
            answer = self.client.request(method, path, json=body, timeout=patience)
        except httpx.ReadTimeout:
            raise NotYet(path) from None
        told = answer.json()["value"]
        if isinstance(told, dict) and "error" in told:
            kind = NotYet if told["error"] in PASSING else AssertionError
            raise kind(f"{path}: {told['error']}: {told['message']}")
        return told


@contextmanager
def webkit(home: Path, proxy: int) -> Iterator[WebKit]:
    """A running one, on a screen that nobody sees."""
    home.mkdir()
    with screen(home) as display, (home / "webkit.log").open("wb") as log:
        port = free_port()
        environment = {
            **os.environ,
            "HOME": str(home),
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "NO_AT_BRIDGE": "1",
        }
        driver = shutil.which("WebKitWebDriver") or "WebKitWebDriver"
        process = subprocess.Popen(
            [driver, f"--port={port}"], env=environment, stdout=log, stderr=log
        )
        try:
            wait_until(lambda: answers(port), "WebKit's driver")
            browser = WebKit(f"http://127.0.0.1:{port}", proxy)
            yield browser
            with suppress(httpx.HTTPError, AssertionError, NotYet):
                browser.ask("DELETE", browser.session)
            browser.client.close()
        finally:
            end(process)


@contextmanager
def screen(home: Path) -> Iterator[str]:
    """The name of an X display in memory."""
    reading, writing = os.pipe()
    with (home / "screen.log").open("wb") as log:
        process = subprocess.Popen(
            [
                shutil.which("Xvfb") or "Xvfb",
                *("-displayfd", str(writing), "-screen", "0", "1280x1024x24"),
                *("-nolisten", "tcp"),
            ],
            pass_fds=[writing], stdout=log, stderr=log,
        )  # fmt: skip
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                yield f":{told.readline().strip()}"
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def mini_browser() -> str:
    """Debian keeps it beside the library."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    assert found, "there is no MiniBrowser; run: make packages"
    return str(found[-1])
