"""P12: on a full disk a post is refused with a code that says try again; reading goes on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from tests.server.running import Running
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

LONG = "words " * 1500


@contextmanager
def full_disk() -> Iterator[None]:
    """The database may not grow by another page."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_post_on_a_full_disk_is_refused_and_can_be_sent_again() -> None:
    cast = Cast.standing()
    with full_disk():
        answers = [cast.ann.post(cast.forum, f"{number} {LONG}") for number in range(5)]
        refused = [answer for answer in answers if answer.status_code != 201]
        assert refused
        assert {each.json()["code"] for each in refused} == {"unavailable"}
        assert {each["Retry-After"] for each in refused} == {"5"}
        page = f"/api/v1/threads/{cast.thread.public_id}/comments"
        assert Client().get(page).status_code == 200
    kept = Comment.objects.count()
    assert cast.ann.post(cast.forum, "there is room again").status_code == 201
    assert Comment.objects.count() == kept + 1


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_the_form_keeps_what_was_typed_and_can_be_sent_again_as_it_is() -> None:
    cast = Cast.standing()
    path = f"/t/{cast.thread.public_id}/write"

    def send(number: int):
        typed = {"key": f"key-{number}", "source": f"{number} {LONG}", "name": "Shy"}
        return Client().post(path, typed, headers={"Origin": "http://testserver"})

    with full_disk():
        answers = {number: send(number) for number in range(5)}
        refused = {n: each for n, each in answers.items() if each.status_code != 303}
        assert refused
        for number, answer in refused.items():
            text = answer.content.decode()
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert f"{number} {LONG}".strip() in text
            assert f'value="key-{number}"' in text
    again = min(refused)
    assert send(again).status_code == 303
    assert Comment.objects.filter(source__startswith=f"{again} ").count() == 1


@pytest.mark.sqlite
@pytest.mark.server
@pytest.mark.long
def test_f13_a_server_whose_disk_is_full_answers_loses_nothing_and_goes_on(
    server: Running, tmp_path: Path
) -> None:
    with small_disk(server.data, tmp_path / "disk") as (enter, disk):
        server.data = tmp_path / "disk"
        server.start(prelude=enter)
        token = server.guest()
        acknowledged = [server.post(token, "Before.").json()["id"]]
        ballast = disk / "ballast"
        _fill(ballast)

        refused = []
        for number in range(200):
            answer = server.post(token, f"{number} {LONG}", key=f"key-{number}")
            if answer.status == 201:
                acknowledged.append(answer.json()["id"])  # there was room in the log
                continue
            refused.append(number)
            assert (answer.status, answer.json()["code"]) == (503, "unavailable"), answer.body
            assert answer.headers["retry-after"] == "5"
            if len(refused) == 3:
                break
        assert len(refused) == 3
        thread = server.thread()
        form = _sent_form(server, thread)
        assert form.status == 503
        assert b"On a full disk." in form.body
        assert server.ask("GET", f"/t/{thread}/").status == 200
        assert [each["id"] for each in server.comments()] == acknowledged

        ballast.unlink()
        answers = [server.post(token, f"{n} {LONG}", key=f"key-{n}") for n in refused]
        assert [each.status for each in answers] == [201] * 3
        acknowledged += [each.json()["id"] for each in answers]
        assert _sent_form(server, thread).status == 303
        server.kill()
        server.start(prelude=enter)
        found = [each["id"] for each in server.comments()]
        assert found[:-1] == acknowledged
        assert len(found) == len(acknowledged) + 1
        server.stop()


@contextmanager
def small_disk(data: Path, disk: Path) -> Iterator[tuple[str, Path]]:
    """A disk of 16 MiB with a copy of `data` on it, seen only by those who enter.

    Gives the Python by which a process enters, and where the disk lies for everybody else.
    """
    disk.mkdir()
    # Whoever may mount does; everybody else has a namespace in which he may.
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    keeper = subprocess.Popen(
        ["unshare", *own, "--mount", "sh", "-c",
         f"mount -t tmpfs -o size=16m tmpfs '{disk}' && echo stands && exec cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == b"stands\n", "a disk of its own could not be mounted"
    spaces = [f"/proc/{keeper.pid}/ns/{kind}" for kind in (["user"] if own else []) + ["mnt"]]
    enter = (
        "import ctypes, os\n"
        f"for space in {spaces}:\n"
        "    assert ctypes.CDLL(None).setns(os.open(space, os.O_RDONLY), 0) == 0, space"
    )
    try:
        seen = Path(f"/proc/{keeper.pid}/root{disk}")
        shutil.copytree(data, seen, dirs_exist_ok=True)
        yield enter, seen
    finally:
        keeper.communicate(timeout=10)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


def _sent_form(server: Running, thread: str):
    """The form of the page without JavaScript, sent as a browser sends it."""
    shown = server.ask("GET", f"/t/{thread}/write").body.decode()
    key = re.search(r'name="key" value="([\w-]+)"', shown)
    assert key is not None
    typed = {"key": key[1], "name": "Shy", "source": f"On a full disk. {LONG}"}
    return server.ask_raw(
        "POST",
        f"/t/{thread}/write",
        urlencode(typed).encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://localhost:{server.port}",
        },
    )
