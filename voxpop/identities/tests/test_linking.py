"""Linking and unlinking: by the account's owner, and never the last way in."""

import threading
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings as configured
from django.db import connection

from tests.providers.visitor import Visitor
from voxpop.accounts.actions import sign_up
from voxpop.accounts.models import User
from voxpop.errors import Problem
from voxpop.identities.actions import link, unlink
from voxpop.identities.adapter import PENDING
from voxpop.settings.ways import Way

pytestmark = pytest.mark.django_db
PAGE = "/accounts/identities/"
PASSWORD = "a rather long password"


@pytest.fixture(autouse=True)
def github(settings):
    settings.WAYS_IN = [Way("github", "github", "GitHub", "id", "secret")]
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = False
    settings.ACCOUNT_RATE_LIMITS = False
    settings.LIMITS = False


@pytest.fixture
def ann() -> User:
    return sign_up(email="ann@example.org", name="Ann", password=PASSWORD)


def without_password(user: User) -> User:
    user.set_unusable_password()
    user.save()
    return user


def identity(user: User, uid: str = "1", provider: str = "github") -> SocialAccount:
    known = {"known_as": "ann-smith"}
    return SocialAccount.objects.create(user=user, provider=provider, uid=uid, extra_data=known)


def coming(uid: str = "1") -> SocialLogin:
    """What a provider has just vouched for."""
    from voxpop.identities.adapter import IdentityAdapter

    (app,) = IdentityAdapter().list_apps(None, provider="github")
    account = SocialAccount(provider="github", uid=uid, extra_data={"known_as": "ann-smith"})
    return SocialLogin(user=User(), account=account, provider=app.get_provider(None))


def signed_in(user: User) -> Visitor:
    visitor = Visitor()
    visitor.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[0])
    return visitor


def test_the_last_way_in_stays(ann):
    only = identity(without_password(ann))
    with pytest.raises(Problem, match="only way into your account"):
        unlink(user=ann, identity=only.pk)
    visitor = signed_in(ann)
    assert b"The only way in" in visitor.get(PAGE).content
    visitor.post(PAGE, {"identity": only.pk})
    assert SocialAccount.objects.count() == 1


def test_with_a_password_or_another_identity_it_goes(ann):
    one, two = identity(ann), identity(ann, "2")
    unlink(user=without_password(ann), identity=one.pk)
    assert list(SocialAccount.objects.all()) == [two]
    ann.set_password(PASSWORD)
    ann.save()
    unlink(user=ann, identity=two.pk)
    assert not SocialAccount.objects.exists()


def test_a_code_by_mail_is_a_way_in_where_mail_is_sent_to_a_proven_address(ann, settings):
    only = identity(without_password(ann))
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.update(verified=False)
    with pytest.raises(Problem):
        unlink(user=ann, identity=only.pk)
    EmailAddress.objects.update(verified=True)
    unlink(user=ann, identity=only.pk)
    assert not SocialAccount.objects.exists()


def test_another_s_identity_is_not_unlinked(ann):
    bob = sign_up(email="bob@example.org", name="Bob", password=PASSWORD)
    his = identity(bob)
    unlink(user=ann, identity=his.pk)
    assert SocialAccount.objects.get() == his


def test_linking_twice_is_linking_once(ann):
    assert link(user=ann, login=coming())
    assert not link(user=ann, login=coming())
    assert SocialAccount.objects.get().user == ann


def test_an_identity_of_another_account_is_not_taken_over(ann):
    bob = sign_up(email="bob@example.org", name="Bob", password=PASSWORD)
    identity(bob)
    with pytest.raises(Problem, match="already opens another account"):
        link(user=ann, login=coming())
    assert SocialAccount.objects.get().user == bob


def test_the_page_is_his_who_has_proved_it_a_moment_ago(ann, mailoutbox):
    """A session that somebody left open neither shows nor links nor unlinks."""
    mine = identity(ann)
    visitor = signed_in(ann)
    assert visitor.get(PAGE)["Location"].startswith("/accounts/reauthenticate/")
    answer = visitor.post("/accounts/with/github/", {"process": "connect"})
    assert answer["Location"] == PAGE
    answer = visitor.post(PAGE, {"identity": mine.pk})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.exists()
    # With the password what he pressed is done, and he is told of it by mail.
    visitor.post(answer["Location"], {"password": PASSWORD})
    assert not SocialAccount.objects.exists()
    (letter,) = mailoutbox
    assert letter.to == ["ann@example.org"]
    assert "GitHub" in letter.body


def test_who_is_not_signed_in_begins_no_linking():
    answer = Visitor().post("/accounts/with/github/", {"process": "connect"})
    assert answer["Location"] == PAGE


def test_a_waiting_identity_is_linked_to_a_proven_account_only(ann, mailoutbox):
    """A session from before the identity came proves nothing."""
    visitor = signed_in(ann)
    session = visitor.session
    session[PENDING] = {"login": coming().serialize(), "at": time.time()}
    session.save()
    there = "/accounts/identities/link/"
    assert visitor.post(there)["Location"].startswith("/accounts/reauthenticate/")
    assert not SocialAccount.objects.exists()
    visitor.post(f"/accounts/reauthenticate/?next={there}", {"password": PASSWORD})
    visitor.post(there)
    assert SocialAccount.objects.get().user == ann
    assert "GitHub" in mailoutbox[-1].body


def test_an_identity_does_not_wait_for_ever(ann):
    visitor = Visitor()
    session = visitor.session
    session[PENDING] = {"login": coming().serialize(), "at": time.time() - 601}
    session.save()
    assert visitor.get("/accounts/identities/link/")["Location"] == "/accounts/login/"


def test_an_identity_of_a_provider_that_is_no_longer_offered_is_shown(ann, settings):
    identity(ann)
    settings.WAYS_IN = []
    visitor = signed_in(without_password(ann))
    page = visitor.get(PAGE)
    assert page.status_code == 200
    assert b"github" in page.content


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tabs_do_not_unlink_the_last_two(ann):
    """Each would take the other's for the way that is left. SQLite lets one write at a time."""
    rows = [identity(without_password(ann), uid) for uid in ("1", "2")]
    refused = []

    def let_go(pk: int) -> None:
        try:
            unlink(user=ann, identity=pk)
        except Problem as problem:
            refused.append(problem)
        finally:
            connection.close()

    tabs = [threading.Thread(target=let_go, args=[row.pk]) for row in rows]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert (SocialAccount.objects.count(), len(refused)) == (1, 1)
