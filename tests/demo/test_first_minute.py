"""`make run`: three doors within a minute, from outside the product, and again at once."""

import ast
import os
import random
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.harness.product import answers

ROOT = Path(__file__).parents[2]


def test_the_demo_knows_the_product_from_outside_only() -> None:
    imported = set()
    for file in (ROOT / "demo").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])

    assert imported <= set(sys.stdlib_module_names) | {"demo"}


def test_no_code_of_the_product_knows_the_demo() -> None:
    words = re.compile(r"\blantern\b|\bimport demo\b|\bfrom demo\b", re.IGNORECASE)
    files = [file for file in (ROOT / "voxpop").rglob("*.py") if "tests" not in file.parts]

    assert [file for file in files if words.search(file.read_text())] == []


def two_free_ports() -> int:
    """A port that is free, and so is the one above it. The system gives others from 32,768 on."""
    tried = (random.randrange(10_000, 30_000) for _ in range(100))
    return next(port for port in tried if not answers(port) and not answers(port + 1))


@contextmanager
def started(data: Path, port: int) -> Iterator[str]:
    """The demo, once it has printed its doors; what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--port", str(port)],
        cwd=ROOT, env={**os.environ, "VOXPOP_DATA": str(data)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    told: list[str] = []
    # A demo that hangs is ended, so that reading its output ends too.
    watch = threading.Timer(150, process.kill)
    watch.start()
    try:
        for line in process.stdout:
            told.append(line)
            if "Ctrl-C ends it" in line:
                break
        assert any("/side-by-side/" in line for line in told), "".join(told)
        yield "".join(told)
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        process.wait(20)
        watch.cancel()
        process.stdout.close()


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        text: str = answer.read().decode()
        return text


@pytest.mark.server
def test_three_doors_and_a_second_start(tmp_path: Path) -> None:
    port = two_free_ports()
    magazine = f"http://127.0.0.1:{port + 1}"
    with started(tmp_path / "data", port) as told:
        assert "First start" in told
        for door in ("side-by-side", "moderator", "publisher", "ring-road"):
            assert "<h1>" in get(f"{magazine}/{door}/")
        assert '"third_party": 0, "cookies": 0' in get(f"{magazine}/cost.json")
        thread = get(f"http://127.0.0.1:{port}/api/v1/forums/lantern/threads?identifier=ring-road")
        count = re.search(r'"count":\s*(\d+)', thread)
        assert count
        assert int(count[1]) > 4900

    with started(tmp_path / "data", port) as told:
        assert "First start" not in told
        assert "<h1>" in get(f"{magazine}/side-by-side/")
