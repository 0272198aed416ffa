"""SAFETY T13 (its second version), R42, R43: a token says who somebody is, so it is doubted first.

Remark42, Coral and Disqus each took a token that had been signed for something else, by somebody
else, or long ago. Every way in which this one could be another is tried here.
"""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from voxpop.accounts.models import AccessToken, Author
from voxpop.errors import Problem
from voxpop.forums.models import Forum, Site, Sso
from voxpop.sso.actions import forget_used_tokens, make_key, retire_key, sign_in
from voxpop.sso.models import KeyKind, SsoIdentity, UsedToken
from voxpop.sso.tests.site import SigningSite, encoded, signing_cast
from voxpop.sso.tokens import LARGEST, read_token
from voxpop.threads.tests.cast import ORIGIN, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
KINDS = list(KeyKind)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(params=KINDS, ids=str)
def site(request) -> SigningSite:
    return signing_cast(request.param)[1]


@pytest.fixture
def shared() -> SigningSite:
    return signing_cast()[1]


def refusal(site: SigningSite, token: str, nonce: str = "") -> str:
    with pytest.raises(Problem) as refused:
        sign_in(forum=site.forum, token=token, nonce=nonce)
    assert not UsedToken.objects.exists()
    assert not AccessToken.objects.filter(kind="sso").exists()
    return refused.value.code


def crafted(site: SigningSite, header: str, claims: object) -> str:
    """Signed as it should be, with a header that no library writes."""
    signed = f"{header}.{encoded(claims)}"
    digest = hmac.digest(site.made.secret.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{encoded(digest)}"


# -- whose word it is ----------------------------------------------------------------------


def test_a_genuine_token_is_taken(site):
    author, bearer = sign_in(forum=site.forum, token=site.token())
    assert (author.name, author.forum, bool(bearer)) == ("Ada Site", site.forum, True)


def test_no_bit_of_a_token_can_be_changed(site):
    """Also not one that a decoder of base64 ignores."""
    token = site.token()
    taken = []
    for at in range(len(token)):
        for bit in range(8):
            changed = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
            with suppress(Problem):
                read_token(site.forum, changed)
                taken.append(changed)
    assert taken == []


def test_no_letter_at_the_end_of_a_part_stands_for_another(site):
    header, payload, signature = site.token().split(".")
    for at, part in enumerate((header, payload, signature)):
        for letter in set(LETTERS) - {part[-1]}:
            parts = [header, payload, signature]
            parts[at] = part[:-1] + letter
            with pytest.raises(Problem):
                read_token(site.forum, ".".join(parts))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token + ".",
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: token.rsplit(".", 1)[0],
        lambda token: "",
        lambda token: "..",
        lambda token: token.replace(".", "。"),
    ],
)
def test_a_token_has_one_spelling(shared, change):
    assert refusal(shared, change(shared.token())) == "sso_invalid"


def test_an_unsigned_token_is_nobodys_word(shared):
    """`alg: none`, in every spelling, with and without a signature."""
    claims = encoded(shared.claims())
    for alg in ("none", "None", "NONE", "nOnE", ""):
        header = encoded({"alg": alg, "kid": shared.made.key.kid, "typ": "JWT"})
        for signature in ("", "AAAA", shared.token().split(".")[2]):
            assert refusal(shared, f"{header}.{claims}.{signature}") == "sso_invalid"


def test_a_public_key_is_no_shared_secret():
    """Algorithm confusion (CVE-2015-9235): HMAC with what everybody may know of a pair."""
    site = signing_cast(KeyKind.ED25519)[1]
    pem = site.made.key.public_key
    raw = base64.b64decode("".join(pem.splitlines()[1:-1]))[-32:]
    for secret in (pem.encode(), pem.strip().encode(), raw):
        header = encoded({"alg": "HS256", "kid": site.made.key.kid, "typ": "JWT"})
        signed = f"{header}.{encoded(site.claims())}"
        digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
        assert refusal(site, f"{signed}.{encoded(digest)}") == "sso_invalid"


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_a_stronger_name_is_another_algorithm_too(shared, alg):
    headers = {"kid": shared.made.key.kid}
    token = jwt.encode(shared.claims(), shared.made.secret + "x" * 32, alg, headers=headers)
    assert refusal(shared, token) == "sso_invalid"


