"""Whoever is erased is in no row any more; what others said stays in its place."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as product
from django.contrib.sessions.models import Session
from django.db import models
from django.test import Client
from django.utils import timezone

from voxpop import ids, ledger
from voxpop.accounts.actions import become_guest, make_sign_in_link
from voxpop.accounts.models import Author, Persona, User
from voxpop.accounts.names import DELETED, check_name
from voxpop.claims.become import become
from voxpop.claims.belongings import BELONGINGS
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.forums.models import Membership, Role
from voxpop.mails.models import Mail
from voxpop.mails.posting import unseal
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Decision, Verb
from voxpop.notices.models import Kind, Notice, PersonalNotice
from voxpop.notices.telling import inbox_of, tell_people
from voxpop.people import actions as people
from voxpop.privacy.asking import (
    ask_for_erasure,
    call_off,
    erase_those_who_are_due,
    standing_erasure,
)
from voxpop.privacy.erase import erase
from voxpop.privacy.kept import Fate
from voxpop.privacy.models import Erasure
from voxpop.privacy.remembered import replay_erasure
from voxpop.privacy.table import TABLE
from voxpop.profiles.actions import Wanted, change_persona, change_profile
from voxpop.profiles.handles import clean_handle, take_handle
from voxpop.screening.models import Ban
from voxpop.threads import actions
from voxpop.threads.events import CommentPublished
from voxpop.threads.models import Comment, PendingTally, Status, ThreadEvent, Vote
from voxpop.threads.tests.cast import Cast
from voxpop.timelines.chosen import timelines
from voxpop.timelines.contract import Entry
from voxpop.timelines.feed import feed_of

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
# In every text, name and address of hers, and nowhere else.
CANARY = "zanthoxylum"


@pytest.fixture(autouse=True)
def apart(settings: Any, tmp_path: Path) -> None:
    settings.LEDGER = tmp_path / "ledger"
    settings.DATA = tmp_path


class Full(Cast):
    """Somebody with something of everything: comments in all states, votes, notices, a role."""

    def __init__(self) -> None:
        super().__init__()
        self.zoe = self.user(f"Zoe {CANARY}", f"{CANARY}@zoe.test")
        zoe, ann = self.zoe.author, self.ann.author
        self.hers = self.comment(f"I say {CANARY}.", author=zoe, address="198.51.100.0/24")
        self.answer = self.comment("An answer of Ann's.", parent=self.hers)
        self.below = self.comment(f"{CANARY} again", author=zoe, parent=self.answer)
        self.alone = self.comment(f"{CANARY} alone", author=zoe)
        self.thread = self.hers.thread
        edited = actions.edit_comment(
            comment=self.alone, author=zoe, source=f"{CANARY} edited", revision=1
        )
        assert edited.number == 2
        self.rude = self.comment(f"rude {CANARY}", author=zoe)
        by = self.owner.author.user
        moderation.decide(comment=self.rude, verb=Verb.REJECT, by=by, reason=f"said {CANARY}")
        self.banned = moderation.ban_author(
            forum=self.forum, author=zoe, by=by, covers_network=True, reason=f"{CANARY} it is"
        )
        actions.vote(comment=self.answer, author=zoe, value=1)
        actions.fold_votes()
        actions.flag_comment(comment=self.answer, author=zoe, reason="abuse")
        people.follow(author=zoe, person=ann)
        people.follow(author=ann, person=zoe)
        people.watch(author=zoe, thread=self.thread)
        people.mute(author=self.bob.author, person=zoe)
        Membership.objects.create(forum=self.forum, user=zoe.user, role=Role.MODERATOR)
        for comment in (self.hers, self.answer):
            tell_people(CommentPublished("", "", 0, comment.id))
        PersonalNotice.objects.create(to=ann, kind=Kind.FOLLOW, person=zoe)
        wanted = Wanted(handle=CANARY, is_public=True, about=f"about {CANARY}")
        change_profile(zoe, wanted)
        change_persona(zoe, self.forum, name=f"Other {CANARY}", is_shown=False)
        make_sign_in_link(user=zoe.user)
        self.browser = Client()
        self.browser.force_login(zoe.user, backend=product.AUTHENTICATION_BACKENDS[0])
        answered = self.zoe.send("PUT", f"/comments/{self.answer.public_id}/vote", {"value": 1})
        assert answered.status_code < 300
        posted = self.zoe.post(self.forum, f"{CANARY} over HTTP")
        assert posted.status_code == 403  # banned; what was answered is kept all the same


@pytest.fixture
def full() -> Full:
    return Full()


def everything() -> dict[str, str]:
    """Every row of every table, as text."""
    return {
        model._meta.label: str(
            [
                {
                    name: bytes(value).decode("utf-8", "replace")
                    if isinstance(value, bytes | memoryview)
                    else value
                    for name, value in row.items()
                }
                for row in model._default_manager.values()
            ]
        )
        for model in apps.get_models(include_auto_created=True)
    }


def tables_that_know(*words: str) -> list[str]:
    """Once what follows has followed: a purge names a profile's address until then."""
    while drain_outbox():
        pass
    return [label for label, rows in everything().items() if any(word in rows for word in words)]


