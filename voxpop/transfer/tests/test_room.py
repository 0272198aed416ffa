"""F13: what does not fit on the disk is refused before its first comment comes in."""

from collections import namedtuple
from collections.abc import Callable

import pytest

from voxpop.accounts.actions import sign_up
from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment
from voxpop.transfer import room
from voxpop.transfer.actions import import_forum
from voxpop.transfer.actions.import_forum import import_disqus, imports_folder
from voxpop.transfer.actions.upload import take_upload
from voxpop.transfer.models import Import
from voxpop.transfer.tests.making import bring, export, post, thread

pytestmark = pytest.mark.django_db

Usage = namedtuple("Usage", "free")
RECORDS = (thread(1), post(1, 1), post(2, 1, parent=1))
LITTLE = 250_000_000  # bytes free, on a disk of today: nobody's comments are to be crowded out


@pytest.fixture
def forum(settings, tmp_path) -> Forum:
    settings.DATA = tmp_path
    return Forum.objects.create(shortname="demo", name="Demo")


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """So many bytes are free from now on."""

    def leave(free: int) -> None:
        monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: Usage(free))

    return leave


def nothing_is_left() -> bool:
    return not [*imports_folder().glob("*.spool"), *imports_folder().glob("*.upload")]


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_f13_on_a_full_disk_no_file_is_even_read(forum, leave, is_dry_run, monkeypatch) -> None:
    # Also where the comments would lie on another server's disk.
    monkeypatch.setattr(import_forum, "refuse_what_does_not_fit", lambda *of_a_spool: None)
    file = export(*RECORDS)
    leave(LITTLE)
    with pytest.raises(Problem, match="unavailable") as refused:
        import_disqus(forum=forum, file=file, is_dry_run=is_dry_run)
    assert "has 0.2 GiB free" in refused.value.detail
    assert not Comment.objects.exists()
    assert nothing_is_left()


@pytest.mark.sqlite
@pytest.mark.parametrize("is_dry_run", [False, True])
def test_f13_what_was_read_and_does_not_fit_stays_outside(forum, leave, is_dry_run) -> None:
    file = export(*RECORDS)
    leave(room.KEPT_FREE + 100_000)
    with pytest.raises(Problem, match="unavailable"):
        import_disqus(forum=forum, file=file, is_dry_run=is_dry_run)
    assert not Comment.objects.exists()
    assert not Import.objects.exists()
    assert nothing_is_left()
    leave(room.KEPT_FREE + 100_000_000)
    assert bring(forum, *RECORDS).comments_new == 2
    # What is here already takes nothing.
    leave(room.KEPT_FREE + 100_000)
    assert bring(forum, *RECORDS).comments_here == 2


def test_f13_an_upload_that_does_not_fit_leaves_nothing(forum, leave) -> None:
    ada = sign_up(name="Ada", email="ada@voxpop.example", password="a long password")
    pieces = [b"<disqus>", b" " * 1000]

    def second_piece_finds_less():
        yield pieces[0]
        leave(LITTLE)
        yield pieces[1]

    leave(room.KEPT_FREE + 100)
    with pytest.raises(Problem, match="unavailable"):
        take_upload(forum=forum, by=ada, name="e.xml", pieces=second_piece_finds_less())
    assert nothing_is_left()
    assert not Import.objects.exists()
