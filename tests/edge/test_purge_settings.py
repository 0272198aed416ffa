"""A missing, short or unfit secret stops the start with a sentence, and is never printed."""

import os
import subprocess
import sys

import pytest

GOOD = "a-secret-of-a-good-length-0123456789"


def read_settings(tmp_path, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "VOXPOP" not in name}
    environment |= {"VOXPOP_DATA": str(tmp_path), **given}
    code = "from voxpop import settings as s; print(s.EDGE_NODES, len(s.EDGE_SECRET))"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.broad
@pytest.mark.parametrize("secret", ["", "short-and-sweet", f"{GOOD} {GOOD}", f'{GOOD}"', "ä" * 40])
def test_nodes_without_a_good_secret_are_refused(tmp_path, secret):
    nodes = {"VOXPOP_EDGE_NODES": "http://127.0.0.1:6091"}
    done = read_settings(tmp_path, VOXPOP_EDGE_SECRET=secret, **nodes)
    assert done.returncode == 1
    assert done.stderr.startswith("VOXPOP_EDGE_SECRET is ")
    assert "write 32 to 200 random" in done.stderr
    assert not secret or secret not in done.stderr


@pytest.mark.parametrize("nodes", ["127.0.0.1:6091", "https://127.0.0.1:6091", "http://edge"])
def test_a_node_without_scheme_or_port_is_refused(tmp_path, nodes):
    done = read_settings(tmp_path, VOXPOP_EDGE_SECRET=GOOD, VOXPOP_EDGE_NODES=nodes)
    assert done.returncode == 1
    assert "VOXPOP_EDGE_NODES" in done.stderr


def test_nodes_and_the_secret_from_a_file_are_read(tmp_path):
    (tmp_path / "secret").write_text(f"{GOOD}\n")
    nodes = "http://127.0.0.1:6091, http://127.0.0.1:6092/,http://127.0.0.1:6091"
    file = str(tmp_path / "secret")
    done = read_settings(tmp_path, VOXPOP_EDGE_SECRET_FILE=file, VOXPOP_EDGE_NODES=nodes)
    assert done.stdout == f"['http://127.0.0.1:6091', 'http://127.0.0.1:6092'] {len(GOOD)}\n"


def test_no_edge_needs_no_secret(tmp_path):
    assert read_settings(tmp_path).stdout == "[] 0\n"
