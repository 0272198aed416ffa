"""The `voxpop` command. Django is loaded only after `--data` has said where the data are."""

import argparse
import gc
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# Apps that bring commands of their own: a function add_commands(subparsers) in each module.
COMMANDS = (
    "voxpop.events.commands",
    "voxpop.forums.commands",
    "voxpop.profiles.commands",
    "voxpop.transfer.commands",
    "voxpop.analytics.commands",
    "voxpop.notices.commands",
    "voxpop.edge.commands",
    "voxpop.stack.commands",
    "voxpop.audit.commands",
    "voxpop.upkeep.commands",
)
ROOT = Path(__file__).resolve().parent.parent

Commands = Any  # argparse keeps the class of its subparsers to itself
Run = Callable[[argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; its result is the exit code."""
    options = read_command(sys.argv[1:] if arguments is None else arguments)
    run: Run = options.run
    if not options.uses_database:
        raise SystemExit(run(options) or 0)
    from voxpop.server.prepare import make_schema_if_new
    from voxpop.tenure import together

    with together():
        make_schema_if_new()
        raise SystemExit(run(options) or 0)


def read_command(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for, with everything loaded that it may need."""
    # What is loaded stays: looking for garbage in it meanwhile took a quarter of every start.
    gc.disable()
    try:
        rest = load_django(arguments)
        return make_parser().parse_args(rest)
    finally:
        gc.freeze()
        gc.enable()


def load_django(arguments: Sequence[str]) -> list[str]:
    """Take `--data DIR` out of the arguments, wherever it stands, and load all apps for it."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--data")
    known, rest = early.parse_known_args(arguments)
    if known.data:
        os.environ["VOXPOP_DATA"] = known.data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voxpop.settings")
    import django

    django.setup()
    return rest


def make_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    parser = argparse.ArgumentParser(
        prog="voxpop",
        description="Comments for the web.",
        epilog="Every command takes --data DIR, the data folder (default: VOXPOP_DATA or ./data).",
    )
    parser.set_defaults(uses_database=True)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_worker(commands)
    _add_doctor(commands)
    _add_writes(commands)
    _add_bench(commands)
    for module in COMMANDS:
        importlib.import_module(module).add_commands(commands)
    return parser


def _add_serve(commands: Commands) -> None:
    parser = commands.add_parser("serve", help="serve the product on embedded defaults")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="speak HTTPS with this")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="serve with so many processor cores"
    )
    parser.add_argument(
        "--no-worker", action="store_true", help="leave the outbox to a `voxpop worker` beside it"
    )
    parser.add_argument("--fellow", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=_serve, uses_database=False)


def _serve(options: argparse.Namespace) -> None:
    from voxpop.server.serve import Listener, serve, serve_as_fellow

    listener = Listener(options.host, options.port, options.tls_cert, options.tls_key)
    if options.fellow:
        serve_as_fellow(listener, has_worker=not options.no_worker)
        return
    print(f"Voxpop serves on {listener.address}", flush=True)
    serve(listener, has_worker=not options.no_worker, processes=options.processes)


def _add_worker(commands: Commands) -> None:
    parser = commands.add_parser("worker", help="do the background work beside serving processes")
    parser.set_defaults(run=_worker, uses_database=False)


def _worker(options: argparse.Namespace) -> None:
    from voxpop.server.background import work

    work()


def _add_doctor(commands: Commands) -> None:
    parser = commands.add_parser("doctor", help="check settings, reachability and versions")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_doctor, uses_database=False)


def _doctor(options: argparse.Namespace) -> int:
    from django.conf import settings

    from voxpop.stack.verbs import settings_of_product
    from voxpop.upkeep.doctor import examine_all

    told = settings_of_product(settings.DATA)
    if any(os.environ.get(name) != value for name, value in told.items()):
        # Settings are read once: another process looks with those of the stack.
        again = "from voxpop.cli import main; main()"
        arguments = ["doctor", *(["--json"] if options.json else [])]
        return subprocess.run(  # noqa: S603
            [sys.executable, "-c", again, *arguments], env={**os.environ, **told}, check=False
        ).returncode
    findings = examine_all()
    if options.json:
        print(json.dumps([finding.__dict__ for finding in findings]))
    for finding in [] if options.json else findings:
        print(f"{'ok  ' if finding.is_well else 'BAD '} {finding.what}: {finding.told}")
        if finding.advice:
            print(f"     -> {finding.advice}")
    return 0 if all(finding.is_well for finding in findings) else 1


def _add_writes(commands: Commands) -> None:
    parser = commands.add_parser("writes", help="pause writing, or take writes again")
    parser.add_argument("state", choices=["on", "off"])
    parser.set_defaults(run=_writes, uses_database=False)


def _writes(options: argparse.Namespace) -> None:
    from voxpop.limits.paused import pause_writes, resume_writes

    (resume_writes if options.state == "on" else pause_writes)()
    print(f"Writes are {options.state}.")


def _add_bench(commands: Commands) -> None:
    parser = commands.add_parser("bench", help="run one benchmark of bench/")
    parser.add_argument("name")
    parser.add_argument("--size", choices=["small", "full"], default="small")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_bench, uses_database=False)


def _bench(options: argparse.Namespace) -> int:
    name = options.name.replace("-", "_")
    # `import` is a word of the language: its file is called import_.py.
    files = [ROOT / "bench" / f"{name}.py", ROOT / "bench" / f"{name}_.py"]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        known = sorted(
            each.stem.strip("_").replace("_", "-")
            for each in (ROOT / "bench").glob("[a-z]*.py")
            if "__main__" in each.read_text()
        )
        print(f"There is no benchmark {options.name}. There are: {', '.join(known)}")
        return 2
    sys.path.insert(0, str(ROOT))  # a benchmark imports its neighbours
    # A process of its own: benchmarks load Django with data and settings of their own.
    options_of_it = ["--size", options.size, *(["--json"] if options.json else [])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, file, *options_of_it], env=environment).returncode  # noqa: S603
