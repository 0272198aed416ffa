"""What an operator does to a running server, and what it tells him."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.server.running import VOXPOP, Running

pytestmark = pytest.mark.server

SECRET = "canary-4711"


def test_writes_can_be_paused_while_reading_goes_on(server: Running) -> None:
    server.start()
    token = server.guest()
    assert server.post(token, "Before").status == 201
    server.command("writes", "off")
    refused = server.post(token, "Meanwhile")
    assert refused.status == 503
    assert refused.json()["code"] == "writes_paused"
    assert int({k.lower(): v for k, v in refused.headers.items()}["retry-after"]) > 0
    assert len(server.comments()) == 1
    server.command("writes", "on")
    assert server.post(token, "After").status == 201


def test_what_is_handed_out_warm_is_counted_as_well(server: Running) -> None:
    server.start()
    for _ in range(5):
        assert server.ask("GET", "/embed/magazine/thread?i=a-page").status == 200
    figures = server.ask("GET", "/metrics").body.decode()
    counted = r'^voxpop_requests_total\{(?=.*why="direct")(?=.*surface="thread_page").*\} (.*)$'
    assert re.findall(counted, figures, re.MULTILINE) == ["5.0"]


def test_doctor_says_what_is_well(server: Running) -> None:
    findings = json.loads(server.command("doctor", "--json"))
    assert all(finding["is_well"] for finding in findings), findings
    assert {"database", "worker", "outbox", "disk"} <= {finding["what"] for finding in findings}
    assert {finding["advice"] for finding in findings} == {""}


def test_doctor_says_what_is_not_and_what_to_do(server: Running) -> None:
    server.environment["VOXPOP_EMAIL_URL"] = "smtp://127.0.0.1:1"
    done = subprocess.run(
        [VOXPOP, "doctor"], env=server._environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.search(
        r"^BAD  mail: VOXPOP_EMAIL_URL cannot be reached.*\n     -> Start the mail server, or",
        done.stdout,
        re.M,
    )


def test_a_server_without_limits_starts_only_for_this_machine(server: Running) -> None:
    done = subprocess.run(
        [VOXPOP, "serve", "--host", "0.0.0.0", "--port", str(server.port)],
        env=server._environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "VOXPOP_LIMITS=off" in done.stderr


def test_a_second_server_does_not_start_on_the_same_port(server: Running, tmp_path: Path) -> None:
    server.start()
    same_port = Running(tmp_path / "other", server.port)
    assert "cannot be listened on" in refusal(same_port)


def refusal(other: Running) -> str:
    done = subprocess.run(
        [VOXPOP, "serve", "--port", str(other.port)],
        env=other._environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    return done.stderr


def test_t44_the_log_tells_nothing_of_what_people_write_or_carry(server: Running) -> None:
    server.start()
    made = server.ask(
        "POST", "/api/v1/guests",
        {"forum": "magazine", "name": "Ada", "email": f"{SECRET}@magazine.test"},
    )  # fmt: skip
    token = made.json()["token"]
    server.post(token, SECRET)
    server.post(SECRET, SECRET)
    server.ask("POST", "/api/v1/preview", {"source": SECRET, "more": SECRET})
    server.ask("GET", "/api/v1/nothing", Authorization=f"Bearer {SECRET}", Cookie=f"a={SECRET}")
    server.stop()
    log = (server.data / "server.log").read_text()
    assert SECRET not in log
    assert token not in log


def test_large_bodies_are_refused_and_static_files_are_served(server: Running) -> None:
    server.start()
    token = server.guest()
    assert server.post(token, "x" * 2_000_000).status == 413
    manifest = json.loads((server.data / "static" / "staticfiles.json").read_text())["paths"]
    answer = server.ask("GET", f"/static/{manifest['embed/loader.js']}")
    assert answer.status == 200
    assert "immutable" in {k.lower(): v for k, v in answer.headers.items()}["cache-control"]
