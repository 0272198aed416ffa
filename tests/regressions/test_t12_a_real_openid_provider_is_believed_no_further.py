"""SAFETY T12, R34: signing in through a real OpenID Connect provider, and what went wrong with that
elsewhere, each by the name of the flaw. The provider is the certified `oidc-provider`, a process.
"""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from tests.providers.openid import OpenID, running_openid
from tests.providers.visitor import BACK, Visitor
from voxpop import outbound
from voxpop.accounts import views
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import Author, User
from voxpop.identities import asking

pytestmark = [pytest.mark.django_db, pytest.mark.server]

PASSWORD = "a rather long password"


@pytest.fixture(scope="module")
def firm() -> Iterator[OpenID]:
    with running_openid("firm", "http://testserver") as running:
        yield running


@pytest.fixture(scope="module")
def club() -> Iterator[OpenID]:
    with running_openid("club", "http://testserver") as running:
        yield running


@pytest.fixture(autouse=True)
def configured(firm, club, settings, monkeypatch):
    settings.WAYS_IN = [firm.way, club.way]
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LIMITS = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    monkeypatch.setattr(views, "EVEN_SECONDS", 0.001)
    asking.breaker_of.cache_clear()


def visit(provider: OpenID, who: str, visitor: Visitor | None = None, **typed: str):
    """To the provider and back as `who`: the visitor, and the page where he ends."""
    visitor = visitor or Visitor()
    back = provider.say_yes(visitor.leave_for(provider.name, **typed), who, BACK)
    return visitor, visitor.come_back(back)


def join(provider: OpenID, who: str, **typed: str) -> tuple[Visitor, User]:
    """A new account from there."""
    visitor, page = visit(provider, who)
    form = page.context["form"]
    visitor.sign_up(**{"name": form["name"].value(), "email": form["email"].value(), **typed})
    user = SocialAccount.objects.get(provider=provider.name).user
    return visitor, user


def test_signing_up_and_in(firm):
    visitor, user = join(firm, "ann")
    assert visitor.who == str(user.id)
    assert (user.email, user.author.name) == ("ann@example.org", "Ann Smith")
    assert EmailAddress.objects.get(user=user).verified
    again, _ = visit(firm, "ann")
    assert again.who == str(user.id)
    assert User.objects.count() == 1


def test_what_is_kept_of_an_identity_is_its_number_and_its_name(firm):
    _, user = join(firm, "ann")
    identity = SocialAccount.objects.get(user=user)
    assert (identity.provider, identity.uid) == ("firm", "ann")
    assert identity.extra_data == {"name": "Ann Smith", "known_as": "Ann Smith"}


def test_one_leaves_with_state_pkce_nonce_and_the_exact_address_to_come_back_to(firm):
    asked = parse_qs(urlsplit(Visitor().leave_for("firm")).query)
    assert asked["redirect_uri"] == ["http://testserver/accounts/with/firm/back/"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 16 for name in ("state", "nonce", "code_challenge"))


def test_replayed_code(firm):
    """The same answer once more, by himself and by somebody who overheard it."""
    visitor = Visitor()
    back = firm.say_yes(visitor.leave_for("firm"), "ann", BACK)
    assert visitor.come_back(back).context["form"]
    assert visitor.come_back(back).status_code == 400
    thief = Visitor()
    assert thief.come_back(back).status_code == 400
    # With a state of his own: the provider has seen the code, and it was for another verifier.
    own = parse_qs(urlsplit(thief.leave_for("firm")).query)["state"][0]
    assert thief.come_back(with_query(back, state=own)).status_code == 502
    assert thief.who is None


def test_stolen_code_that_nobody_has_used(firm):
    """Injected into a sign-in of the thief's: PKCE ties it to the browser that asked for it."""
    back = firm.say_yes(Visitor().leave_for("firm"), "ann", BACK)
    thief = Visitor()
    own = parse_qs(urlsplit(thief.leave_for("firm")).query)["state"][0]
    assert thief.come_back(with_query(back, state=own)).status_code == 502
    assert not SocialAccount.objects.exists()


