"""The owner's pages: drop a file, see what it would bring, start it, read what came of it."""

import csv
import io

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from voxpop.accounts.models import Author, AuthorKind, User
from voxpop.forums.models import Forum, Membership, Role
from voxpop.threads.models import Comment
from voxpop.transfer import tasks
from voxpop.transfer.models import Import
from voxpop.transfer.tests.making import DATA, check_trees, export, post, thread

pytestmark = pytest.mark.django_db
HOME = "/home/forums/demo"


@pytest.fixture
def forum(settings, tmp_path) -> Forum:
    settings.DATA = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return Forum.objects.create(shortname="demo", name="Demo")


def somebody(name: str, forum: Forum | None = None, role: str = Role.OWNER) -> Client:
    user = User.objects.create_user(f"{name}@voxpop.example")
    Author.objects.create(kind=AuthorKind.USER, name=name, user=user)
    if forum is not None:
        Membership.objects.create(forum=forum, user=user, role=role)
    client = Client(headers={"Origin": settings.HOST})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def drop(client: Client, name: str = "sample.xml", data: bytes | None = None):
    data = data if data is not None else (DATA / "damaged.xml").read_bytes()
    return client.post(f"{HOME}/import/", {"file": SimpleUploadedFile(name, data)})


def test_from_the_drop_to_the_report(forum):
    owner = somebody("ada", forum)
    assert b"Drop the file here" in owner.get(f"{HOME}/import/").content
    page = drop(owner)["Location"]
    assert owner.get(page, headers={"Accept": "application/json"}).json()["busy"]
    assert b"Reading <bdi>sample.xml</bdi>" in owner.get(page).content

    tasks.work_on(Import.objects.get())
    text = owner.get(page).content.decode()
    assert "This is what would come" in text
    assert "Import 6 comments" in text
    assert "radio.example" in text
    assert not Comment.objects.exists()

    owner.post(f"{page}start/")
    assert b"Importing" not in owner.get(page).content
    tasks.work_on(Import.objects.get())
    assert b"It is all in" in owner.get(page).content
    assert Comment.objects.filter(forum=forum).count() == 6
    assert not list(forum_folder().glob("*.upload"))
    check_trees(forum)
    owner.post(f"{page}start/")
    assert Import.objects.get().state == "done"


def test_every_skipped_record_can_be_read_and_downloaded(forum):
    owner = somebody("ada", forum)
    page = drop(owner)["Location"]
    tasks.work_on(Import.objects.get())
    text = owner.get(f"{page}skipped/").content.decode()
    assert "its date cannot be read" in text
    table = b"".join(owner.get(f"{page}skipped.csv").streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["id"] for row in rows] == ["x305", "", "308", "309"]
    assert all(int(row["byte"]) > 0 for row in rows)


def test_an_upload_can_be_thrown_away_but_not_while_it_is_worked_on(forum):
    owner = somebody("ada", forum)
    page = drop(owner)["Location"]
    assert owner.post(f"{page}discard/").status_code == 409
    assert owner.post(f"{page}start/").status_code == 409
    tasks.work_on(Import.objects.get())
    owner.post(f"{page}discard/")
    assert not Import.objects.exists()
    assert not list(forum_folder().glob("*.upload"))


def test_a_file_that_is_none_says_so(forum):
    owner = somebody("ada", forum)
    page = drop(owner, "cat.jpg", b"\xff\xd8\xff\xe0 a cat")["Location"]
    tasks.work_on(Import.objects.get())
    text = owner.get(page).content.decode()
    assert "No thread and no post of a Disqus export is in this file." in text
    assert "Go on" not in text


def test_our_own_export_is_known_by_its_look(forum):
    owner = somebody("ada", forum)
    drop(owner)
    tasks.work_on(Import.objects.get())
    owner.post(f"{HOME}/import/{Import.objects.get().public_id}/start/")
    tasks.work_on(Import.objects.get())
    lines = b"".join(owner.get(f"{HOME}/export/").streaming_content)
    drop(owner, "export.jsonl", lines)
    again = Import.objects.latest("created")
    assert again.source == "voxpop"
    tasks.work_on(again)
    again.refresh_from_db()
    assert (again.report["comments_new"], again.report["comments_here"]) == (0, 6)


def test_only_owners_of_this_forum_get_in(forum):
    drop(somebody("ada", forum))
    other = Forum.objects.create(shortname="other", name="Other")
    job = Import.objects.get().public_id
    strangers = [
        somebody("eve", other),
        somebody("mod", forum, Role.MODERATOR),
        somebody("nobody"),
    ]
    for client in strangers:
        for address in ("import/", f"import/{job}/", f"import/{job}/skipped/", "export/"):
            assert client.get(f"{HOME}/{address}").status_code == 404
        for act in ("start", "discard"):
            assert client.post(f"{HOME}/import/{job}/{act}/").status_code == 404
        assert drop(client).status_code == 404
    # An owner of another forum cannot reach it through his own forum's address either.
    assert strangers[0].get(f"/home/forums/other/import/{job}/").status_code == 404
    assert Client().get(f"{HOME}/import/").status_code == 302
    assert Import.objects.count() == 1


def test_the_worker_takes_uploads_one_by_one_and_leaves_the_command_line_alone(forum, monkeypatch):
    owner = somebody("ada", forum)
    file = export(thread(1), post(1, 1))
    Import.objects.create(forum=forum, source="disqus", file=str(file), state="running")
    drop(owner)
    begun = []

    class Process:
        returncode = None

        def poll(self) -> int | None:
            return self.returncode

    def start(job_id: int) -> Process:
        begun.append(job_id)
        return Process()

    monkeypatch.setattr(tasks.bounded, "start", start)
    monkeypatch.setattr(tasks, "_running", None)
    tasks.run_waiting_imports()
    tasks.run_waiting_imports()
    upload = Import.objects.get(name="sample.xml")
    assert begun == [upload.id]
    # It dies: the file is not begun again, and its owner hears of it.
    Process.returncode = -9
    tasks.run_waiting_imports()
    upload.refresh_from_db()
    assert (upload.state, upload.report["code"]) == ("failed", "too_large")
    assert begun == [upload.id]


def forum_folder():
    return settings.DATA / "imports"
