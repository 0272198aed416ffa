"""The ledger: what may not come back with a backup, written down outside the database.

A backup is older than what was removed or banned since. Each such change is also a line of a file
here, and a restored database is told of them again before anybody is served (SAFETY T42). A line
names things by their numbers and never holds what was removed.
"""

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone

logger = logging.getLogger(__name__)

Line = dict[str, Any]


def note(kind: str, subject: str, **state: Any) -> None:
    """Write down what `subject` is from now on; it is on the disk when this returns.

    `state` is plain JSON. Raises OSError when it cannot be written.
    """
    now = timezone.now()
    line = orjson.dumps({"at": now.isoformat(), "kind": kind, "subject": subject, **state}) + b"\n"
    folder: Path = settings.LEDGER
    is_new_folder = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    # One file a month, so that what is older than every backup can be thrown away.
    file = folder / f"{now:%Y-%m}.jsonl"
    is_new = not file.exists()
    number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        # A line that a power cut left torn must not take this one with it.
        size = os.fstat(number).st_size
        torn = size > 0 and os.pread(number, 1, size - 1) != b"\n"
        _write_whole(number, b"\n" + line if torn else line)
        os.fsync(number)
    finally:
        os.close(number)
    if is_new:
        for written in [folder, folder.parent] if is_new_folder else [folder]:
            sync_folder(written)


def _write_whole(number: int, data: bytes) -> None:
    while data:
        data = data[os.write(number, data) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def newest_states(folders: Iterable[Path]) -> list[Line]:
    """The last line of every subject in these ledgers, the oldest first."""
    lines = sorted(_lines(folders), key=lambda line: line["at"])
    last: dict[tuple[str, str], Line] = {}
    for line in lines:
        # Taken out first, so that the order is that of the last lines.
        last.pop((line["kind"], line["subject"]), None)
        last[line["kind"], line["subject"]] = line
    return list(last.values())


def _lines(folders: Iterable[Path]) -> Iterator[Line]:
    for folder in folders:
        for file in sorted(folder.glob("*.jsonl")):
            for number, text in enumerate(file.read_bytes().splitlines(), 1):
                if line := _read(text):
                    yield line
                elif text:
                    # Torn by a power cut: whoever wrote it was told so, and has written it again.
                    logger.warning("%s:%d is no whole line; it is passed over", file, number)


def _read(text: bytes) -> Line | None:
    try:
        line = orjson.loads(text)
        return line if line["at"] and line["kind"] and line["subject"] else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
