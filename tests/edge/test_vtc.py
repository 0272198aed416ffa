"""What the VCL does: one file per behaviour in vtc/, named after it, run by varnishtest.

They run the product's own VCL and parameters against servers that the files write themselves.
"""

import hmac
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from voxpop.edge.node import PARAMETERS, VCL

pytestmark = [pytest.mark.server, pytest.mark.alone]

FILES = Path(__file__).parent / "vtc"
SECRET = "0123456789abcdef0123456789abcdef"
THREAD, OTHER = "thread00000000000000", "other000000000000000"
AT_ONCE = 4
# The VCL is compiled for every file; it need not run fast.
COMPILER = "exec gcc -O0 -w -fpic -shared -Wl,-x -o %o %s"


@pytest.fixture(scope="module")
def done(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[tuple[int, str]]]]:
    """Every file that was asked for, being run: they mostly wait, so that some run at once."""
    assert shutil.which("varnishtest"), "varnishtest is missing: apt-get install varnish"
    folder = tmp_path_factory.mktemp("vtc")
    # varnishtest takes no long arguments, and its varnishd compiles as another user: a checkout may
    # lie deep, and closed to others.
    short = Path(tempfile.mkdtemp(prefix="vtc"))
    short.chmod(0o755)
    shutil.copytree(VCL, short / "vcl")
    shutil.copytree(FILES, short / "vtc")
    asked = {
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(run, short, name, folder) for name in sorted(asked)}
    shutil.rmtree(short)


@pytest.mark.parametrize("name", sorted(file.stem for file in FILES.glob("*.vtc")))
def test_the_edge(name: str, done: dict[str, Future[tuple[int, str]]]):
    code, said = done[name].result()
    failed = [line for line in said.splitlines() if line.startswith("----") or "Line " in line]
    assert code == 0, "\n".join([name, *failed, said[-6000:]])


def run(files: Path, name: str, folder: Path) -> tuple[int, str]:
    """varnishtest's exit code and log for one file."""
    macros = {
        "edge": f"-i edge1 -a purge=127.0.0.1:0 -I {tuned(files, name)} -p 'cc_command={COMPILER}'",
        "secret": SECRET,
        "floor5": token(THREAD, 5),
        "floor9": token(THREAD, 9),
        "other": token(OTHER, 9),
        "expired": token(THREAD, 9, lives=-5),
        "tampered": token(THREAD, 3).replace(".3.", ".9."),
    }
    done = subprocess.run(
        [
            "varnishtest",
            "-t",
            "50",
            *(f"-D{name}={text}" for name, text in macros.items()),
            files / "vtc" / f"{name}.vtc",
        ],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(folder)},
    )
    return done.returncode, done.stdout + done.stderr


def tuned(files: Path, name: str) -> Path:
    """The product's parameters as commands: a macro of varnishtest has room for few (512 bytes)."""
    # These come after `-p` and would win over what a file sets for itself.
    own = re.findall(r"-p (\w+)=", (files / "vtc" / f"{name}.vtc").read_text())
    told = {"vcl_path": f"{files}/vcl:{files}/vtc", **PARAMETERS}
    lines = [f"param.set {key} {value}\n" for key, value in told.items() if key not in own]
    file = files / f"{name}.parameters"
    file.write_text("".join(lines))
    return file


def token(thread: str, seq: int, lives: int = 60) -> str:
    """A floor as Django signs it, written out once more: both sides must not err together."""
    signed = f"{thread}.{seq}.{int(time.time()) + lives}"
    key = hmac.digest(SECRET.encode(), b"floor", "sha256").hex().encode()
    return f"{signed}.{hmac.digest(key, signed.encode(), 'sha256').hex()[:32]}"
