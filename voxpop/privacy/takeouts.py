"""All that is somebody's, in a file for him: asked for, packed by the worker, gone after days."""

import html
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.privacy.models import Takeout
from voxpop.privacy.sections import SECTIONS, Row, Section

KEPT = timedelta(days=3)
WAITING, PACKING, PACKED = "waiting", "packing", "packed"
NOTED_EVERY = 200  # rows
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; }
body { max-inline-size: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border-block-start: 1px solid #8885; padding-block: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { opacity: .7; } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def ask_for_takeout(author: Author) -> Takeout:
    """A new file, in place of an older one; while one is being packed, that one."""
    with transaction.atomic():
        Author.objects.select_for_update().get(id=author.id)
        standing = find_takeout(author)
        if standing is not None and standing.state != PACKED:
            return standing
        discard_takeout(author)
        return Takeout.objects.create(author=author)


def find_takeout(author: Author) -> Takeout | None:
    """His file, or how far it is; none when its days are over."""
    found = Takeout.objects.filter(author=author).first()
    is_over = found is not None and found.expires is not None and found.expires < timezone.now()
    return None if is_over else found


def file_of(takeout: Takeout) -> Path:
    """Where it lies when it is packed."""
    folder: Path = settings.DATA
    return folder / "takeouts" / f"{takeout.public_id}.zip"


def discard_takeout(author: Author) -> None:
    """His file goes, and that he asked for it."""
    for takeout in Takeout.objects.filter(author=author):
        _discard(takeout)


def forget_old_takeouts() -> int:
    """Called by the worker: files whose days are over go; how many."""
    old = list(Takeout.objects.filter(expires__lt=timezone.now()))
    for takeout in old:
        _discard(takeout)
    return len(old)


def pack_waiting_takeouts() -> int:
    """Called by the worker; how many were packed. One that a killed worker began is begun anew."""
    waiting = Takeout.objects.filter(state__in=[WAITING, PACKING]).select_related("author")
    packed = 0
    for takeout in waiting.order_by("asked"):
        pack(takeout)
        packed += 1
    return packed


def pack(takeout: Takeout) -> None:
    """Write the file, telling how far it is; it is there whole, or not at all."""
    size = sum(1 for section in SECTIONS for _ in section.rows(takeout.author))
    _note(takeout, state=PACKING, done=0, size=size)
    file = file_of(takeout)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = file.with_suffix(".part")
    with _opened(begun) as stream:
        _write(stream, takeout)
    os.replace(begun, file)
    if not _note(takeout, state=PACKED, done=size, expires=timezone.now() + KEPT):
        # Erased, or asked for anew, while we were packing.
        file.unlink(missing_ok=True)


def _write(stream: IO[bytes], takeout: Takeout) -> None:
    done = 0

    def counted(rows: Iterator[Row]) -> Iterator[Row]:
        nonlocal done
        for row in rows:
            yield row
            done += 1
            if done % NOTED_EVERY == 0:
                _note(takeout, done=done)

    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        counts = {}
        for section in SECTIONS:
            counts[section.name] = _write_section(packed, section, counted, takeout.author)
        packed.writestr("index.html", _index(takeout, counts))


def _write_section(
    packed: zipfile.ZipFile,
    section: Section,
    counted: Callable[[Iterator[Row]], Iterator[Row]],
    author: Author,
) -> int:
    count = 0
    # One entry of a zip is written at a time, so the rows are read once for each.
    with packed.open(f"json/{section.name}.json", "w", force_zip64=True) as entry:
        entry.write(b"[")
        for count, row in enumerate(counted(section.rows(author)), 1):
            entry.write(b",\n" if count > 1 else b"\n")
            entry.write(orjson.dumps(row, option=orjson.OPT_INDENT_2))
        entry.write(b"\n]\n")
    with packed.open(f"{section.name}.html", "w", force_zip64=True) as entry:
        entry.write(_head(section.title).encode())
        for row in section.rows(author):
            entry.write(f"<article>{_as_html(row)}</article>\n".encode())
        entry.write(b"</body></html>\n")
    return count


def _head(title: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{html.escape(title)}</h1>\n"
    )


def _index(takeout: Takeout, counts: dict[str, int]) -> str:
    links = "".join(
        f'<li><a href="{section.name}.html">{html.escape(section.title)}</a>'
        f' ({counts[section.name]}) · <a href="json/{section.name}.json">JSON</a></li>'
        for section in SECTIONS
    )
    return (
        f"{_head('All that is yours')}<p>Of {html.escape(takeout.author.name)}, at "
        f"{html.escape(settings.HOST)}, {takeout.asked:%Y-%m-%d %H:%M} UTC.</p>"
        f"<ul>{links}</ul></body></html>\n"
    )


def _as_html(value: Any) -> str:
    """As text, whatever it holds: nothing that anybody wrote becomes an element."""
    if isinstance(value, dict):
        pairs = "".join(
            f"<dt>{html.escape(name.replace('_', ' '))}</dt><dd dir=auto>{_as_html(each)}</dd>"
            for name, each in value.items()
            if each not in (None, "", [])
        )
        return f"<dl>{pairs}</dl>"
    if isinstance(value, list):
        return "".join(_as_html(each) for each in value)
    return html.escape(str(value))


def _note(takeout: Takeout, **fields: Any) -> bool:
    return bool(Takeout.objects.filter(id=takeout.id).update(**fields))


def _opened(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b")


def _discard(takeout: Takeout) -> None:
    file = file_of(takeout)
    file.unlink(missing_ok=True)
    file.with_suffix(".part").unlink(missing_ok=True)
    takeout.delete()
