"""T42: who was erased comes back with no backup, and is in no file: not the database nor its log,
nor the ledger. A grep of all files says so."""

import json
import shutil
from pathlib import Path

import pytest

from tests.server.running import Running

pytestmark = [pytest.mark.server, pytest.mark.sqlite]
# In every text, name and address of hers, and nowhere else.
CANARY = "zanthoxylum"

LIVE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
from voxpop.accounts.models import Author
from voxpop.people import actions as people
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.threads import actions
from voxpop.threads.tests.cast import Cast
cast = Cast()
zoe = cast.user("Zoe {CANARY}", "{CANARY}@zoe.test").author
change_profile(zoe, Wanted(handle="{CANARY}", is_public=True, about="about {CANARY}"))
first = cast.comment("It is {CANARY}, " + "as I said before. " * 300, author=zoe)
cast.comment("An answer that stays.", parent=first)
for number in range(4):
    comment = cast.comment(f"{CANARY} number {{number}}", author=zoe)
actions.edit_comment(comment=comment, author=zoe, source="{CANARY} changed", revision=1)
actions.delete_comment(comment=cast.comment("{CANARY} deleted", author=zoe), author=zoe)
people.follow(author=cast.ann.author, person=zoe)
cast.zoe = zoe
from voxpop.events.worker import drain_outbox
while drain_outbox():
    pass
"""
ERASE = f"""
from voxpop.accounts.models import Author
from voxpop.events.worker import drain_outbox
from voxpop.privacy.erase import erase, forget_log
erase(Author.objects.get(name__contains="{CANARY}"), keeps_text=False)
while drain_outbox():
    pass
forget_log()
"""
# What a server does first: the purge of her profile names its address until it is done.
DRAIN = """
from voxpop.events.worker import drain_outbox
from voxpop.privacy.erase import forget_log
while drain_outbox():
    pass
forget_log()
"""
KNOWN = f"""
from voxpop.accounts.models import Author, User
from voxpop.threads.models import Comment
print(User.objects.filter(email__contains="{CANARY}").count(),
      Author.objects.filter(name__contains="{CANARY}").count(),
      Comment.objects.filter(source__contains="{CANARY}").count(),
      Comment.objects.filter(source__contains="An answer that stays.", is_shown=True).count())
"""


def files_with_her(folder: Path) -> list[str]:
    """A grep of all files."""
    return [
        str(file.relative_to(folder))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and CANARY in file.read_bytes().decode("latin-1").lower()
    ]


@pytest.mark.long
def test_no_file_and_no_backup_brings_her_back(tmp_path: Path) -> None:
    folder, kept = tmp_path / "data", tmp_path / "backups"
    folder.mkdir()
    kept.mkdir()
    data = Running(folder, 1)
    data.run_python(LIVE)
    said = data.command("backup", str(kept), "--json")
    backup = Path(json.loads(said.splitlines()[-1])["file"])
    assert "voxpop.sqlite3" in files_with_her(folder)
    data.run_python(ERASE)
    assert files_with_her(folder) == []
    # The grep can see her: yesterday's backup has her still.
    assert files_with_her(kept) == [backup.name]

    data.command("restore", str(backup), "--replace")
    data.run_python(DRAIN)
    assert files_with_her(folder) == []
    assert data.run_python(KNOWN).split() == ["0", "0", "0", "1"]

    # Which is the ledger's doing.
    shutil.rmtree(folder / "ledger")
    data.command("restore", str(backup), "--replace")
    assert data.run_python(KNOWN).split()[:2] == ["1", "1"]
    assert files_with_her(folder) != []
