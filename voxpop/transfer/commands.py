"""`voxpop import disqus|voxpop` and `voxpop export`."""

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson

from voxpop.errors import Problem
from voxpop.forums.reading import find_forum
from voxpop.transfer.actions.export_forum import export_forum
from voxpop.transfer.actions.import_forum import (
    digest_of,
    import_disqus,
    import_voxpop,
    skipped_file,
)
from voxpop.transfer.bounded import MEMORY, bound, end_with_parent
from voxpop.transfer.models import Import
from voxpop.transfer.report import Report
from voxpop.transfer.tasks import work_on

Commands = Any  # argparse keeps the class of its subparsers to itself


def add_commands(commands: Commands) -> None:
    """Put our commands beside the others."""
    bring = commands.add_parser("import", help="bring comments into a forum")
    sources = bring.add_subparsers(required=True, metavar="SOURCE")
    disqus = sources.add_parser("disqus", help="a Disqus export, .xml or .xml.gz")
    disqus.add_argument("--dry-run", action="store_true", help="only say what would come")
    disqus.set_defaults(run=_import_disqus)
    voxpop = sources.add_parser("voxpop", help="an export of Voxpop")
    voxpop.set_defaults(run=_import_voxpop)
    for parser in (disqus, voxpop):
        parser.add_argument("file", type=Path)
        parser.add_argument("--forum", required=True, metavar="NAME")
        parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    uploaded = sources.add_parser("uploaded", help="an owner's upload; the worker starts this")
    uploaded.add_argument("id", type=int)
    uploaded.add_argument("--memory", type=int, default=MEMORY, metavar="BYTES")
    uploaded.set_defaults(run=_import_uploaded)
    export = commands.add_parser("export", help="write a forum as JSON lines")
    export.add_argument("--forum", required=True, metavar="NAME")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    export.add_argument(
        "--with-private",
        action="store_true",
        help="with the guests' e-mail addresses and the networks of bans",
    )
    export.set_defaults(run=_export)


def _import_disqus(options: argparse.Namespace) -> int:
    return _told(
        options,
        lambda: import_disqus(
            forum=find_forum(options.forum),
            file=options.file,
            is_dry_run=options.dry_run,
            on_progress=_progress if sys.stderr.isatty() else None,
        ),
    )


def _import_voxpop(options: argparse.Namespace) -> int:
    return _told(options, lambda: import_voxpop(forum=find_forum(options.forum), file=options.file))


def _import_uploaded(options: argparse.Namespace) -> int:
    job = Import.objects.select_related("forum").filter(id=options.id).first()
    if job is None:
        sys.stderr.write("There is no such upload.\n")
        return 1
    end_with_parent()
    bound(options.memory)
    work_on(job)
    return 0


def _export(options: argparse.Namespace) -> int:
    def write() -> None:
        lines = export_forum(find_forum(options.forum), with_private=options.with_private)
        if options.out is None:
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
        else:
            with options.out.open("wb") as out:
                out.writelines(lines)

    return _tried(write)


def _told(options: argparse.Namespace, bring: Any) -> int:
    def tell() -> None:
        report: Report = bring()
        file = skipped_file(find_forum(options.forum), digest_of(options.file))
        if options.json:
            _say(orjson.dumps({**report.as_json(), "skipped_file": str(file)}).decode())
        else:
            _say(as_text(report))
            if report.skipped:
                _say(f"Every skipped record and why: {file}")

    return _tried(tell)


def _tried(act: Any) -> int:
    try:
        act()
    except Problem as problem:
        sys.stderr.write(f"{problem.detail}\n")
        return 1
    except FileNotFoundError as error:
        sys.stderr.write(f"There is no file {error.filename}.\n")
        return 1
    return 0


def as_text(report: Report) -> str:
    """The report for a terminal."""
    statuses = ", ".join(f"{count:,} {status}" for status, count in report.by_status.items())
    lines = [
        f"Threads   {report.threads:,} in the file, of {report.pages:,} pages"
        f" ({report.pages_new:,} new)",
        f"Comments  {report.comments:,}: {report.comments_new:,} new"
        f" ({statuses or 'none'}), {report.comments_here:,} here already",
        f"Replies   {report.replies:,} new, {report.orphans:,} without the comment they answer",
        f"Authors   {report.authors:,}, {report.guests:,} of them guests",
        f"Time      {report.first} to {report.last}",
        *([f"Votes     {report.votes:,}"] if report.votes else []),
        *([f"Flags     {report.flags:,}"] if report.flags else []),
        *([f"Bans      {report.bans:,}"] if report.bans else []),
        *([f"Decisions {report.decisions:,}"] if report.decisions else []),
        f"Skipped   {report.skipped:,}",
    ]
    lines += [f"          {count:,}: {why}" for why, count in report.skipped_why.items()]
    if report.unrenderable:
        lines.append(f"Unsafe    {report.unrenderable:,} texts could not be rendered: rejected")
    if report.strange_hosts:
        lines.append("Sites     not among the forum's own: " + ", ".join(report.strange_hosts))
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _progress(stage: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r{stage} {done * 100 // max(total, 1)} % ")