def test_a_key_of_the_other_kind_signs_nothing(shared):
    pair = Ed25519PrivateKey.generate()
    headers = {"kid": shared.made.key.kid}
    token = jwt.encode(shared.claims(), pair, "EdDSA", headers=headers)
    assert refusal(shared, token) == "sso_invalid"


def test_another_forums_key_signs_nothing_here(site):
    """R42, T37: neither under its own name, nor under that of one of ours."""
    theirs = SigningSite(Cast("elsewhere").forum, site.made.key.kind)
    claims = site.claims()
    assert refusal(site, theirs.sign(claims)) == "sso_invalid"
    assert refusal(site, theirs.sign(claims, header={"kid": site.made.key.kid})) == "sso_invalid"


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "cty"])
def test_a_header_brings_nothing_along(shared, name):
    header = {"alg": "HS256", "kid": shared.made.key.kid, "typ": "JWT"}
    claims = shared.claims()
    assert sign_in(forum=shared.forum, token=crafted(shared, encoded(header), claims))
    UsedToken.objects.all().delete()
    AccessToken.objects.all().delete()
    assert refusal(shared, crafted(shared, encoded({**header, name: "x"}), claims)) == "sso_invalid"


@pytest.mark.parametrize(
    "kid", ["", "nobody", "0" * 13, "../../../dev/null", "' OR 1=1 --", 7, None]
)
def test_a_key_is_found_by_its_name_alone(shared, kid):
    header = encoded({"alg": "HS256", "kid": kid, "typ": "JWT"})
    _, payload, signature = shared.token().split(".")
    assert refusal(shared, f"{header}.{payload}.{signature}") == "sso_invalid"


def test_the_signature_is_judged_before_what_is_said(shared, monkeypatch):
    monkeypatch.setattr("voxpop.sso.tokens.Claims", None)
    header, _, signature = shared.token().split(".")
    assert refusal(shared, f"{header}.{encoded(b'{{{')}.{signature}") == "sso_invalid"


# -- for whom, from whom, when -------------------------------------------------------------


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example/f/magazine",
        "http://testserver/f/elsewhere",
        "magazine",
        "",
        ["http://testserver/f/magazine", "https://other.example/"],
    ],
)
def test_a_token_for_somebody_else_is_not_for_us(shared, aud):
    if isinstance(aud, list):
        aud = [shared.claims()["aud"], *aud]
    assert refusal(shared, shared.token(aud=aud)) == "sso_invalid"


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.test",
        f"{ORIGIN}.evil.test",
        f"{ORIGIN}/",
        f"{ORIGIN}/story",
        ORIGIN.replace("https", "http"),
        f"{ORIGIN}:8443",
        ORIGIN.upper(),
        ORIGIN.removeprefix("https://"),
        "null",
        "",
    ],
)
def test_only_a_site_of_the_forum_speaks_for_it(shared, iss):
    """R42: origins are compared whole."""
    assert refusal(shared, shared.token(iss=iss)) == "sso_invalid"


def test_a_site_that_was_taken_out_speaks_no_more(shared):
    token = shared.token()
    Site.objects.filter(forum=shared.forum).delete()
    assert refusal(shared, token) == "sso_invalid"


@pytest.mark.parametrize(
    ("iat", "exp", "code"),
    [
        (-30, 240, ""),
        (59, 240, ""),
        (-299, 1, ""),
        (-350, -50, ""),
        (-361, -61, "sso_expired"),
        (-86_400, -86_100, "sso_expired"),
        (62, 300, "sso_expired"),
        (3 * 3600, 3 * 3600 + 240, "sso_expired"),
        (-3 * 3600, -3 * 3600 + 240, "sso_expired"),
        (0, 301, "sso_invalid"),
        (-10_000, 100, "sso_invalid"),
        (0, 0, "sso_invalid"),
        (100, 50, "sso_invalid"),
        (0, 10**30, "sso_invalid"),
        (-(10**30), 10, "sso_invalid"),
    ],
)
def test_a_token_has_its_time(shared, iat, exp, code):
    now = int(time.time())
    token = shared.token(iat=now + iat, exp=now + exp)
    if code:
        assert refusal(shared, token) == code
    else:
        assert sign_in(forum=shared.forum, token=token)


