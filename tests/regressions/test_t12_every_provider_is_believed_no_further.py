"""SAFETY T12, R34: each plain provider, spoken to over TLS at its own addresses, by a server of
ours that speaks as it does (tests/providers); and an OpenID Connect provider that lies.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.providers import stand_ins
from tests.providers.desk import Desk, Told
from tests.providers.visitor import Visitor
from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import User
from voxpop.identities import asking
from voxpop.identities.models import MastodonHost

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

ANN = {
    "id": 4711,
    "handle": "ann",
    "name": "Ann Smith",
    "email": "ann@example.org",
    "verified": True,
}
# Who vouches for an address; the others' are proved by a code.
VOUCHING = {"google", "github", "apple", "discord"}


class Town:
    """All stand-ins behind one desk."""

    def __init__(self, folder: Any) -> None:
        kinds = [
            *(stand_ins.Google, stand_ins.GitHub, stand_ins.Facebook, stand_ins.X),
            *(stand_ins.Microsoft, stand_ins.Apple, stand_ins.Discord, stand_ins.Disqus),
            stand_ins.Liar,
        ]
        self.providers = {kind.name: kind() for kind in kinds}
        self.hosts = {name: stand_ins.Mastodon(name) for name in ("one.example", "two.example")}
        everybody = [*self.providers.values(), *self.hosts.values()]
        self.desk = Desk(folder, {k: v for each in everybody for k, v in each.hosts.items()})

    def __getitem__(self, name: str) -> Any:
        return self.hosts.get(name) or self.providers[name]


@pytest.fixture(scope="module")
def open_town(tmp_path_factory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"))
    with town.desk.open():
        yield town


@pytest.fixture
def town(open_town, settings, monkeypatch) -> Town:
    open_town.desk.stand_in(monkeypatch, settings)
    open_town.desk.asked.clear()
    settings.WAYS_IN = [each.way for each in open_town.providers.values()]
    settings.MASTODON = True
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LIMITS = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    asking.breaker_of.cache_clear()
    return open_town


PROVIDERS = [*("google", "github", "facebook", "x", "microsoft", "apple", "discord", "disqus")]
# What else than the name is kept: since when that has been somebody's.
KEPT_BESIDE = {"disqus": {"since"}}
EVERYBODY = [*PROVIDERS, "one.example"]


def leave(visitor: Visitor, name: str, **typed: str) -> str:
    if "." in name:
        return visitor.leave_for("mastodon", host=name, **typed)
    return visitor.leave_for(name, **typed)


def come_back(visitor: Visitor, name: str, back: str) -> Any:
    """As the provider has the browser do it: Apple by a form on its own page, with no cookie."""
    if name == "apple":
        posted = {key: values[0] for key, values in parse_qs(urlsplit(back).query).items()}
        posted["user"] = '{"name": {"firstName": "Ann", "lastName": "Smith"}}'
        headers = {"Origin": "https://appleid.apple.com", "Sec-Fetch-Site": "cross-site"}
        answer = Visitor().post(urlsplit(back).path, posted, headers=headers)
        assert answer.status_code == 303
        back = f"http://testserver{answer['Location']}"
    return visitor.come_back(back)


def visit(town: Town, name: str, who: dict[str, Any] = ANN, **typed: str) -> tuple[Visitor, Any]:
    visitor = Visitor()
    back = town[name].agree(leave(visitor, name, **typed), who)
    return visitor, come_back(visitor, name, back)


def join(town: Town, name: str, who: dict[str, Any] = ANN) -> tuple[Visitor, User]:
    visitor, page = visit(town, name, who)
    assert page.status_code == 200, page.content.decode()[-1500:]
    assert page.request["PATH_INFO"] == "/accounts/identities/new/", page.content.decode()[-900:]
    visitor.sign_up(name=page.context["form"]["name"].value(), email="ann@example.org")
    return visitor, SocialAccount.objects.get(provider=name).user


@pytest.mark.parametrize("name", EVERYBODY)
def test_signing_up_and_in(town, name):
    visitor, user = join(town, name)
    identity = SocialAccount.objects.get()
    assert (identity.provider, identity.uid) == (name, "4711")
    assert user.author.name == "Ann Smith"
    assert set(identity.extra_data) == {"name", "known_as"} | KEPT_BESIDE.get(name, set())
    assert not SocialToken.objects.exists()
    is_proved = EmailAddress.objects.get(user=user).verified
    assert is_proved == (name in VOUCHING)
    assert visitor.who == (str(user.id) if is_proved else None)
    EmailAddress.objects.update(verified=True)
    again, _ = visit(town, name)
    assert again.who == str(user.id)


@pytest.mark.parametrize("name", EVERYBODY)
def test_replayed_code(town, name):
    """Refused here for the state that is used up; by the provider for the code that is."""
    join(town, name)
    visitor = Visitor()
    back = town[name].agree(leave(visitor, name), ANN)
    come_back(visitor, name, back)
    thief = Visitor()
    own = parse_qs(urlsplit(leave(thief, name)).query)["state"][0]
    page = come_back(thief, name, with_query(back, state=own))
    assert page.status_code == 502
    assert b"did not vouch for you" in page.content
    assert thief.who is None


@pytest.mark.parametrize("name", [each for each in EVERYBODY if each not in {"apple", "disqus"}])
def test_stolen_code_that_nobody_has_used(town, name):
    """PKCE, which allauth has off for all but X."""
    join(town, name)
    back = town[name].agree(leave(Visitor(), name), ANN)
    thief = Visitor()
    own = parse_qs(urlsplit(leave(thief, name)).query)["state"][0]
    assert come_back(thief, name, with_query(back, state=own)).status_code == 502
    assert thief.who is None


def test_stolen_code_of_apple(town):
    """There the nonce does it."""
    join(town, "apple")
    back = town["apple"].agree(leave(Visitor(), "apple"), ANN)
    thief = Visitor()
    own = parse_qs(urlsplit(leave(thief, "apple")).query)["state"][0]
    assert come_back(thief, "apple", with_query(back, state=own)).status_code == 502
    assert thief.who is None


@pytest.mark.parametrize("name", EVERYBODY)
def test_swapped_state(town, name):
    back = town[name].agree(leave(Visitor(), name), ANN)
    victim = Visitor()
    leave(victim, name)
    assert come_back(victim, name, back).status_code == 400
    assert come_back(victim, name, with_query(back, state=None)).status_code == 400
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("name", EVERYBODY)
def test_mutable_id_as_key(town, name):
    """Whoever takes a name or an address that was somebody's does not take his account."""
    _, ann = join(town, name)
    EmailAddress.objects.update(verified=True)
    heir, _ = visit(town, name, {**ANN, "id": 4712})
    assert heir.who is None
    renamed, _ = visit(town, name, {**ANN, "handle": "anna", "name": "A", "email": "a@b.example"})
    assert renamed.who == str(ann.id)