@pytest.mark.parametrize("keeps_text", [True, False])
def test_no_table_knows_her_any_more(full: Full, keeps_text: bool):
    zoe, user = full.zoe.author, full.zoe.author.user
    assert len([label for label, rows in everything().items() if CANARY in rows]) >= 9
    erase(zoe, keeps_text=keeps_text)
    kept = {"threads.Comment"} if keeps_text else set()
    assert set(tables_that_know(CANARY)) == kept
    assert tables_that_know(str(user.pk)) == []
    assert not Session.objects.exists()
    gone = [each for each in BELONGINGS if TABLE[each.table].fate_of(each.field) != Fate.STAYS]
    for each in gone:
        who = user.pk if each.is_of_user else zoe.pk
        assert not each.model._default_manager.filter(**{each.field: who}).exists(), str(each)


@pytest.mark.parametrize("keeps_text", [True, False])
def test_whom_she_claimed_and_merged_is_erased_with_her(full: Full, keeps_text: bool):
    """Also what is on its way to her still, and in a backup from before they became one."""
    zoe = full.zoe.author
    second = full.user(f"Second {CANARY}", f"second-{CANARY}@zoe.test").author
    guest, _ = become_guest(
        forum=full.forum, name=f"Guest {CANARY}", email=f"guest-{CANARY}@zoe.test"
    )
    archived = Author.objects.create(
        kind="imported", name=f"Old {CANARY}", forum=full.forum, imported_key=f"disqus:{CANARY}"
    )
    others = [second, guest, archived]
    late = [full.comment(f"{CANARY} late", author=each) for each in others]
    become(guest, second)
    become(second, zoe)
    become(archived, zoe)
    erase(zoe, keeps_text=keeps_text)
    assert not User.objects.filter(author__in=others).exists()
    names = Author.objects.filter(id__in=[each.id for each in others])
    assert set(names.values_list("name", "email", "became")) == {(DELETED, "", None)}
    assert {line["subject"] for line in ledger.newest_states([product.LEDGER])} >= {
        each.public_id for each in others
    }
    kept = {"threads.Comment"} if keeps_text else set()
    assert set(tables_that_know(CANARY)) == kept
    shown = {Comment.objects.get(id=each.id).author.name for each in late}
    assert shown == {DELETED}


def test_with_her_texts_gone_the_answers_keep_their_place(full: Full):
    erase(full.zoe.author, keeps_text=False)
    hers, below, alone = (
        Comment.objects.get(id=each.id) for each in (full.hers, full.below, full.alone)
    )
    assert (hers.status, hers.is_shown, hers.replies) == (Status.DELETED, True, 1)
    assert (below.is_shown, alone.is_shown) == (False, False)
    assert {each.source + each.html for each in (hers, below, alone)} == {""}
    page = Client().get(f"/t/{full.thread.public_id}/").content.decode()
    assert "An answer of Ann" in page
    assert CANARY not in page
    full.thread.refresh_from_db()
    assert full.thread.comment_count == 1


def test_kept_texts_are_a_deleted_users_in_every_language(full: Full):
    erase(full.zoe.author, keeps_text=True)
    comment = Comment.objects.get(id=full.hers.id)
    assert CANARY in comment.html
    assert (comment.address, comment.badge, comment.verdict) == ("", "", "")
    query = "u=https://magazine.test/story"
    frame = f"/embed/{full.forum.shortname}/thread?{query}"
    assert "<bdi>Deleted user</bdi>" in Client().get(frame).content.decode()
    assert "<bdi>Gelöschtes Konto</bdi>" in Client().get(f"{frame}&lang=de").content.decode()
    shape = Client().get(f"/api/v1/comments/{full.hers.public_id}").json()
    assert shape["author"]["name"] == DELETED
    # What was never to be read has no reason to stay.
    assert Comment.objects.get(id=full.rude.id).source == ""


def test_texts_under_another_name_are_not_joined_to_the_others(full: Full):
    persona = Persona.objects.get(author=full.zoe.author)
    erase(full.zoe.author, keeps_text=True)
    shape = Client().get(f"/api/v1/comments/{full.hers.public_id}").json()
    assert shape["author"]["id"] == ids.public(persona.id)
    assert shape["author"]["name"] == DELETED
    page = Client().get(f"/t/{full.thread.public_id}/").content.decode()
    assert full.zoe.author.public_id not in page


