"""A guest's comments become an account's: by the two proofs, whole, and by nothing less."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from voxpop import ledger
from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import AccessToken, Author
from voxpop.claims.become import become
from voxpop.claims.claiming import claim, claimable
from voxpop.claims.events import AuthorBecame
from voxpop.claims.following import follow_author, look_for_stragglers
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.moderation.actions import ban_author
from voxpop.screening.bans import is_banned
from voxpop.threads import log
from voxpop.threads.actions import fold_votes, hand_over, vote
from voxpop.threads.models import Comment, Status, Thread, ThreadEvent, Vote
from voxpop.threads.tests.cast import Cast, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def guest(cast: Cast, email: str = "", *, is_proven: bool = False) -> Person:
    person = Person(*become_guest(forum=cast.forum, name="Gus Guest", email=email))
    if is_proven:
        Author.objects.filter(id=person.author.id).update(proven=timezone.now())
        person.author.refresh_from_db()
    return person


def written(person: Person) -> set[str]:
    return set(Comment.objects.filter(author=person.author).values_list("source", flat=True))


def address_of(person: Person) -> str:
    return person.author.user.email


def test_a_token_claims_its_guest_and_every_page_says_so(cast):
    gus = guest(cast)
    comment = cast.comment("Mine all along.", author=gus.author)
    before = Thread.objects.get(id=comment.thread_id).seq
    answer = cast.bob.send("PUT", "/me/claims", {"guest": gus.token})
    assert answer.json() == {"comments": 1}
    shown = Client().get(f"/api/v1/comments/{comment.public_id}").json()
    assert shown["author"]["id"] == cast.bob.author.public_id
    assert shown["author"]["kind"] == "user"
    event = ThreadEvent.objects.get(thread=comment.thread_id, seq=before + 1)
    assert (event.kind, event.comments) == ("edited", [comment.id])
    # The guest is over, and his token acts for nobody: least of all for the account.
    assert gus.post(cast.forum, "Still I?").status_code == 401
    assert not AccessToken.objects.filter(author=cast.bob.author, kind="guest").exists()
    assert cast.bob.send("PUT", "/me/claims", {"guest": gus.token}).json() == {"comments": 0}


def test_an_address_claims_only_where_both_have_proven_it(cast):
    words = {"unproven": False, "proven": True}
    for source, is_proven in words.items():
        gus = guest(cast, address_of(cast.bob), is_proven=is_proven)
        cast.comment(source, author=gus.author)
    assert [each.comments for each in claimable(cast.bob.author)] == [1]
    assert claim(cast.bob.author) == 1
    assert written(cast.bob) == {"proven"}


def test_an_account_that_has_not_proven_its_address_claims_nothing(cast):
    gus = guest(cast, address_of(cast.bob), is_proven=True)
    cast.comment("His.", author=gus.author)
    EmailAddress.objects.filter(user=cast.bob.author.user).update(verified=False)
    assert claim(cast.bob.author) == 0
    assert written(gus) == {"His."}


def test_a_claim_reaches_every_site(cast):
    there = Cast.standing()
    for each in (cast, there):
        gus = guest(each, address_of(cast.bob), is_proven=True)
        each.comment(f"On {each.forum.shortname}.", author=gus.author)
    assert claim(cast.bob.author) == 2
    assert written(cast.bob) == {f"On {each.forum.shortname}." for each in (cast, there)}


def test_an_accounts_token_is_no_proof(cast):
    """Somebody else's sign-in, shown as if it were a guest's, claims nothing of his."""
    answer = cast.bob.send("PUT", "/me/claims", {"guest": cast.ann.token})
    assert answer.json() == {"comments": 0}
    assert "A comment." in written(cast.ann)


def test_a_guest_claims_nothing(cast):
    one, other = guest(cast), guest(cast)
    cast.comment("The other's.", author=other.author)
    assert one.send("PUT", "/me/claims", {"guest": other.token}).status_code in {401, 403}
    assert written(other) == {"The other's."}


def test_looking_changes_nothing(cast):
    gus = guest(cast)
    cast.comment("Look.", author=gus.author)
    answer = cast.bob.send("POST", "/me/claims/look", {"guest": gus.token})
    assert answer.json() == {"comments": 1}
    assert written(gus) == {"Look."}


def test_two_votes_become_one_and_none_is_for_oneself(cast):
    first = Comment.objects.select_related("forum").get(thread=cast.thread)
    gus = guest(cast)
    his = cast.comment("By the guest.", author=gus.author)
    for who, comment in ((gus, first), (cast.bob, first), (cast.bob, his)):
        vote(comment=comment, author=who.author, value=1)
    fold_votes()
    claim(cast.bob.author, gus.token)
    fold_votes()
    first.refresh_from_db()
    his.refresh_from_db()
    assert (first.up, his.up) == (1, 0)
    assert Vote.objects.count() == 1


def test_what_he_voted_as_a_guest_for_his_own_comment_is_gone(cast):
    gus = guest(cast)
    cast.comment("By the guest.", author=gus.author)
    mine = cast.comment("By Bob.", author=cast.bob.author)
    vote(comment=mine, author=gus.author, value=1)
    fold_votes()
    claim(cast.bob.author, gus.token)
    fold_votes()
    mine.refresh_from_db()
    assert mine.up == 0
    assert not Vote.objects.exists()


def test_of_two_votes_the_later_one_stays(cast):
    first = Comment.objects.select_related("forum").get(thread=cast.thread)
    gus = guest(cast)
    cast.comment("By the guest.", author=gus.author)
    vote(comment=first, author=cast.bob.author, value=1)
    vote(comment=first, author=gus.author, value=-1)
    claim(cast.bob.author, gus.token)
    fold_votes()
    first.refresh_from_db()
    assert (first.up, first.down) == (0, 1)


def test_a_ban_follows_him(cast):
    """Else a banned guest would only have to sign up."""
    gus = guest(cast)
    cast.comment("Rude.", author=gus.author)
    ban_author(forum=cast.forum, author=gus.author, by=cast.owner.author.user)
    claim(cast.bob.author, gus.token)
    assert is_banned(cast.forum, cast.bob.author)


def test_a_ban_that_followed_him_is_known_to_a_restored_database(cast, settings, tmp_path):
    """The ledger is told whom it means now: the backup may know the guest alone."""
    settings.LEDGER = tmp_path / "ledger"
    gus = guest(cast)
    cast.comment("Rude.", author=gus.author)
    ban_author(forum=cast.forum, author=gus.author, by=cast.owner.author.user)
    drain_outbox()  # what is written down of it names the guest
    claim(cast.bob.author, gus.token)
    drain_outbox()
    bans = [each for each in ledger.newest_states([settings.LEDGER]) if each["kind"] == "ban"]
    assert cast.bob.author.id in {each["author"] for each in bans}


def test_what_waits_comes_along(cast):
    cast.forum.is_premoderated = True
    cast.forum.save()
    gus = guest(cast)
    held = cast.comment("Held.", author=gus.author)
    claim(cast.bob.author, gus.token)
    held.refresh_from_db()
    assert (held.status, held.author_id) == (Status.HELD, cast.bob.author.id)


def test_what_takes_long_goes_on_where_it_was(cast, monkeypatch):
    monkeypatch.setattr(log, "COMMENTS_PER_EVENT", 2)
    gus = guest(cast)
    for number in range(5):
        cast.comment(f"Number {number}.", author=gus.author)
    become(gus.author, cast.bob.author)
    gus.author.refresh_from_db()
    assert not hand_over(gus.author, cast.bob.author, seconds=0)
    assert len(written(gus)) == 3  # killed here, say
    drain_outbox()
    assert len(written(cast.bob)) == 5
    # Nothing twice in the log.
    told = [id for each in ThreadEvent.objects.filter(kind="edited") for id in each.comments]
    assert len(told) == len(set(told)) == 5


def test_many_threads_do_not_keep_the_worker(cast):
    gus = guest(cast)
    for number in range(3):
        gus.post(cast.forum, f"In thread {number}.", url=f"https://magazine.test/{number}")
    become(gus.author, cast.bob.author)
    gus.author.refresh_from_db()
    assert not hand_over(gus.author, cast.bob.author, seconds=0)
    assert len(written(cast.bob)) == 1
    drain_outbox()
    assert len(written(cast.bob)) == 3


def test_a_comment_on_its_way_is_found_later(cast):
    gus = guest(cast)
    cast.comment("First.", author=gus.author)
    claim(cast.bob.author, gus.token)
    drain_outbox()
    # His request had passed the check of his token before the claim, and is written after it.
    late = cast.comment("Late.")
    Comment.objects.filter(id=late.id).update(author=gus.author)
    look_for_stragglers()
    drain_outbox()
    assert written(cast.bob) == {"First.", "Late."}


def test_nobody_is_two_people(cast):
    """A guest who was claimed cannot be claimed by another, however late the request comes."""
    gus = guest(cast)
    cast.comment("Once.", author=gus.author)
    become(gus.author, cast.bob.author)
    with pytest.raises(Problem):
        become(gus.author, cast.ann.author)
    with pytest.raises(Problem):
        become(cast.bob.author, cast.bob.author)
    follow_author(AuthorBecame(of=gus.author.id, to=cast.bob.author.id))
    assert written(cast.bob) == {"Once."}


@pytest.mark.broad
def test_home_offers_it_and_one_button_does_it(cast):
    gus = guest(cast, address_of(cast.bob), is_proven=True)
    cast.comment("Offered.", author=gus.author)
    browser = Client(headers={"Origin": django_settings.HOST})
    browser.force_login(cast.bob.author.user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    assert b"/home/claims/" in browser.get("/home/comments/").content
    assert b"1 comment" in browser.get("/home/claims/").content
    assert browser.post("/home/claims/").status_code == 302
    assert written(cast.bob) == {"Offered."}
    assert b"Nothing of that is here" in browser.get("/home/claims/").content
