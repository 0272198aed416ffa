"""An account is closed: nobody acts as him, no page shows him; taken back it is as before."""

import json

import pytest
from django.conf import settings as product
from django.test import Client

from voxpop import ledger
from voxpop.accounts.models import Author, User
from voxpop.cli import main
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.profiles.closing import close_account, reopen_account, replay_account
from voxpop.profiles.models import Closing
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings, tmp_path) -> Cast:
    settings.LIMITS = False
    settings.LEDGER = tmp_path / "ledger"
    cast = Cast()
    change_profile(cast.ann.author, Wanted("ann-reader", is_public=True))
    cast.hers = cast.comment("I was here.")
    drain_outbox()
    return cast


def ann(cast: Cast) -> User:
    return User.objects.get(author=cast.ann.author)


def shown(cast: Cast) -> dict:
    return Client().get(f"/api/v1/comments/{cast.hers.public_id}").json()["author"]


def noted() -> list[bool]:
    lines = ledger.newest_states([product.LEDGER])
    return [line["is_open"] for line in lines if line["kind"] == "account"]


def test_closed_nobody_acts_as_her_and_no_page_leads_to_her(cast):
    browser = Client()
    browser.force_login(ann(cast), backend=product.AUTHENTICATION_BACKENDS[0])
    assert Client().get("/u/ann-reader/").status_code == 200
    close_account(user=ann(cast), reason="Sold.")
    drain_outbox()
    assert cast.ann.post(cast.forum, "Still here?").status_code == 401
    assert browser.get("/home/").status_code == 302
    assert Client().get("/u/ann-reader/").status_code == 404
    page = Client().get(f"/t/{cast.hers.thread.public_id}/").content.decode()
    assert "I was here." in page
    assert "/u/ann-reader/" not in page
    assert noted() == [False]


@pytest.mark.broad
def test_closed_she_cannot_sign_in(cast):
    user = ann(cast)
    user.set_password("correct horse battery")
    user.save()
    close_account(user=user)
    browser = Client(headers={"Origin": product.HOST})
    browser.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    assert "_auth_user_id" not in browser.session


def test_reopened_it_is_as_before_but_for_the_sign_ins(cast):
    before = shown(cast)
    close_account(user=ann(cast))
    reopen_account(user=ann(cast))
    drain_outbox()
    assert Client().get("/u/ann-reader/").status_code == 200
    assert shown(cast) == before
    assert cast.ann.post(cast.forum, "By an old token.").status_code == 401
    closing = Closing.objects.get()
    assert closing.reopened is not None
    assert noted() == [True]


def test_twice_is_refused_and_so_is_what_was_not_closed(cast):
    with pytest.raises(Problem):
        reopen_account(user=ann(cast))
    close_account(user=ann(cast))
    with pytest.raises(Problem):
        close_account(user=ann(cast))


def test_an_operator_is_not_closed(cast):
    User.objects.filter(id=ann(cast).id).update(is_operator=True)
    with pytest.raises(Problem, match="operator"):
        close_account(user=ann(cast))
    assert ann(cast).is_active


def test_a_backup_opens_nobodys_account_again(cast):
    close_account(user=ann(cast))
    drain_outbox()
    (line,) = [x for x in ledger.newest_states([product.LEDGER]) if x["kind"] == "account"]
    # The database is that of before.
    Closing.objects.all().delete()
    User.objects.filter(id=ann(cast).id).update(is_active=True)
    Author.objects.filter(id=cast.ann.author.id).update(is_active=True, handle="ann-reader")
    assert replay_account(line)
    assert not ann(cast).is_active
    assert not replay_account(line)


@pytest.mark.broad
@pytest.mark.parametrize("named", ["address", "@Ann-Reader"])
def test_by_a_command(cast, named, capsys):
    who = ann(cast).email if named == "address" else named
    for act, state in (("close", False), ("reopen", True)):
        with pytest.raises(SystemExit) as ended:
            main(["account", act, who, "--json"])
        assert ended.value.code == 0
        assert ann(cast).is_active == state
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["account"] == who
    with pytest.raises(SystemExit) as ended:
        main(["account", "close", "nobody@x.test"])
    assert ended.value.code == 1
