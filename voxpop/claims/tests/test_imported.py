"""Comments of an archive become an account's: by what proves, and by a moderator's word."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client

from voxpop.accounts.models import Author
from voxpop.claims.asked import claims_of
from voxpop.claims.claiming import claim
from voxpop.claims.imported import claim_imported, proven_of
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.moderation import actions as moderation
from voxpop.moderation.models import Claim, Decision, Verb
from voxpop.threads.models import Comment, Status
from voxpop.threads.tests.cast import ORIGIN, Cast, Person
from voxpop.transfer.tests.making import bring, old, post, thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad, pytest.mark.broad]
BEFORE, AFTER = "2019-01-01T00:00:00", "2021-01-01T00:00:00"
LINK = f"{ORIGIN}/old"


@pytest.fixture
def cast(settings, tmp_path) -> Cast:
    settings.LIMITS = False
    settings.DATA = tmp_path
    cast = Cast.standing()
    bring_archive(cast)
    return cast


def bring_archive(cast: Cast, *more: str) -> None:
    """Two by ada_l of 2020, one by a guest called Bo."""
    bring(
        cast.forum,
        thread(1, link=LINK),
        post(1, 1, username="ada_l", name="Ada"),
        post(2, 1, username="ada_l", name="Ada", parent=1),
        post(3, 1, name="Bo"),
        *more,
    )


def ada(cast: Cast) -> Author:
    return Author.objects.get(forum=cast.forum, imported_key="disqus:ada_l")


def bo(cast: Cast) -> Author:
    return Author.objects.get(forum=cast.forum, imported_key="disqus-guest:bo")


def has_account(person: Person, provider="disqus", name="Ada_L", since=BEFORE, uid="7"):
    """Somebody has signed in with his account elsewhere."""
    extra = {"name": "Ada", "known_as": name} | ({"since": since} if since else {})
    SocialAccount.objects.create(
        user=person.author.user, provider=provider, uid=uid, extra_data=extra
    )


def written(person: Person) -> set[str]:
    mine = Comment.objects.filter(author=person.author).exclude(status=Status.DELETED)
    return set(mine.values_list("source", flat=True))


def browser_of(person: Person) -> Client:
    client = Client(headers={"Origin": django_settings.HOST})
    client.force_login(person.author.user, backend=django_settings.AUTHENTICATION_BACKENDS[0])
    return client


def proven(person: Person) -> list[str]:
    return [each.author.imported_key for each in proven_of(person.author)]


# -- by proof ------------------------------------------------------------------------------


def test_the_same_account_at_disqus_claims_and_every_page_says_so(cast):
    has_account(cast.bob)
    (each,) = proven_of(cast.bob.author)
    assert (each.comments, each.told) == (2, "your Disqus account Ada_L")
    assert claim_imported(cast.bob.author, each.author.public_id) == 2
    assert len(written(cast.bob)) == 2
    shown = Client().get(f"/api/v1/comments/{old(cast.forum, 1).public_id}").json()
    assert shown["author"]["id"] == cast.bob.author.public_id
    assert shown["author"]["name"] == cast.bob.author.name


@pytest.mark.parametrize(
    "given",
    [
        {"provider": "github"},
        {"provider": "mastodon.example"},
        {"provider": "work"},
        {"since": AFTER},
        {"since": ""},
        {"since": "long ago"},
        {"name": "ada"},
        {"name": "guest:bo"},
    ],
    ids=str,
)
def test_a_name_that_anybody_can_choose_proves_nothing(cast, given):
    """Of another provider; or of the same, by who took it over when it was free again."""
    has_account(cast.bob, **given)
    assert proven(cast.bob) == []
    with pytest.raises(Problem):
        claim_imported(cast.bob.author, ada(cast).public_id)


def test_a_name_of_ones_own_proves_nothing(cast):
    Author.objects.filter(id=cast.bob.author.id).update(name="Ada", handle="ada_l")
    cast.bob.author.refresh_from_db()
    assert proven(cast.bob) == []


def test_whom_disqus_knew_by_x_is_known_by_his_number_there(cast):
    bring_archive(cast, post(9, 1, username="twitter-4711"))
    has_account(cast.ann, provider="x", uid="4712", name="twitter-4711")
    has_account(cast.bob, provider="x", uid="4711", name="bob")
    assert proven(cast.ann) == []
    assert proven(cast.bob) == ["disqus:twitter-4711"]


def test_two_accounts_do_not_claim_one_author(cast):
    for uid, person in enumerate((cast.ann, cast.bob)):
        has_account(person, uid=str(uid))
    claim_imported(cast.ann.author, ada(cast).public_id)
    with pytest.raises(Problem):
        claim_imported(cast.bob.author, ada(cast).public_id)
    assert proven(cast.bob) == []


def test_an_address_of_the_archive_counts_when_the_account_has_confirmed_it(cast):
    Author.objects.filter(id=ada(cast).id).update(email=cast.bob.author.user.email)
    EmailAddress.objects.filter(user=cast.bob.author.user).update(verified=False)
    assert proven(cast.bob) == []
    EmailAddress.objects.filter(user=cast.bob.author.user).update(verified=True)
    assert proven(cast.bob) == ["disqus:ada_l"]


def test_an_address_that_a_guest_of_the_archive_typed_counts_for_nothing(cast):
    """And whoever signed with that name is one author there."""
    Author.objects.filter(id=bo(cast).id).update(email=cast.bob.author.user.email)
    assert proven(cast.bob) == []
    assert claim(cast.bob.author) == 0


def test_an_address_that_a_site_vouched_for_elsewhere_counts_for_nothing(cast):
    """In an export of ours: there it may have been typed."""
    Author.objects.filter(id=ada(cast).id).update(
        email=cast.bob.author.user.email, imported_key="sso:1hdt3egr27601"
    )
    assert proven(cast.bob) == []


def test_nothing_is_claimed_but_by_a_button(cast):
    """Signing in with the account offers it; looking at the offer changes nothing."""
    has_account(cast.bob)
    browser = browser_of(cast.bob)
    assert b"yours by proof" in browser.get("/home/comments/").content
    assert b"your Disqus account Ada_L" in browser.get("/home/claims/").content
    assert browser.get("/home/claims/imported/").status_code == 405
    assert browser.post("/home/claims/").status_code == 302  # the guests' button
    assert len(written(cast.bob)) == 0
    given = {"act": "claim", "author": ada(cast).public_id}
    assert Client().post("/home/claims/imported/", given).status_code in {302, 403}
    assert browser.post("/home/claims/imported/", given).status_code == 302
    assert len(written(cast.bob)) == 2


def test_an_import_that_comes_again_neither_doubles_nor_takes_back(cast):
    has_account(cast.bob)
    claim_imported(cast.bob.author, ada(cast).public_id)
    drain_outbox()
    number = Comment.objects.count()
    bring_archive(cast)
    assert Comment.objects.count() == number
    # A later export knows one more: it is his as well.
    bring_archive(cast, post(8, 1, username="ada_l", name="Ada", text="<p>Later.</p>"))
    drain_outbox()
    assert len(written(cast.bob)) == 3
    shown = Client().get(f"/api/v1/comments/{old(cast.forum, 8).public_id}").json()
    assert shown["author"]["name"] == cast.bob.author.name


# -- by a moderator's word -----------------------------------------------------------------


def owner(cast: Cast):
    return cast.owner.author.user


def asked(cast: Cast, number: int = 1) -> Claim:
    return moderation.ask_for_comments(
        comment=old(cast.forum, number), by=cast.bob.author, note="It was me."
    )


def give(cast: Cast, claim: Claim) -> Decision:
    decision = moderation.give_comments(claim=claim, by=owner(cast), reason="He knew the password.")
    drain_outbox()
    return decision


def test_a_moderators_word_gives_what_was_asked_for_and_is_recorded(cast):
    claim = asked(cast)
    drain_outbox()
    assert written(cast.bob) == set()
    decision = give(cast, claim)
    assert len(written(cast.bob)) == 2
    assert (decision.verb, decision.by, decision.forum) == (Verb.GIVE, owner(cast), cast.forum)
    assert [each.state for each in claims_of(cast.bob.author)] == ["yours"]
    (told,) = mail.outbox
    assert told.to == [cast.bob.author.user.email]
    assert "has given you" in told.body
    assert "Ada" not in told.body


def test_a_guest_of_the_archive_is_given_as_well(cast):
    give(cast, asked(cast, number=3))
    assert len(written(cast.bob)) == 1


def test_undone_everything_is_as_it_was(cast):
    mine = cast.comment("Mine before.", author=cast.bob.author)
    decision = give(cast, asked(cast))
    moderation.undo(decision=decision, by=owner(cast))
    drain_outbox()
    assert written(cast.bob) == {"Mine before."}
    mine.refresh_from_db()
    back = old(cast.forum, 1)
    assert back.author == ada(cast)
    assert ada(cast).is_active
    shown = Client().get(f"/api/v1/comments/{back.public_id}").json()
    assert shown["author"]["name"] == "Ada"
    assert "taken back" in mail.outbox[-1].body
    # And it can be given again.
    give(cast, Claim.objects.get())
    assert len(written(cast.bob)) == 3


def test_undone_after_the_archive_came_again_nothing_stays_behind(cast):
    decision = give(cast, asked(cast))
    bring_archive(cast, post(8, 1, username="ada_l", name="Ada", text="<p>Later.</p>"))
    drain_outbox()
    assert len(written(cast.bob)) == 3
    moderation.undo(decision=decision, by=owner(cast))
    drain_outbox()
    assert written(cast.bob) == set()


def test_an_import_that_comes_again_after_it_was_undone_gives_nothing(cast):
    decision = give(cast, asked(cast))
    moderation.undo(decision=decision, by=owner(cast))
    drain_outbox()
    bring_archive(cast)
    drain_outbox()
    assert written(cast.bob) == set()


def test_a_moderator_alone_puts_no_words_into_anybodys_mouth(cast):
    moderation.offer_comments(of=ada(cast), to=cast.bob.author, by=owner(cast))
    drain_outbox()
    assert written(cast.bob) == set()
    assert mail.outbox == []
    (offered,) = claims_of(cast.bob.author)
    assert offered.state == "offered"
    browser = browser_of(cast.bob)
    assert b"They are mine" in browser.get("/home/claims/").content
    browser.post("/home/claims/imported/", {"act": "accept", "claim": offered.claim.public_id})
    drain_outbox()
    assert len(written(cast.bob)) == 2


def test_who_says_no_has_nothing_to_do_with_it_any_more(cast):
    moderation.offer_comments(of=ada(cast), to=cast.bob.author, by=owner(cast))
    claim = Claim.objects.get()
    browser_of(cast.ann).post(
        "/home/claims/imported/", {"act": "accept", "claim": claim.public_id}
    )  # another's
    browser_of(cast.bob).post(
        "/home/claims/imported/", {"act": "take_back", "claim": claim.public_id}
    )
    drain_outbox()
    assert not Claim.objects.exists()
    assert written(cast.bob) == written(cast.ann) - {"A comment."} == set()
    assert ada(cast).is_active


def test_of_two_who_ask_one_gets_it(cast):
    first = asked(cast)
    second = moderation.ask_for_comments(comment=old(cast.forum, 1), by=cast.ann.author)
    give(cast, first)
    with pytest.raises(Problem):
        give(cast, second)
    assert [each.state for each in claims_of(cast.ann.author)] == ["lost"]


def test_what_is_proven_by_another_is_not_given(cast):
    claim = asked(cast)
    has_account(cast.ann)
    claim_imported(cast.ann.author, ada(cast).public_id)
    assert not Claim.objects.filter(id=claim.id).exists()
    with pytest.raises(Problem):
        asked(cast)


def test_a_banned_author_is_not_rid_of_his_ban_by_it(cast):
    moderation.ban_author(forum=cast.forum, author=ada(cast), by=owner(cast))
    with pytest.raises(Problem, match="banned"):
        give(cast, asked(cast))


def test_a_moderator_gives_nothing_to_himself(cast):
    mona = cast.user("Mona", f"mona@{cast.forum.shortname}.test")
    cast.forum.memberships.create(user=mona.author.user, role="moderator")
    claim = moderation.ask_for_comments(comment=old(cast.forum, 1), by=mona.author)
    with pytest.raises(Problem, match="somebody else on the team"):
        moderation.give_comments(claim=claim, by=mona.author.user)
    own = moderation.ask_for_comments(comment=old(cast.forum, 1), by=cast.owner.author)
    moderation.give_comments(claim=own, by=owner(cast))


def test_only_what_came_from_an_archive_can_be_asked_for(cast):
    living = cast.comment("Ann's own.")
    with pytest.raises(Problem):
        moderation.ask_for_comments(comment=living, by=cast.bob.author)
    with pytest.raises(Problem):
        moderation.offer_comments(of=cast.ann.author, to=cast.bob.author, by=owner(cast))


def test_a_refusal_is_told_and_can_be_undone(cast):
    claim = asked(cast)
    decision = moderation.refuse_claim(claim=claim, by=owner(cast), reason="Not he.")
    drain_outbox()
    assert "not given" in mail.outbox[-1].body
    assert "Not he." not in mail.outbox[-1].body
    assert [each.state for each in claims_of(cast.bob.author)] == ["refused"]
    moderation.undo(decision=decision, by=owner(cast))
    assert [each.state for each in claims_of(cast.bob.author)] == ["waiting"]


def test_an_older_decision_is_not_undone_over_a_newer(cast):
    claim = asked(cast)
    refused = moderation.refuse_claim(claim=claim, by=owner(cast))
    moderation.undo(decision=refused, by=owner(cast))
    first = give(cast, claim)
    moderation.undo(decision=first, by=owner(cast))
    give(cast, claim)
    Decision.objects.filter(id=first.id).update(undone=None)
    with pytest.raises(Problem):
        moderation.undo(decision=first, by=owner(cast))
    drain_outbox()
    assert len(written(cast.bob)) == 2


# -- the desk ------------------------------------------------------------------------------


def test_the_desk_answers_a_claim_and_undoes_it(cast):
    claim = asked(cast)
    desk = browser_of(cast.owner)
    page = desk.get("/moderate/claims/").content.decode()
    assert "It was me." in page
    assert "2 comments" in page
    assert cast.bob.author.user.email not in page
    answer = desk.post(f"/moderate/claims/{claim.public_id}/decide/", {"decision": "give"})
    drain_outbox()
    assert len(written(cast.bob)) == 2
    done = desk.get(answer["Location"]).content.decode()
    assert "gave an account imported comments" in done
    assert "gave an account imported comments" in desk.get("/moderate/history/").content.decode()
    desk.post("/moderate/undo/", {"decision": Decision.objects.get(verb="give").public_id})
    drain_outbox()
    assert written(cast.bob) == set()


def test_another_forums_moderator_finds_no_claim_here(cast):
    claim = asked(cast)
    there = Cast.standing()
    desk = browser_of(there.owner)
    path = f"/moderate/claims/{claim.public_id}/decide/"
    assert desk.post(path, {"decision": "give"}).status_code == 404
    page = desk.get("/moderate/claims/").content.decode()
    assert "It was me." not in page
    there.comment("A living one's.")
    for author in (ada(cast), there.ann.author):
        query = f"forum={there.forum.shortname}&author={author.public_id}"
        assert desk.get(f"/moderate/claims/new/?{query}").status_code == 404
    assert not Decision.objects.filter(verb="give").exists()


def test_the_desk_names_an_account_by_its_profile(cast):
    Author.objects.filter(id=cast.bob.author.id).update(handle="bob")
    desk = browser_of(cast.owner)
    shortname, public_id = cast.forum.shortname, ada(cast).public_id
    listed = f"/moderate/?forum={shortname}&author={public_id}"
    assert "/moderate/claims/new/" in desk.get(listed).content.decode()
    path = f"/moderate/claims/new/?forum={shortname}&author={public_id}"
    assert "No public profile" in desk.post(path, {"handle": "nobody"}).content.decode()
    answer = desk.post(path, {"handle": "@Bob"})
    assert "waits for its person" in desk.get(answer["Location"]).content.decode()
