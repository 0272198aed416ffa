"""T41, T10: over HTTPS every cookie of ours is of this host alone, unseen by scripts, and sent with
no request that another site makes, but for being led here (docs/decisions/0232).
"""

import json
import re
from pathlib import Path

import pytest

import voxpop
from tests.server.running import Running

pytestmark = pytest.mark.server
PRODUCT = Path(voxpop.__file__).parent

# Every page that sets one, as the product runs at an HTTPS address; the headers that it answers.
VISITS = """
import json
from django.test import Client
from voxpop.accounts.actions import challenge_of, sign_up
from voxpop.accounts.models import User
from voxpop.threads.actions import ThreadRef, post_comment
from voxpop.forums.models import Forum

HOST = "comments.test"
sign_up(email="ann@reader.test", name="Ann Reader", password="a rather long password")
ann = User.objects.get(email="ann@reader.test")
forum = Forum.objects.get(shortname="magazine")
page = {"url": "https://magazine.test/story", "title": "Story"}
thread = post_comment(
    forum=forum, thread=ThreadRef(**page), author=ann.author, source="Hello."
).thread.public_id
client = Client(headers={"Origin": f"https://{HOST}", "Host": HOST})
said = []

def visit(path, form=None):
    ask = client.get if form is None else client.post
    answer = ask(path, form, secure=True)
    said.extend(morsel.OutputString() for morsel in answer.cookies.values())

visit("/accounts/login/?lang=de")
visit("/accounts/page/", {
    "challenge": challenge_of("v" * 43), "forum": "magazine", "url": page["url"], "at": "w",
    "way": "login",
})
visit(f"/t/{thread}/write", {"source": "As a guest.", "name": "Gus Guest", "key": "k1"})
visit("/accounts/login/", {"login": "ann@reader.test", "password": "a rather long password"})
visit("/home/claims/", {})
visit("/accounts/reauthenticate/", {"password": "a rather long password"})
visit("/home/merge/", {"act": "begin"})
print(json.dumps(said))
"""
NAMES = {"session", "csrf", "lang", "way", "guest-magazine", "merge", "messages"}


def test_every_cookie_is_of_this_host_alone(server: Running) -> None:
    server.environment["VOXPOP_HOST"] = "https://comments.test"
    seen = set()
    for line in json.loads(server.run_python(VISITS).splitlines()[-1]):
        cookie, *attributes = line.split("; ")
        if "Max-Age=0" in attributes:  # what goes has nothing in it
            continue
        seen.add(cookie.partition("=")[0])
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes), line
        assert "Domain" not in line
    assert seen == {f"__Host-{name}" for name in NAMES}


def test_no_other_place_sets_a_cookie() -> None:
    """Another has to be in the list above."""
    sets = re.compile(r"\.set(?:_signed)?_cookie\(")
    found = {
        file.relative_to(PRODUCT).as_posix()
        for file in PRODUCT.rglob("*.py")
        if sets.search(file.read_text())
    }
    assert found == {
        "accounts/speaking.py",
        "claims/remembered.py",
        "pages/full_page.py",
        "pages/write.py",
    }
