"""The peers that can be had from package registries, each in a scratch folder of its own.

Nothing of theirs is kept in this repository; what is installed lies in the folder given. All listen
on loopback, and each is run as its own manual says, at its default and at its best setting.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voxpop.stack.ports import free_port

ISSO = ("isso==0.14.0", "gunicorn")
XTD = ("django-comments-xtd==2.10.13", "gunicorn", "setuptools")


@dataclass
class Peer:
    """One program with its own Python, ready to be started and asked."""

    name: str
    folder: Path
    packages: tuple[str, ...]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def install(self) -> None:
        python = self.folder / "venv" / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", self.folder / "venv"], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", *self.packages], check=True)

    def run(self, *command: str, **environment: str) -> None:
        """Run one of the program's own commands to its end."""
        program = str(self.folder / "venv" / "bin" / command[0])
        subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env={**os.environ, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def serve(self, *command: str, **environment: str) -> None:
        program = str(self.folder / "venv" / "bin" / command[0])
        self.process = subprocess.Popen(
            [program, *command[1:]],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                self.ask("GET", "/")
                return
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"{self.name} did not answer within a minute")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        payload = None if body is None else json.dumps(body)
        connection.request(
            method, path, payload, {"Content-Type": "application/json", **(headers or {})}
        )
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer


def isso(folder: Path, thread: list[tuple[int | None, str]]) -> Peer:
    """Isso 0.14 under gunicorn with two workers, as its manual has it; its thread is filled."""
    folder.mkdir(parents=True, exist_ok=True)
    peer = Peer("Isso 0.14.0", folder, ISSO)
    peer.install()
    (folder / "isso.cfg").write_text(
        f"[general]\ndbpath = {folder}/comments.db\nhost = http://127.0.0.1:9000/\n"
        "latest-enabled = true\n[guard]\nenabled = false\n[moderation]\nenabled = false\n"
    )
    bound = f"127.0.0.1:{peer.port}"
    peer.serve(
        "gunicorn", "-b", bound, "-w", "2", "--preload", "isso.run", ISSO_SETTINGS="isso.cfg"
    )
    made: list[int] = []
    for parent, text in thread:
        body: dict[str, Any] = {"text": text, "author": "Ann", "title": "Page"}
        if parent is not None:
            body["parent"] = made[parent]
        origin = {"Origin": "http://127.0.0.1:9000"}
        status, answer = peer.ask("POST", "/new?uri=%2Fpage", body, origin)
        if status != 201:
            raise SystemExit(f"Isso refused a comment: {status} {answer!r}")
        made.append(json.loads(answer)["id"])
    return peer


XTD_SITE = """
import sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x" * 50, DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="site_of_xtd", SITE_ID=1,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites",
                    "rest_framework", "django_comments_xtd", "django_comments"],
    COMMENTS_APP="django_comments_xtd", COMMENTS_XTD_MAX_THREAD_LEVEL=5,
    COMMENTS_XTD_CONFIRM_EMAIL=False, USE_TZ=True,
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "xtd.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
urlpatterns = [path("comments/", include("django_comments_xtd.urls"))]
application = get_wsgi_application()
"""
XTD_FILL = """
import json, sys
import site_of_xtd
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django_comments_xtd.models import XtdComment
made = []
for parent, text in json.load(open("thread.json")):
    made.append(XtdComment.objects.create(
        content_type=ContentType.objects.get_for_model(Site), object_pk="1", site_id=1,
        user_name="Ann", user_email="ann@example.org", comment=text,
        parent_id=made[parent].pk if parent is not None else 0))
"""


def xtd(folder: Path, thread: list[tuple[int | None, str]]) -> Peer:
    """django-comments-xtd 2.10: plain Django and DRF, the baseline of our own stack."""
    folder.mkdir(parents=True, exist_ok=True)
    peer = Peer("django-comments-xtd 2.10.13", folder, XTD)
    peer.install()
    (folder / "site_of_xtd.py").write_text(XTD_SITE)
    (folder / "fill.py").write_text(XTD_FILL)
    (folder / "thread.json").write_text(json.dumps(thread))
    peer.run("python", "fill.py")
    peer.serve("gunicorn", "-b", f"127.0.0.1:{peer.port}", "-w", "2", "site_of_xtd:application")
    return peer
