"""An owner wipes what somebody has in his forum, or all of it; elsewhere nothing changes."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.test import Client

from voxpop import ledger
from voxpop.accounts.models import Author
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Decision, Verb
from voxpop.privacy.tests.test_erase import CANARY, Full, everything
from voxpop.privacy.wipe import (
    replay_wiped_author,
    replay_wiped_forum,
    wipe_author,
    wipe_forum,
)
from voxpop.threads import actions
from voxpop.threads.models import Comment, Flag, Thread, Vote
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def apart(settings: Any, tmp_path: Path) -> None:
    settings.LEDGER = tmp_path / "ledger"
    settings.DATA = tmp_path


def drained() -> None:
    while drain_outbox():
        pass


@pytest.mark.broad
def test_an_account_loses_what_it_has_here_and_nothing_elsewhere():
    full, other = Full(), Cast("elsewhere")
    zoe, owner = full.zoe.author, full.owner.author.user
    there = other.comment(f"{CANARY} elsewhere", author=zoe)
    decision = wipe_author(forum=full.forum, author=zoe, by=owner)
    drained()
    assert not Comment.objects.filter(author=zoe, forum=full.forum).exists()
    assert not Comment.objects.filter(forum=full.forum, source__contains=CANARY).exists()
    assert not Vote.objects.filter(author=zoe).exists()
    assert not Flag.objects.filter(author=zoe).exists()
    assert Comment.objects.get(id=there.id).source == f"{CANARY} elsewhere"
    assert Author.objects.get(id=zoe.id).name == zoe.name
    page = Client().get(f"/t/{full.thread.public_id}/").content.decode()
    assert "An answer of Ann" in page
    assert CANARY not in page
    with pytest.raises(Problem):
        moderation.undo(decision=decision, by=owner)
    # A restore says it again; here there is nothing left to do.
    (line,) = [x for x in ledger.newest_states([product.LEDGER]) if x["kind"] == "wiped_author"]
    assert not replay_wiped_author(line)


def test_a_guest_is_erased():
    cast = Cast()
    guest = cast.guest(f"Gus {CANARY}").author
    cast.comment(f"{CANARY} as a guest", author=guest)
    wipe_author(forum=cast.forum, author=guest, by=cast.owner.author.user)
    drained()
    assert [label for label, rows in everything().items() if CANARY in rows] == []


@pytest.mark.broad
def test_a_whole_forum_goes_and_begins_anew():
    cast, other = Cast(), Cast("elsewhere")
    top = cast.comment(f"{CANARY} top")
    for depth in range(3):
        top = cast.comment(f"{CANARY} {depth}", parent=top, author=cast.guest(f"G{depth}").author)
    actions.vote(comment=top, author=cast.bob.author, value=1)
    elsewhere = other.comment("Stays.")
    drained()
    wipe_forum(forum=cast.forum, by=cast.owner.author.user, reason="It is over.")
    drained()
    assert [x for x, rows in everything().items() if CANARY in rows] == []
    assert not Thread.objects.filter(forum=cast.forum).exists()
    assert not Author.objects.filter(forum=cast.forum).exists()
    assert Comment.objects.get() == elsewhere
    (decision,) = Decision.objects.filter(forum=cast.forum)
    assert (decision.verb, decision.reason) == (Verb.WIPE_FORUM, "It is over.")
    (line,) = [x for x in ledger.newest_states([product.LEDGER]) if x["kind"] == "wiped_forum"]
    new = cast.comment("It begins anew.")
    assert not replay_wiped_forum(line)
    assert Comment.objects.filter(id=new.id).exists()


def test_only_an_owner_and_only_what_is_there():
    cast, other = Cast(), Cast("elsewhere")
    for by in (cast.ann.author.user, other.owner.author.user):
        with pytest.raises(Problem):
            wipe_forum(forum=cast.forum, by=by)
    with pytest.raises(Problem):
        wipe_author(forum=cast.forum, author=other.ann.author, by=cast.owner.author.user)


def test_it_is_confirmed_by_the_forums_name():
    cast = Cast()
    comment = cast.comment("Here.")
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(cast.owner.author.user, backend=product.AUTHENTICATION_BACKENDS[0])
    path = f"/home/forums/{cast.forum.shortname}/wipe/"
    about = f"{path}?author={cast.ann.author.public_id}"
    assert "Ann Reader" in client.get(about).content.decode()
    assert client.post(path, {"sure": "no"}).status_code == 400
    assert client.post(about, {"sure": cast.forum.shortname}).status_code == 302
    drained()
    assert Comment.objects.get(id=comment.id).source == ""
    assert client.get(about).status_code == 404
    assert client.post(path, {"sure": cast.forum.shortname}).status_code == 302
    drained()
    assert not Comment.objects.filter(id=comment.id).exists()