def test_a_token_is_taken_once(site):
    """R43, and also within the minute of skew after its end."""
    now = int(time.time())
    for token in (site.token(), site.token(iat=now - 350, exp=now - 50)):
        sign_in(forum=site.forum, token=token)
        forget_used_tokens()
        with pytest.raises(Problem) as refused:
            sign_in(forum=site.forum, token=token)
        assert refused.value.code == "sso_used"


def test_one_sites_used_token_says_nothing_of_anothers(shared):
    theirs = SigningSite(Cast("elsewhere").forum)
    sign_in(forum=shared.forum, token=shared.token(jti="the-same-one"))
    assert sign_in(forum=theirs.forum, token=theirs.token(jti="the-same-one"))


def test_a_token_made_for_one_window_opens_no_other(shared):
    for made_for, asked in [("n" * 20, ""), ("n" * 20, "m" * 20), (None, "n" * 20)]:
        assert refusal(shared, shared.token(nonce=made_for), nonce=asked) == "sso_invalid"
    assert sign_in(forum=shared.forum, token=shared.token(nonce="n" * 20), nonce="n" * 20)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_three_hours_off_refuses_and_says_so(hours, tmp_path):
    """F14: the server's clock, in a process of its own; nothing else than time is refused."""
    script = """
import sys, types, json, time
from datetime import datetime, UTC
sys.path.insert(0, sys.argv[1])
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django; django.setup()
from voxpop.sso import tokens
from voxpop.errors import Problem
tokens.audience_of = lambda forum: "here"
tokens.origins_of = lambda forum: ["https://magazine.test"]
tokens.is_known_origin = lambda forum, url: True
now = int(sys.argv[2])
claims = tokens.Claims(aud="here", iss="https://magazine.test", sub="u", exp=now + 240, iat=now,
                       jti="12345678", name="Ada")
from django.utils import timezone
try:
    tokens._judge(None, claims, timezone.now())
    print("taken")
except Problem as problem:
    print(problem.code, "|", problem.detail)
"""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", script, root, str(int(time.time()))]
    straight = subprocess.run(command, capture_output=True, text=True, check=True)
    bent = subprocess.run(
        ["faketime", "-f", f"{hours:+d}h", *command], capture_output=True, text=True, check=True
    )
    assert straight.stdout.strip() == "taken"
    assert bent.stdout.startswith("sso_expired")
    assert ("future" in bent.stdout) == (hours < 0)


# -- how it is said ------------------------------------------------------------------------


def test_a_name_that_stands_twice_in_the_json_is_refused(shared):
    claims = json.dumps(shared.claims())
    assert refusal(shared, shared.sign_text(claims[:-1] + ', "sub": "admin"}')) == "sso_invalid"
    header = f'{{"alg": "none", "alg": "HS256", "kid": "{shared.made.key.kid}", "typ": "JWT"}}'
    assert refusal(shared, crafted(shared, encoded(header.encode()), shared.claims())) == (
        "sso_invalid"
    )


@pytest.mark.parametrize(
    "payload",
    ["", "null", "[]", '"sub"', "7", "{", "\ufeff{}", "[" * 2500, '{"a":' * 500, '{"exp": NaN}'],
)
def test_whatever_else_is_signed_is_no_statement(shared, payload):
    assert refusal(shared, shared.sign_text(payload)) == "sso_invalid"


def test_bytes_that_are_no_text_are_no_statement(shared):
    key = shared.made.key
    token = jwt.PyJWS().encode(
        b'{"sub": "\xff\xfe"}', shared.made.secret, "HS256", headers={"kid": key.kid}
    )
    assert refusal(shared, token) == "sso_invalid"


@pytest.mark.parametrize("name", ["aud", "iss", "sub", "exp", "iat", "jti", "name"])
@pytest.mark.parametrize("value", [None, {}, ["x"], True, 1.5, "", 0])
def test_a_claim_is_there_and_of_its_kind(shared, name, value):
    claims = shared.claims()
    if value is None:
        del claims[name]
    else:
        claims[name] = value
    assert refusal(shared, shared.sign(claims)) == "sso_invalid"


