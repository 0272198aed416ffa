"""Static files: small, and named by their content, so that they can be kept for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rcssmin
import rjsmin
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile, File

from voxpop import __version__

_MINIFIERS = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}


def release() -> str:
    """Names what pages are made of: this version of the program and its static files."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    names = manifest.read_bytes() if manifest.exists() else b""
    return f"{__version__} {hashlib.blake2b(names, digest_size=10).hexdigest()}"


class HashedStorage(ManifestStaticFilesStorage):
    """Minifies what it stores, and rewrites `import … from "./x.js"` to the hashed names."""

    support_js_module_import_aggregation = True
    _stamp: str | None = None

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        # Modules may import each other in a circle, so a name made of a module's own rewritten
        # content would never settle: all scripts share the stamp of all scripts.
        stamp = hashlib.blake2b(digest_size=6)
        for name in sorted(paths):
            if name.endswith(".js"):
                stamp.update(name.encode() + self.path_content(name))
        self._stamp = stamp.hexdigest()
        # Read what was stored, not its source: in comments an `import` is only a word.
        stored = {name: (self, name) for name in paths}
        yield from super().post_process(stored, dry_run, **options)

    def stored_name(self, name: str) -> str:
        """The hashed name; before anything was collected (tests, developing) the plain one."""
        return super().stored_name(name) if self.hashed_files else name

    def path_content(self, name: str) -> bytes:
        """What is stored under a plain name."""
        with self.open(name) as file:
            return bytes(file.read())

    def file_hash(self, name: str | None, content: File[Any] | None = None) -> str | None:
        """The part of a file's name that changes with its content."""
        if self._stamp is not None and name is not None and name.endswith(".js"):
            return self._stamp
        digest: str | None = super().file_hash(name, content)  # type: ignore[arg-type]
        return digest

    def _save(self, name: str, content: File[Any]) -> str:
        for ending, minify in _MINIFIERS.items():
            if name.endswith(ending):
                content.seek(0)
                text = content.read()
                text = text.decode() if isinstance(text, bytes) else text
                content = ContentFile(minify(text).encode())
        return str(super()._save(name, content))  # type: ignore[misc]
