"""The file with all that is somebody's: where it lies, and that it goes."""

from pathlib import Path

from django.conf import settings

from voxpop.accounts.models import Author
from voxpop.privacy.models import Takeout


def file_of(takeout: Takeout) -> Path:
    """Where it lies when it is packed."""
    folder: Path = settings.DATA
    return folder / "takeouts" / f"{takeout.public_id}.zip"


def discard_takeout(author: Author) -> None:
    """His file goes, and that he asked for it."""
    for takeout in Takeout.objects.filter(author=author):
        file_of(takeout).unlink(missing_ok=True)
        takeout.delete()
