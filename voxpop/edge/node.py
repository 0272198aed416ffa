"""One edge node: a varnishd with the product's VCL, started on loopback by the stack and by tests.

A deployment starts the same program with the same parameters by systemd; its start file is written
by hand from vcl/variables.template.vcl, as ours is here.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

VCL = Path(__file__).parent / "vcl"

# Addresses of which a node may hold readers, by all processes behind it together: each costs it two
# threads, however many wait. With two nodes as well, for when one is gone the other has them all.
HELD_AT_MOST = 1_500

# What Varnish is told to do otherwise than it would by itself, and why.
PARAMETERS: Mapping[str, str] = {
    # Every reader who is being answered has a thread, and every address that is held has two; those
    # who wait have none. 5,000 in both pools, of which 3,000 may go to what is held.
    "thread_pools": "2",
    "thread_pool_max": "2500",
    # Ten thousand woken readers are not ten thousand threads: a new one every 4 ms at most in each
    # pool, and none that waits for its reader's next question, which comes after a pause. Seen
    # after twenty events (`voxpop bench live`): 2,000 threads at 2 ms, 1,300 at 4.
    "thread_pool_add_delay": "0.004",
    "timeout_linger": "0.005",
    "thread_queue_limit": "20000",
    # What a reader costs who has been answered before and is parked again: Varnish clears the whole
    # workspace of a request and keeps it. In it go an address of 8 KB three times, 4 KB of other
    # headers, and the log's buffer.
    "workspace_client": "36k",
    "vsl_buffer": "4k",
    # No headers in the log, which nobody here reads: what is left of a request never fills the
    # buffer. Varnish 7.1 dies where it is filled to its last word (varnish-cache issue 3856), and
    # with headers in it whoever sends them chooses its length. Nor who asked for what: it is kept
    # in a file until it is written over. `varnishadm param.set vsl_mask default` to look at one.
    "vsl_mask": "-ReqHeader,-ReqUnset,-RespHeader,-RespUnset,-BereqHeader,-BereqUnset,"
    "-BerespHeader,-BerespUnset,-ReqStart,-ReqURL,-BereqURL",
    "http_req_size": "16k",
    # After an answer the next one of the same reader: a page, then its tail after 25 seconds.
    "timeout_idle": "60",
    "listen_depth": "4096",
    # Four distrusted copies, then one look for a stale one.
    "max_restarts": "6",
    # The waits of DESIGN 4; what is held and what is written is waited for longer (stale.vcl).
    "connect_timeout": "1",
    "first_byte_timeout": "3",
    "between_bytes_timeout": "5",
    # Only the page's own time counts, and only what the VCL says.
    "default_ttl": "0",
    "default_grace": "0",
    "default_keep": "0",
    # A list of 50 identifiers in one address; parked readers hold this much only while
    # they are read.
    "http_req_hdr_len": "8k",
    # A page of 50 comments packed at this level costs a third of the default's time.
    "gzip_level": "4",
}

# Of what a thread has given back jemalloc keeps a store for it: for a thousand threads that is
# more than it saves. Of a reader's 57 KiB at an event (`voxpop bench live`) 44 are left.
ENVIRONMENT: Mapping[str, str] = {"MALLOC_CONF": "tcache:false"}


@dataclass
class Node:
    """A varnishd of ours: `port` for readers, `purge_port` for purges, both on loopback."""

    name: str
    port: int
    purge_port: int
    backends: Sequence[tuple[str, int]]
    secret: str
    folder: Path  # the start file, varnishd's own files, its log
    memory: str = "256m"
    hosts: Sequence[str] = ("localhost", "127.0.0.1")  # names without a port; the first is the main
    scheme: str = "http"
    proxies: Sequence[str] = ("127.0.0.1", "::1")  # who may say for whom a request is
    parameters: Mapping[str, str] = field(default_factory=dict)  # instead of those of PARAMETERS
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        """Where readers ask."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def purge_url(self) -> str:
        """An entry of VOXPOP_EDGE_NODES."""
        return f"http://127.0.0.1:{self.purge_port}"

    @property
    def process_id(self) -> int | None:
        """The id of varnishd's manager process, whose child does the work."""
        return self._process.pid if self._process else None

    def command(self) -> list[str]:
        """The command line, after `write_start_file`."""
        parameters = {**PARAMETERS, **self.parameters, "vcl_path": str(VCL)}
        return [
            varnishd(),
            "-F",
            *("-j", "none"),
            *("-n", str(self.folder / "varnish")),
            *("-i", self.name),
            *("-f", str(self.folder / "start.vcl")),
            *("-a", f"public=127.0.0.1:{self.port}"),
            *("-a", f"purge=127.0.0.1:{self.purge_port}"),
            *("-s", f"default,{self.memory}"),
            *(part for name, value in parameters.items() for part in ("-p", f"{name}={value}")),
        ]

    def write_start_file(self) -> None:
        """The start file with this node's variables, for the owner's eyes: it holds the secret."""
        (self.folder / "varnish").mkdir(parents=True, exist_ok=True)
        file = self.folder / "start.vcl"
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(self.start_file())

    def start_file(self) -> str:
        """The text of the start file."""
        return Template((VCL / "variables.template.vcl").read_text()).substitute(
            backends="\n".join(
                f'backend django{number} {{ .host = "{host}"; .port = "{port}"; .probe = alive; }}'
                for number, (host, port) in enumerate(self.backends, 1)
            ),
            members="\n".join(
                f"    django.add_backend(django{number});"
                for number, _ in enumerate(self.backends, 1)
            ),
            proxies="\n".join(f'    "{address}";' for address in self.proxies)
            or '    ! "0.0.0.0";',
            hosts="|".join(re.escape(host.lower()) for host in self.hosts),
            host=self.hosts[0],
            scheme=self.scheme,
            secret=self.secret,
        )

    def start(self, patience: float = 20) -> None:
        """Start and wait until it listens; RuntimeError with varnishd's words when it does not."""
        self.write_start_file()
        with (self.folder / "varnish.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                self.command(),
                env={**os.environ, **ENVIRONMENT},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        ends = time.monotonic() + patience
        while not self._stands():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                said = (self.folder / "varnish.log").read_text(errors="replace")
                raise RuntimeError(f"The edge node {self.name} did not start:\n{said[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and wait; nothing when it is not running."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def alive(self) -> bool:
        """Whether varnishd runs; its child may be starting."""
        return self._process is not None and self._process.poll() is None

    def adm(self, *arguments: str) -> str:
        """What `varnishadm` says to these arguments; RuntimeError when it refuses."""
        done = subprocess.run(  # noqa: S603
            [_found("varnishadm"), "-n", str(self.folder / "varnish"), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"varnishadm {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def _stands(self) -> bool:
        try:
            return "running" in self.adm("status")
        except RuntimeError:
            return False


def varnishd() -> str:
    """The path of varnishd; RuntimeError when it is not installed."""
    return _found("varnishd")


def _found(name: str) -> str:
    path = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        raise RuntimeError(f"{name} is not installed: apt-get install varnish")
    return path