@pytest.mark.parametrize("name", PROVIDERS)
def test_unverified_email_of_an_account(town, name):
    sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    visitor, page = visit(town, name, {**ANN, "verified": False})
    if name in VOUCHING or page.request["PATH_INFO"].endswith("/new/"):
        visitor.sign_up(name="Not Ann", email="ann@example.org")
    assert visitor.who is None
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("name", sorted(VOUCHING))
def test_two_accounts_with_one_email(town, name):
    sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    visitor, page = visit(town, name)
    assert b"has one already. Sign in to it" in page.content
    assert visitor.who is None
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("name", EVERYBODY)
def test_open_redirect_in_next(town, name):
    join(town, name)
    EmailAddress.objects.update(verified=True)
    visitor = Visitor()
    back = town[name].agree(leave(visitor, name, next="//evil.example/"), ANN)
    assert come_back(visitor, name, back).redirect_chain[-1][0] == "/home/"


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize(
    "told",
    [
        Told(200, {"access_token": "one\nthat breaks the header"}),
        Told(200, {"access_token": ["not", "text"]}),
        Told(200, ["not", "an", "object"]),
        Told(200, {}),
        Told(302, {}, {"Location": "https://evil.example/"}),
        Told(401, {"error": "no"}),
    ],
    ids=lambda told: f"{told.status} {str(told.body)[:20]}",
)
def test_an_answer_that_makes_no_sense_is_a_sentence(town, name, told, monkeypatch):
    visitor = Visitor()
    back = town[name].agree(leave(visitor, name), ANN)
    monkeypatch.setattr(type(town[name]), "token", lambda self, asked: told)
    rerouted = {host: lambda asked: told for host in town[name].hosts}
    monkeypatch.setattr(town.desk, "hosts", {**town.desk.hosts, **rerouted})
    assert come_back(visitor, name, back).status_code == 502


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_provider_that_fails_is_said_to_be_away(town, name, monkeypatch):
    visitor = Visitor()
    back = town[name].agree(leave(visitor, name), ANN)
    rerouted = {host: lambda asked: Told(503, {}) for host in town[name].hosts}
    monkeypatch.setattr(town.desk, "hosts", {**town.desk.hosts, **rerouted})
    page = come_back(visitor, name, back)
    assert page.status_code == 503
    assert b"does not answer" in page.content


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_secret_stands_in_an_address(town, name):
    join(town, name)
    for asked in town.desk.asked:
        assert stand_ins.SECRET not in str(asked.query)
        assert "code" not in asked.query


