"""SAFETY T36: a comparison that stops at the first wrong byte tells how many were right."""

import ast
import hmac
import re
from pathlib import Path

import pytest

import voxpop
from voxpop.accounts import actions, tokens
from voxpop.accounts.actions import challenge_of, exchange_code, make_sign_in_code, sign_up
from voxpop.accounts.models import TokenKind

PACKAGE = Path(voxpop.__file__).parent
# A token that is indexed is a piece of markup, not a bearer's.
SECRET = re.compile(
    r"digest|secret|token(?!\[)|verifier|challenge|\bmac\b|_mac\b|signature|password|hmac"
)
# What sounds like a secret and is none, and why.
PUBLIC = {
    "token.author.forum_id != forum.id": "the forum of a token that was found already",
    "row.get('sha256') != digest.hexdigest()": "the checksum at the end of an export",
    "_digest(folder / name) != digest": "the checksum of a jar, published with it",
    "digest_of(file) != manifest.digest": "the checksum of a backup, kept beside it",
    "bytes(digest) != self._digest": "the hash of a request's own body",
}


def loose_comparisons(source: str) -> list[str]:
    """Every `==` or `!=` with a secret on one side and no literal on the other."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        if not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        text = ast.unparse(node)
        if SECRET.search(text) and text not in PUBLIC:
            found.append(text)
    return found


@pytest.mark.broad
def test_no_secret_is_compared_with_an_equals_sign():
    found = {
        str(path.relative_to(PACKAGE)): loose_comparisons(path.read_text())
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "token.digest == wanted",
        "x != secret",
        "mac == _mac(scope, place)",
        "challenge_of(verifier) == found.challenge",
    ],
)
def test_the_check_sees_a_loose_comparison(line):
    assert loose_comparisons(line)


@pytest.mark.django_db
def test_tokens_and_challenges_go_through_the_constant_time_comparison(monkeypatch):
    compared = []

    def watching(first, second):
        compared.append((first, second))
        return hmac.compare_digest(first, second)

    watcher = type("Hmac", (), {"compare_digest": staticmethod(watching)})
    monkeypatch.setattr(tokens, "hmac", watcher)
    monkeypatch.setattr(actions, "hmac", watcher)
    author = sign_up(email="ann@example.org", name="Ann").author
    secret = tokens.issue_token(author, TokenKind.EMBED)
    assert tokens.find_token(secret)
    assert compared.pop() == (tokens.digest(secret), tokens.digest(secret))
    verifier = "v" * 43
    code = make_sign_in_code(author=author, challenge=challenge_of(verifier))
    exchange_code(code=code, verifier=verifier)
    assert compared.pop() == (challenge_of(verifier), challenge_of(verifier))
