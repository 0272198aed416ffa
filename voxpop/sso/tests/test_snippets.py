"""The snippets for sites, by the real interpreters: known answers, and we take what they make."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest

from voxpop.sso.actions import sign_in
from voxpop.sso.keys import Made
from voxpop.sso.models import KeyKind
from voxpop.sso.tests.site import signing_cast
from voxpop.threads.tests.cast import ORIGIN

pytestmark = [pytest.mark.server]
FOLDER = Path(__file__).parents[3] / "integrations" / "sso"
VECTORS = json.loads((FOLDER / "vectors.json").read_text())
# Each is given a list of [secret, about] and prints a list of tokens, all as JSON.
SAYING = {
    "python": [
        sys.executable,
        "-c",
        "import json, sys; sys.path.insert(0, sys.argv[1]); from voxpop_sso import voxpop_token;"
        "print(json.dumps([voxpop_token(s, **a) for s, a in json.load(sys.stdin)]))",
    ],
    "node": [
        "node",
        "-e",
        "const { voxpopToken } = require(process.argv[1] + '/voxpop-sso.js');"
        "const asked = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(asked.map(([secret, about]) => voxpopToken(secret, about))))",
    ],
    "php": [
        "php",
        "-r",
        "require $argv[1] . '/voxpop_sso.php';"
        "$asked = json_decode(file_get_contents('php://stdin'), true);"
        "echo json_encode(array_map(fn($each) => voxpop_token($each[0], $each[1]), $asked));",
    ],
    "ruby": [
        "ruby",
        "-e",
        "require 'json'; require \"#{ARGV[0]}/voxpop_sso.rb\";"
        "puts JSON.generate(JSON.parse($stdin.read).map { |secret, about|"
        " voxpop_token(secret, **about.transform_keys(&:to_sym)) })",
    ],
}


def tokens(language: str, asked: list[Any]) -> list[str]:
    command = [*SAYING[language], str(FOLDER)]
    assert shutil.which(command[0]), f"{command[0]} is missing: ops/packages php ruby node"
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60
    )
    made: list[str] = json.loads(done.stdout)
    return made


def secret_for(alg: str) -> str:
    secret: str = VECTORS["secret" if alg == "HS256" else "private_key"]
    return secret


@pytest.mark.parametrize("language", SAYING)
def test_a_snippet_makes_the_known_tokens(language: str) -> None:
    asked = [[secret_for(each["alg"]), each["about"]] for each in VECTORS["vectors"]]
    assert tokens(language, asked) == [each["token"] for each in VECTORS["vectors"]]


@pytest.mark.parametrize(
    "each", VECTORS["vectors"], ids=lambda each: f"{each['what']} {each['alg']}"
)
def test_a_known_token_is_what_a_library_says_it_is(each: dict[str, Any]) -> None:
    """The vectors are no mistake of ours that all four snippets share."""
    key = VECTORS["secret" if each["alg"] == "HS256" else "public_key"]
    about = {name: value for name, value in each["about"].items() if value not in (None, "")}
    claims = jwt.decode(
        each["token"],
        key,
        algorithms=[each["alg"]],
        audience="https://comments.example.org/f/magazine",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert jwt.get_unverified_header(each["token"]) == {
        "alg": each["alg"],
        "kid": about["kid"],
        "typ": "JWT",
    }
    for name in set(about) - {"kid", "forum", "host", "site", "now"}:
        assert claims[name] == about[name]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(KeyKind), ids=str)
@pytest.mark.parametrize("language", SAYING)
def test_what_a_snippet_makes_now_signs_a_reader_in(
    language: str, kind: KeyKind, settings: Any
) -> None:
    site = signing_cast(kind)[1]
    made: Made = site.made
    about = {
        "kid": made.key.kid,
        "forum": site.forum.shortname,
        "host": settings.HOST,
        "site": ORIGIN,
        "sub": f"{language}-1",
        "name": "Ada Site",
        "roles": ["moderator"],
        "email": "ada@site.test",
        "email_verified": True,
    }
    for token in tokens(language, [[made.secret, about], [made.secret, about]]):
        author, _ = sign_in(forum=site.forum, token=token)
        assert (author.name, author.email) == ("Ada Site", "ada@site.test")