# -- ID tokens -----------------------------------------------------------------------------


STRANGERS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LIES: dict[str, dict[str, Any]] = {
    "mixed-up issuer": {"lies": {"iss": "https://evil.example"}},
    "another audience": {"lies": {"aud": "somebody else"}},
    "two audiences, made for the other": {
        "lies": {"aud": [stand_ins.CLIENT, "other"], "azp": "other"}
    },
    "an old one": {"lies": {"iat": 1, "exp": 1000}},
    "without end": {"lies": {"exp": None}},
    "nonce of another sign-in": {"lies": {"nonce": "of another sign-in"}},
    "no nonce": {"lies": {"nonce": None}},
    "no subject": {"lies": {"sub": None}},
    "a number for a subject": {"lies": {"sub": 4711}},
    "signed by a stranger": {"key": STRANGERS},
    "a key that is not published": {"header": {"kid": "k2"}},
    "not signed": {"key": "", "algorithm": "none"},
    "signed with what is public": {"key": "x" * 40, "algorithm": "HS256"},
    "signed with our secret": {"key": stand_ins.SECRET * 3, "algorithm": "HS256"},
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("name", ["google", "apple", "firm"])
@pytest.mark.parametrize("lie", LIES)
def test_an_id_token_that_lies(town, name, lie, monkeypatch):
    for part, value in LIES[lie].items():
        monkeypatch.setattr(town[name], part, value)
    visitor, page = visit(town, name)
    assert page.status_code == 502, lie
    assert not SocialAccount.objects.exists()
    assert "socialaccount_sociallogin" not in visitor.session


@pytest.mark.parametrize("name", ["google", "apple", "firm"])
def test_an_honest_id_token_is_believed(town, name):
    assert visit(town, name)[1].context["form"]["email"].value() == "ann@example.org"


def test_clocks_may_differ_by_half_a_minute(town, monkeypatch):
    import time

    monkeypatch.setattr(town["firm"], "lies", {"iat": int(time.time()) + 30})
    assert visit(town, "firm")[1].status_code == 200


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)//"},
        {"authorization_endpoint": "http://id.example.org/authorize"},
    ],
    ids=str,
)
def test_metadata_that_lies(town, metadata, monkeypatch):
    monkeypatch.setattr(town["firm"], "metadata", metadata)
    page = Visitor().post("/accounts/with/firm/")
    assert page.status_code == 502
    assert "alert(1)" not in page.content.decode()