def test_swapped_state(firm):
    """Login CSRF: an attacker's answer, brought to somebody else's browser."""
    back = firm.say_yes(Visitor().leave_for("firm"), "ann", BACK)
    victim = Visitor()
    victim.leave_for("firm")
    page = victim.come_back(back)
    assert page.status_code == 400
    assert b"Begin once more" in page.content
    assert victim.who is None


@pytest.mark.parametrize("state", ["", "x", None])
def test_missing_state(firm, state):
    """allauth before 65.16.1 had three providers without one."""
    visitor = Visitor()
    back = firm.say_yes(visitor.leave_for("firm"), "ann", BACK)
    assert visitor.come_back(with_query(back, state=state)).status_code == 400


def test_state_of_another_provider(firm, club):
    """Mix-up: an answer of one provider, brought to where another's is awaited."""
    visitor = Visitor()
    back = firm.say_yes(visitor.leave_for("firm"), "ann", BACK)
    visitor.leave_for("club")
    assert visitor.come_back(back.replace("/with/firm/", "/with/club/")).status_code == 400


def test_mixed_up_issuer(firm, club):
    """An answer that names another issuer than the one that was asked, or none (RFC 9207)."""
    for wrong in (club.issuer, "", None, firm.issuer + "/"):
        visitor = Visitor()
        back = firm.say_yes(visitor.leave_for("firm"), "ann", BACK)
        assert visitor.come_back(with_query(back, iss=wrong)).status_code == 502, wrong
    assert not SocialAccount.objects.exists()


def test_an_issuer_that_is_not_the_one_that_was_configured(firm, settings):
    """The metadata of one issuer, served where another's should be."""
    honest = firm.way
    other = {"server_url": firm.issuer.replace("127.0.0.1", "localhost")}
    settings.WAYS_IN = [type(honest)(**{**vars(honest), "settings": other})]
    page = Visitor().post("/accounts/with/firm/")
    assert page.status_code == 502
    assert b"did not vouch for you" in page.content


def test_unverified_email(firm, mailoutbox):
    """It is proposed, and proved by a code like any that is typed; until then nobody is in."""
    visitor, page = visit(firm, "bob")
    assert page.context["form"]["email"].value() == "bob@example.org"
    visitor.sign_up(name="Bob", email="bob@example.org")
    assert visitor.who is None
    assert not EmailAddress.objects.get(email="bob@example.org").verified
    assert mailoutbox[0].to == ["bob@example.org"]


def test_unverified_email_of_an_account(firm, mailoutbox):
    """Neither is it linked to that account, nor is anything told of it (T24)."""
    bob = sign_up(email="bob@example.org", name="Bob", password=PASSWORD)
    visitor, page = visit(firm, "bob")
    assert page.context["form"]
    page = visitor.sign_up(name="Robert", email="bob@example.org")
    assert visitor.who is None
    assert b"have an account here" not in page.content
    assert not SocialAccount.objects.exists()
    assert Author.objects.count() == 1
    # Its owner is told by mail; the page reads as it does for an address that is new.
    assert mailoutbox[0].to == [bob.email]
    stranger, _ = visit(firm, "carol")
    new = stranger.sign_up(name="Robert", email="carol@example.org")
    assert new.request["PATH_INFO"] == page.request["PATH_INFO"]


def test_a_verified_address_is_not_lent_to_another_that_is_typed(firm):
    visitor, _ = visit(firm, "ann")
    visitor.sign_up(name="Ann", email="boss@example.org")
    assert visitor.who is None
    assert not EmailAddress.objects.get().verified
    assert not EmailAddress.objects.filter(email="ann@example.org").exists()