def test_nobody_else_is_ever_called_as_her_profile_was(full: Full):
    erase(full.zoe.author, keeps_text=False)
    assert Client().get(f"/u/{CANARY}/").status_code == 404
    with pytest.raises(Problem):
        take_handle(clean_handle(CANARY), full.ann.author)


def test_readers_hear_of_it_by_the_log_one_event_a_thread(full: Full):
    before = ThreadEvent.objects.count()
    erase(full.zoe.author, keeps_text=True)
    new = ThreadEvent.objects.order_by("id")[before:]
    assert [event.kind for event in new] == ["edited"]
    assert set(new[0].comments) == {full.hers.id, full.below.id, full.alone.id}
    erase(full.zoe.author, keeps_text=True)
    assert ThreadEvent.objects.count() == before + 1


def test_her_votes_are_taken_back_by_the_fold(full: Full):
    assert Comment.objects.get(id=full.answer.id).up == 1
    erase(full.zoe.author, keeps_text=True)
    assert not Vote.objects.exists()
    assert PendingTally.objects.exists()
    actions.fold_votes()
    answer = Comment.objects.get(id=full.answer.id)
    assert (answer.up, answer.flags) == (0, 0)


def test_nobodys_bell_counts_what_she_said(full: Full):
    owner = inbox_of(full.ann.author.id)
    actions.post_comment(
        forum=full.forum,
        thread=actions.ThreadRef(url="https://magazine.test/story", title="Story"),
        author=full.bob.author,
        source="Bob answers",
        parent=full.answer,
    )
    told = Notice.objects.create(to=full.ann.author, comment=full.below, kind=Kind.REPLY)
    timelines().append([(owner, _entry(told))])
    erase(full.zoe.author, keeps_text=True)
    assert [each.id for each in timelines().page(owner, limit=9)] == []
    assert timelines().page(inbox_of(full.zoe.author.id), limit=9) == []


def test_her_feed_is_forgotten_as_well(full: Full):
    timelines().append([(feed_of(full.zoe.author.id), Entry(full.answer.id))])
    erase(full.zoe.author, keeps_text=True)
    assert timelines().page(feed_of(full.zoe.author.id), limit=9) == []


def _entry(notice: Notice) -> Any:
    from voxpop.timelines.contract import Entry

    return Entry(notice.id, notice.kind)


def test_a_ban_of_a_network_holds_and_names_nobody(full: Full):
    erase(full.zoe.author, keeps_text=True)
    ban = Ban.objects.get()
    assert (ban.author_id, ban.reason, ban.address) == (None, "", "198.51.100.0/24")
    reasons = set(Decision.objects.values_list("reason", flat=True))
    assert reasons == {""}


def test_what_was_taken_away_is_not_shown_again_by_a_moderator(full: Full):
    erase(full.zoe.author, keeps_text=False)
    decision = Decision.objects.get(comment=full.rude)
    with pytest.raises(Problem):
        moderation.undo(decision=decision, by=full.owner.author.user)
    with pytest.raises(Problem):
        actions.publish_comment(Comment.objects.get(id=full.alone.id))


def test_mail_that_waits_for_her_and_sign_ins_that_were_begun_go(full: Full, settings: Any):
    """Both have her address where no look at the tables finds it: sealed, and packed."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    others = full.bob.author.user.email
    for address in (full.zoe.author.user.email, others):
        assert Client().post("/accounts/login/code/", {"email": address}).status_code == 302
    assert (Mail.objects.count(), Session.objects.count()) == (2, 3)
    erase(full.zoe.author, keeps_text=True)
    (left,) = Mail.objects.all()
    assert unseal(bytes(left.sealed)).to == [others]
    assert others in str(Session.objects.get().get_decoded())


@pytest.mark.parametrize("is_proven", [True, False])
def test_what_a_guest_has_only_typed_may_be_anothers(settings: Any, is_proven: bool):
    """Else whoever types a stranger's address could have his codes thrown away."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    cast = Cast()
    ann = cast.ann.author.user.email
    guest, _ = become_guest(forum=cast.forum, name="Gus", email=ann)
    guest.proven = timezone.now() if is_proven else None
    guest.save()
    Client().post("/accounts/login/code/", {"email": ann})
    erase(guest, keeps_text=True)
    assert Mail.objects.exists() != is_proven