def test_userinfo_of_somebody_else(town, monkeypatch):
    """allauth takes userinfo's `sub` for the person, and never looks at the token's."""
    monkeypatch.setattr(town["firm"], "lies", {"email": None})
    monkeypatch.setattr(town["firm"], "userinfo", {"sub": "4712", "email": "ann@example.org"})
    assert visit(town, "firm")[1].status_code == 502
    monkeypatch.setattr(town["firm"], "userinfo", {"sub": "4711", "email": "ann@example.org"})
    assert visit(town, "firm")[1].status_code == 200


def test_an_email_that_is_verified_by_the_word_false(town, monkeypatch):
    sign_up(email="ann@example.org", name="Ann", password="a rather long password")
    monkeypatch.setattr(town["firm"], "lies", {"email_verified": "false"})
    _, page = visit(town, "firm")
    assert page.request["PATH_INFO"] == "/accounts/identities/new/"


def test_two_providers_that_know_us_by_one_client_id(town, settings):
    """A pending sign-up says which provider it came from by our name for it."""
    firm = town["firm"].way
    settings.WAYS_IN = [firm, type(firm)(**{**vars(firm), "name": "club", "label": "Club"})]
    join(town, "firm")
    assert SocialAccount.objects.get().provider == "firm"


# -- Mastodon ------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["one.example", "@ann@one.example", "https://ONE.example/@ann"])
def test_a_host_is_asked_for_a_client_once(town, typed):
    for _ in range(2):
        Visitor().leave_for("mastodon", host=typed)
    registered = [each for each in town.desk.asked if each.path == "/api/v1/apps"]
    assert len(registered) == 1
    assert MastodonHost.objects.get().host == "one.example"


def test_a_host_that_has_forgotten_us_gets_to_know_us_again(town):
    Visitor().leave_for("mastodon", host="one.example")
    town["one.example"].clients.clear()
    MastodonHost.objects.update(confirmed="2020-01-01T00:00:00Z")
    _, page = visit(town, "one.example")
    assert page.status_code == 200


def test_one_host_s_answer_for_another_s(town):
    """Mix-up: two hosts, and the code of one is brought to where the other's is awaited."""
    visitor = Visitor()
    back = town["one.example"].agree(leave(visitor, "one.example"), ANN)
    leave(visitor, "two.example")
    moved = back.replace("/with/one.example/", "/with/two.example/")
    assert visitor.come_back(moved).status_code == 400
    assert not any(each.path == "/oauth/token" for each in town.desk.asked)


def test_the_same_number_on_another_host_is_somebody_else(town):
    join(town, "one.example")
    EmailAddress.objects.update(verified=True)
    other, _ = visit(town, "two.example")
    assert other.who is None


@pytest.mark.parametrize(
    "typed",
    ["", "localhost", "127.0.0.1", "[::1]", "one.example:8080", "a b.example", "x" * 120, "one"],
)
def test_what_is_no_host_is_not_asked(town, typed):
    page = Visitor().post("/accounts/with/mastodon/", {"host": typed})
    assert page.status_code == 400
    assert b"Write a server such as" in page.content
    assert town.desk.asked == []


def test_a_host_inside_our_network_is_not_dialled(town, settings):
    """SSRF: whose name leads here is public for nobody but the tests."""
    settings.FETCH_PRIVATE = False
    page = Visitor().post("/accounts/with/mastodon/", {"host": "one.example"})
    assert page.status_code == 503
    assert town.desk.asked == []


def test_which_hosts_are_known_cannot_be_asked(town):
    Visitor().leave_for("mastodon", host="one.example")
    for path in ("/accounts/with/{}/", "/accounts/with/{}/back/?state=x&code=y"):
        known, unknown = (Visitor().get(path.format(h)) for h in ("one.example", "two.example"))
        assert known.status_code == unknown.status_code
        assert known.content == unknown.content.replace(b"two.example", b"one.example")


def with_query(address: str, **changed: str | None) -> str:
    """The address with other parameters; None takes one away."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()