def test_two_accounts_with_one_email(firm):
    """A proven address that has an account: a sentence says what to do, and doing it links them."""
    ann = sign_up(email="ann@example.org", name="Ann", password=PASSWORD)
    visitor, page = visit(firm, "ann", next="/home/votes/")
    assert page.request["PATH_INFO"] == "/accounts/identities/link/"
    assert "ann@example.org</strong> has one already. Sign in to it" in page.content.decode()
    assert visitor.who is None
    assert not SocialAccount.objects.exists()

    there = "/accounts/identities/link/"
    typed = {"login": ann.email, "password": PASSWORD, "next": there}
    page = visitor.post("/accounts/login/", typed, follow=True)
    assert page.request["PATH_INFO"] == there
    assert not SocialAccount.objects.exists()
    linked = visitor.post(there)
    assert linked["Location"] == "/home/votes/"
    assert SocialAccount.objects.get().user == ann
    again, _ = visit(firm, "ann")
    assert again.who == str(ann.id)


def test_two_identities_with_one_email(firm):
    """Who has proved the same address elsewhere is not let into what its first owner made."""
    _, ann = join(firm, "ann")
    twin, page = visit(firm, "twin")
    assert twin.who is None
    assert page.request["PATH_INFO"] == "/accounts/identities/link/"
    assert twin.post("/accounts/identities/link/").status_code == 200
    assert SocialAccount.objects.get().user == ann


def test_mutable_id_as_key(firm):
    """CVE-2025-65431: whoever has taken another name and address is still himself."""
    _, ann = join(firm, "ann")
    firm.tell("ann", "Anna Jones", "anna@example.net")
    try:
        renamed, _ = visit(firm, "ann")
    finally:
        firm.tell("ann", "Ann Smith", "ann@example.org")
    assert renamed.who == str(ann.id)
    assert SocialAccount.objects.get().extra_data["name"] == "Anna Jones"
    ann.refresh_from_db()
    assert ann.email == "ann@example.org"


def test_the_same_number_elsewhere_is_somebody_else(firm, club):
    _, ann = join(firm, "ann")
    other, _ = visit(club, "ann")
    assert other.who != str(ann.id)


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_open_redirect_in_next(firm, there):
    join(firm, "ann")
    visitor = Visitor()
    back = firm.say_yes(visitor.leave_for("firm", next=there), "ann", BACK)
    answer = visitor.get(back.removeprefix("http://testserver"))
    assert (answer.status_code, answer["Location"]) == (302, "/home/")


def test_signing_in_leads_back_to_where_one_was(firm):
    join(firm, "ann")
    visitor = Visitor()
    back = firm.say_yes(visitor.leave_for("firm", next="/home/votes/"), "ann", BACK)
    assert visitor.get(back.removeprefix("http://testserver"))["Location"] == "/home/votes/"


def test_a_link_begins_nothing(firm):
    """Login CSRF by a picture's address: only a button leads away, and only with our token."""
    visitor = Visitor()
    page = visitor.get("/accounts/with/firm/?connect&next=/home/")
    assert "http-equiv" not in page.content.decode()
    assert "socialaccount_states" not in visitor.session


def test_a_closed_account_is_not_opened_from_elsewhere(firm):
    _, ann = join(firm, "ann")
    User.objects.filter(id=ann.id).update(is_active=False)
    visitor, _ = visit(firm, "ann")
    assert visitor.who is None


def test_a_provider_that_hangs_is_left_alone_and_said_to_be_so(firm, monkeypatch):
    asked = []

    def hang(*_args, **_named):
        asked.append(1)
        raise outbound.Unreachable("did not answer in time")

    monkeypatch.setattr(asking, "send", hang)
    for _ in range(3):
        page = Visitor().post("/accounts/with/firm/")
        assert page.status_code == 503
        assert b"Firm does not answer" in page.content
    assert len(asked) == 1


def test_cancelled(firm):
    visitor = Visitor()
    state = parse_qs(urlsplit(visitor.leave_for("firm")).query)["state"][0]
    page = visitor.get("/accounts/with/firm/back/", {"error": "access_denied", "state": state})
    assert page.status_code == 200
    assert b"Nothing has changed" in page.content


def with_query(address: str, **changed: str | None) -> str:
    """The address with other parameters; None takes one away."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()