def test_a_guest_is_erased_alike():
    cast = Cast()
    guest, _ = become_guest(forum=cast.forum, name=f"Gus {CANARY}", email=f"{CANARY}@gus.test")
    cast.comment(f"{CANARY} as a guest", author=guest)
    erase(guest, keeps_text=False)
    assert tables_that_know(CANARY) == []


def test_her_name_is_free_and_nobody_can_be_called_deleted(full: Full):
    with pytest.raises(Problem):
        check_name(full.zoe.author.name)
    name = full.zoe.author.name
    erase(full.zoe.author, keeps_text=True)
    assert check_name(name) == name
    for worn in (DELETED, "deleted  user", "Delеted user"):
        with pytest.raises(Problem):
            check_name(worn)


# -- asking, and calling it off ----------------------------------------------------------------


def test_there_are_days_to_think_better_of_it(full: Full, settings: Any):
    settings.ERASURE_DAYS = 7
    zoe = full.zoe.author
    asked = ask_for_erasure(zoe, keeps_text=True)
    assert timedelta(days=6.9) < asked.due - timezone.now() < timedelta(days=7.1)
    # Signed in nowhere: neither here nor in any frame.
    assert full.browser.get("/home/comments/").status_code == 302
    assert full.zoe.send("GET", f"/me/threads/{full.thread.public_id}").status_code == 401
    assert erase_those_who_are_due() == 0
    again = ask_for_erasure(zoe, keeps_text=False)
    assert (again.due, again.keeps_text) == (asked.due, False)
    Erasure.objects.update(due=timezone.now())
    assert erase_those_who_are_due() == 1
    assert not User.objects.filter(email__contains=CANARY).exists()
    assert not Erasure.objects.exists()


def test_signing_in_calls_it_off(full: Full):
    zoe = full.zoe.author
    ask_for_erasure(zoe, keeps_text=True)
    Client().force_login(zoe.user, backend=product.AUTHENTICATION_BACKENDS[0])
    Erasure.objects.update(due=timezone.now())
    assert erase_those_who_are_due() == 0
    assert not Erasure.objects.exists()
    assert Author.objects.get(id=zoe.id).name == zoe.name


def test_calling_off_and_what_stands(full: Full):
    zoe = full.zoe.author
    ask_for_erasure(zoe, keeps_text=True)
    assert standing_erasure(zoe) is not None
    assert call_off(zoe)
    assert not call_off(zoe)
    ask_for_erasure(zoe, keeps_text=True)
    Client().force_login(zoe.user, backend=product.AUTHENTICATION_BACKENDS[0])
    zoe.user.refresh_from_db()
    assert standing_erasure(Author.objects.get(id=zoe.id)) is None
    assert not Erasure.objects.exists()


def test_the_only_owner_of_a_forum_hands_it_over_first(full: Full):
    owner = full.owner.author
    with pytest.raises(Problem, match="only owner"):
        ask_for_erasure(owner, keeps_text=True)
    Membership.objects.create(forum=full.forum, user=full.ann.author.user, role=Role.OWNER)
    ask_for_erasure(owner, keeps_text=True)


# -- and it stays so ---------------------------------------------------------------------------


def test_the_ledger_is_told_first_and_names_nobody(full: Full, monkeypatch: Any, settings: Any):
    zoe = full.zoe.author
    monkeypatch.setattr(
        "voxpop.privacy.erase._close", lambda author: (_ for _ in ()).throw(OSError("power cut"))
    )
    with pytest.raises(OSError, match="power cut"):
        erase(zoe, keeps_text=False)
    (line,) = [x for x in ledger.newest_states([settings.LEDGER]) if x["kind"] == "erasure"]
    assert (line["subject"], line["keeps_text"]) == (zoe.public_id, False)
    written = b"".join(file.read_bytes() for file in settings.LEDGER.iterdir()).decode()
    assert CANARY not in written
    assert CANARY not in json.dumps(line)
    monkeypatch.undo()
    # What a backup of yesterday is told; a second time there is nothing to do.
    assert replay_erasure(line)
    assert tables_that_know(CANARY) == []
    assert not replay_erasure(line)
    assert not replay_erasure({**line, "subject": ids.public(1)})


def test_a_column_that_is_left_out_would_be_noticed(full: Full, monkeypatch: Any):
    """Were a belonging forgotten by the erasure, the first test here must see it."""
    rest = tuple(each for each in BELONGINGS if str(each) != "people.Mute.of")
    monkeypatch.setattr("voxpop.privacy.erase.BELONGINGS", rest)
    erase(full.zoe.author, keeps_text=False)
    (mute,) = [each for each in BELONGINGS if str(each) == "people.Mute.of"]
    assert issubclass(mute.model, models.Model)
    assert mute.model._default_manager.filter(of=full.zoe.author).exists()