@pytest.mark.parametrize("more", [{"admin": True}, {"role": "owner"}, {"nbf": 0}, {"forum": "x"}])
def test_a_claim_that_is_not_in_the_list_is_a_mistake(shared, more):
    assert refusal(shared, shared.token(**more)) == "sso_invalid"


@pytest.mark.parametrize("sub", ["a\x00b", "a\nb", " a", "a ", "\u202ea", "x" * 256])
def test_an_id_is_printable_and_itself(shared, sub):
    assert refusal(shared, shared.token(sub=sub)) == "sso_invalid"


def test_a_long_token_is_not_looked_at(shared):
    assert len(shared.token(picture="https://x.test/" + "p" * 3000)) > LARGEST
    assert refusal(shared, shared.token(picture="https://x.test/" + "p" * 3000)) == "sso_invalid"
    assert refusal(shared, "a" * 10_000_000) == "sso_invalid"


# -- keys ----------------------------------------------------------------------------------


def test_two_keys_live_side_by_side_and_the_old_one_ends(shared):
    old = shared.made
    new = make_key(forum=shared.forum, kind=KeyKind.ED25519)
    with pytest.raises(Problem):
        make_key(forum=shared.forum, kind=KeyKind.HMAC)
    sign_in(forum=shared.forum, token=shared.token())
    shared.made = new
    sign_in(forum=shared.forum, token=shared.token())
    retire_key(forum=shared.forum, kid=old.key.kid)
    assert not AccessToken.objects.filter(kind="sso").exists()  # it may have been stolen
    sign_in(forum=shared.forum, token=shared.token())
    shared.made = old
    with pytest.raises(Problem) as refused:
        sign_in(forum=shared.forum, token=shared.token())
    assert refused.value.code == "sso_invalid"


def test_a_stolen_table_signs_nobody_in(site):
    """Neither secret is in a row; a shared one cannot be made without the server's own."""
    row = site.made.key
    kept = " ".join(str(value) for value in type(row).objects.values_list().get())
    assert site.made.secret.strip() not in kept
    assert "PRIVATE" not in kept
    before = site.made.secret
    if row.kind == KeyKind.HMAC:
        from voxpop.sso.keys import secret_of

        assert secret_of(row) == before
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settings, "SECRET_KEY", "another" * 8)
            assert secret_of(row) != before


def test_a_key_of_another_forum_cannot_be_retired(shared):
    theirs = SigningSite(Cast("elsewhere").forum)
    with pytest.raises(Problem):
        retire_key(forum=shared.forum, kid=theirs.made.key.kid)
    assert sign_in(forum=theirs.forum, token=theirs.token())


def test_a_forum_that_does_not_take_it_takes_no_token(shared):
    Forum.objects.update(sso=Sso.OFF)
    shared.forum.refresh_from_db()
    assert refusal(shared, shared.token()) == "sso_off"


# -- whom it means -------------------------------------------------------------------------


def test_nobody_becomes_somebody_else_by_an_e_mail_address(shared):
    """T13, T34: the address of an account, of a guest, of another of the site's users."""
    cast = Cast("elsewhere")
    ours = cast.ann.author
    author, _ = sign_in(
        forum=shared.forum, token=shared.token(email=ours.user.email, email_verified=True)
    )
    other, _ = sign_in(
        forum=shared.forum,
        token=shared.token(sub="u-2", email=ours.user.email, email_verified=True),
    )
    assert len({ours.id, author.id, other.id}) == 3
    assert author.user is None


def test_the_same_id_is_somebody_else_in_another_forum(shared):
    theirs = SigningSite(Cast("elsewhere").forum)
    here, _ = sign_in(forum=shared.forum, token=shared.token())
    there, _ = sign_in(forum=theirs.forum, token=theirs.token())
    again, _ = sign_in(forum=shared.forum, token=shared.token())
    assert here == again
    assert here != there
    assert SsoIdentity.objects.count() == 2
    assert Author.objects.filter(kind="sso").count() == 2
