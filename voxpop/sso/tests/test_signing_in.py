"""A site's user here: what he is called, what he may, where he is somebody, and how it ends."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from voxpop.accounts.actions import become_guest, sign_up
from voxpop.accounts.models import AccessToken, Author, AuthorKind, User
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.forums.actions import change_settings
from voxpop.forums.models import Forum, Membership, Sso
from voxpop.sso.actions import change_sso, sign_in
from voxpop.sso.models import SsoIdentity, UsedToken
from voxpop.sso.tests.site import SigningSite, signing_cast
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import ORIGIN, PAGE, Cast, Person
from voxpop.words import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast, cast.site = signing_cast()
    return cast


def exchange(site: SigningSite, token: str, **more: Any) -> Any:
    return Client().generic(
        "POST",
        f"/api/v1/forums/{site.forum.shortname}/sso",
        json.dumps({"token": token, **more}),
        content_type="application/json",
    )


def person(site: SigningSite, **claims: Any) -> Person:
    return Person(*sign_in(forum=site.forum, token=site.token(**claims)))


def refusal(verb: Any, **arguments: Any) -> Problem:
    with pytest.raises(Problem) as refused:
        verb(**arguments)
    return refused.value


# -- the exchange --------------------------------------------------------------------------


def test_a_frame_exchanges_the_sites_token_for_its_own(cast):
    answer = exchange(cast.site, cast.site.token())
    body = answer.json()
    assert (answer.status_code, body["author"]["name"]) == (201, "Ada Site")
    assert body["author"]["kind"] == "sso"
    assert answer["Cache-Control"] == "private, no-store"
    ada = Person(Author.objects.get(kind=AuthorKind.SSO), body["token"])
    posted = ada.post(cast.forum, "From the site.")
    assert (posted.status_code, posted.json()["author"]["kind"]) == (201, "user")


def test_a_refusal_says_why_and_leaves_nothing_behind(cast):
    answer = exchange(cast.site, "x")
    assert (answer.status_code, answer.json()["code"]) == (401, "sso_invalid")
    assert exchange(cast.site, cast.site.token(), more=1).status_code == 400
    assert not UsedToken.objects.exists()
    assert not Author.objects.filter(kind=AuthorKind.SSO).exists()


def test_another_sites_page_cannot_exchange(cast):
    """T08: whoever has the reader's browser ask for it is refused before the token is read."""
    sent = json.dumps({"token": cast.site.token()})
    path = f"/api/v1/forums/{cast.forum.shortname}/sso"
    headers = {"Origin": "https://evil.test"}
    answer = Client().generic("POST", path, sent, content_type="application/json", headers=headers)
    assert answer.json()["code"] == "cross_site"
    assert Client().generic("POST", path, sent, content_type="text/plain").status_code == 403


def test_who_comes_again_is_the_same_and_looks_as_he_does_now(cast):
    ada = person(cast.site)
    comment = Comment.objects.get(id=_id(ada.post(cast.forum, "Mine.")))
    again = person(cast.site, name="Ada King", email="Ada@Site.test ", email_verified=True)
    assert again.author == ada.author
    assert (again.author.name, again.author.email) == ("Ada King", "ada@site.test")
    drain_outbox()
    comment.refresh_from_db()
    assert b"Ada King" in bytes(comment.fragment)


def test_of_two_tabs_at_once_both_are_the_same_person(cast, monkeypatch):
    """The identity's row is unique; the slower one takes the faster one's author."""
    from voxpop.sso import actions

    ada = person(cast.site).author
    known, asked = actions._known, []

    def blind_at_first(forum: Forum, remote_id: str) -> Author | None:
        asked.append(remote_id)
        return None if len(asked) == 1 else known(forum, remote_id)

    monkeypatch.setattr(actions, "_known", blind_at_first)
    assert person(cast.site).author == ada
    assert SsoIdentity.objects.count() == 1
    assert Author.objects.filter(kind=AuthorKind.SSO).count() == 1


# -- what he is called ---------------------------------------------------------------------


def test_a_name_is_cleaned_as_everybodys_is(cast):
    assert person(cast.site, name="  A\u202eda \u200b  Site\x00 ").author.name == "Ada Site"
    assert len(person(cast.site, name="long " * 30).author.name) <= 60
    no_name = refusal(sign_in, forum=cast.forum, token=cast.site.token(name=" \u200b "))
    assert no_name.code == "sso_invalid"


def test_nobody_is_taken_for_an_account_and_nobody_is_kept_out_for_his_name(cast):
    """T07: look-alikes count as the same."""
    sign_up(email="grace@example.org", name="Grace Hopper")
    assert person(cast.site, name="Grace Hopper").author.name == "Grace Hopper (magazine)"
    assert person(cast.site, sub="u-2", name="Grасe Hopper").author.name.endswith("(magazine)")
    long = "W" * 60
    sign_up(email="long@example.org", name=long)
    name = person(cast.site, sub="u-3", name=long).author.name
    assert (len(name), name[-11:]) == (60, " (magazine)")


def test_a_guest_cannot_look_like_one_of_the_sites_users(cast):
    person(cast.site, name="Ada Site")
    assert refusal(become_guest, forum=cast.forum, name="ADA SITE").code == "invalid"
    assert become_guest(forum=Cast("elsewhere").forum, name="Ada Site")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " jAvAsCrIpT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.test/x",
        "/relative",
        "https://user:pass@site.test/",
        "https://",
        "ftp://site.test/x",
        "https://site.test/" + "x" * 1000,
        "file:///etc/passwd",
    ],
)
def test_what_is_no_web_address_is_left_out(cast, address):
    """R04: Remark42 kept whatever a locator or an avatar's address was."""
    person(cast.site, picture=address, profile=address)
    kept = SsoIdentity.objects.get()
    assert (kept.picture, kept.profile) == ("", "")


def test_a_web_address_is_kept_as_a_browser_reads_it(cast):
    person(cast.site, picture='https://SITE.test/a"><b>.png', profile="https://site.test/u/1")
    kept = SsoIdentity.objects.get()
    assert (kept.picture, kept.profile) == (
        "https://site.test/a%22%3E%3Cb%3E.png",
        "https://site.test/u/1",
    )


def test_no_browser_is_sent_to_the_sites_pictures(cast):
    """Avatars are handed out by us: a picture elsewhere would count who reads."""
    ada = person(cast.site, picture="https://site.test/a.png", profile="https://site.test/u/1")
    posted = ada.post(cast.forum, "Mine.").json()
    pages = [
        json.dumps(posted),
        Client().get(f"/embed/magazine/thread?u={PAGE}").content.decode(),
        Client().get(f"/api/v1/threads/{posted['thread']}/comments").content.decode(),
        Client().get(f"/t/{posted['thread']}/").content.decode(),
    ]
    assert [page for page in pages if "site.test/a.png" in page] == []
    assert posted["author"]["avatar"].startswith("/avatar/")


@pytest.mark.parametrize("email", ["no address", "a@b\r\nBcc: c@d.test", "x" * 250 + "@b.c", "@"])
def test_what_is_no_mail_address_is_left_out(cast, email):
    """T28: a header is not what an address may be."""
    made = sign_in(forum=cast.forum, token=cast.site.token(email=email[:254], email_verified=True))
    assert made[0].email == ""
    assert not SsoIdentity.objects.get().is_email_verified


# -- what he may ---------------------------------------------------------------------------


def test_he_is_somebody_in_one_forum_only(cast):
    """T37: the token of one site's user writes, votes and sees nothing elsewhere."""
    there = Cast("elsewhere")
    ada = person(cast.site)
    comment = there.comment("Elsewhere.")
    assert ada.post(there.forum, "Hello.").status_code == 403
    theirs = f"/comments/{comment.public_id}"
    assert ada.send("PUT", f"{theirs}/vote", {"value": 1}).status_code == 403
    assert ada.send("PUT", f"{theirs}/flag", {"reason": "spam"}).status_code == 403
    assert ada.send("PUT", f"/me/watches/{comment.thread.public_id}").status_code == 401
    assert ada.send("PUT", f"/me/follows/{there.bob.author.public_id}").status_code == 401


@pytest.mark.broad
@pytest.mark.parametrize("roles", [["owner"], ["admin"], ["operator"], ["Moderator"], []])
def test_no_role_but_moderator_can_be_given(cast, roles):
    change_settings(forum=cast.forum, changes={"sso_moderates": True})
    ada = person(cast.site, roles=roles)
    assert ada.author.user is None
    assert Membership.objects.filter(forum=cast.forum).count() == 1  # the owner's


def test_a_site_names_moderators_only_where_the_owner_lets_it(cast):
    ada = person(cast.site, roles=["moderator", "editor"])
    assert ada.author.user is None
    change_settings(forum=cast.forum, changes={"sso_moderates": True})
    ada = person(cast.site, roles=["moderator", "editor"])
    posted = ada.post(cast.forum, "With a badge.").json()
    assert posted["author"]["badges"] == ["moderator"]
    hers = cast.comment("To be judged.").public_id
    decided = ada.send("POST", f"/moderation/comments/{hers}/decisions", {"decision": "reject"})
    assert decided.status_code == 201
    theirs = Cast("elsewhere").comment("Not hers to judge.").public_id
    answer = ada.send("POST", f"/moderation/comments/{theirs}/decisions", {"decision": "reject"})
    assert answer.status_code == 404


def test_a_role_ends_when_the_site_or_the_owner_says_so(cast):
    change_settings(forum=cast.forum, changes={"sso_moderates": True})

    def roles_of_ada() -> int:
        return Membership.objects.filter(forum=cast.forum, user__author__name="Ada Site").count()

    person(cast.site, roles=["moderator"])
    assert roles_of_ada() == 1
    person(cast.site)
    assert roles_of_ada() == 0
    person(cast.site, roles=["moderator"])
    change_sso(forum=cast.forum, mode=Sso.BESIDE, address="", moderates=False)
    assert roles_of_ada() == 0
    assert Membership.objects.filter(forum=cast.forum).count() == 1  # the owner stays


@pytest.mark.broad
def test_nothing_but_the_sites_token_leads_to_a_moderator_it_named(cast, mailoutbox):
    change_settings(forum=cast.forum, changes={"sso_moderates": True})
    user = person(cast.site, roles=["moderator"]).author.user
    assert not user.has_usable_password()
    assert user.email.endswith("@sso.invalid")
    assert not user.emailaddress_set.exists()
    Client().post("/accounts/login/", {"login": user.email, "password": ""})
    assert not User.objects.get(pk=user.pk).last_login


def test_only_the_sites_users_write_where_the_owner_says_so(cast):
    guest = cast.guest()
    change_sso(forum=cast.forum, mode=Sso.ONLY, address="", moderates=False)
    assert cast.forum.takes_guests is False
    comment = cast.comment("By the owner.", author=cast.owner.author)
    ada = person(cast.site)
    for someone, status in [(cast.ann, 403), (guest, 403), (ada, 201), (cast.owner, 201)]:
        answer = someone.post(cast.forum, f"Hello from {someone.author.name}.")
        assert answer.status_code == status
        assert status == 201 or answer.json()["code"] == "sso_required"
    vote = {"value": 1}
    assert ada.send("PUT", f"/comments/{comment.public_id}/vote", vote).status_code == 200
    assert cast.ann.send("PUT", f"/comments/{comment.public_id}/vote", vote).status_code == 403
    assert refusal(become_guest, forum=cast.forum, name="New").code == "guests_not_allowed"


def test_a_forum_without_guests_takes_its_sites_users(cast):
    change_settings(forum=cast.forum, changes={"allows_guests": False})
    assert person(cast.site).post(cast.forum, "Hello.").status_code == 201


# -- how it ends ---------------------------------------------------------------------------


def test_signing_out_ends_the_frames_token(cast):
    ada = person(cast.site)
    assert ada.send("DELETE", "/tokens").status_code == 204
    assert ada.post(cast.forum, "Too late.").status_code == 401


def test_switched_off_it_is_over_for_everybody(cast):
    change_settings(forum=cast.forum, changes={"sso_moderates": True})
    ada = person(cast.site, roles=["moderator"])
    change_sso(forum=cast.forum, mode=Sso.OFF, address="", moderates=True)
    assert ada.post(cast.forum, "Too late.").status_code == 401
    assert Membership.objects.filter(forum=cast.forum).count() == 1
    assert cast.ann.post(cast.forum, "As ever.").status_code == 201


def test_a_ban_follows_him_through_every_sign_in(cast):
    ada = person(cast.site)
    body = {"author": ada.author.public_id}
    ada.post(cast.forum, "Rude.")
    cast.owner.send("POST", f"/moderation/forums/{cast.forum.shortname}/bans", body)
    assert person(cast.site, name="Another Name").post(cast.forum, "Me again.").status_code == 403


def test_a_closed_author_is_not_opened_by_his_site(cast):
    ada = person(cast.site)
    Author.objects.filter(pk=ada.author.pk).update(is_active=False)
    assert refusal(sign_in, forum=cast.forum, token=cast.site.token()).code == "not_allowed"


def test_its_token_lasts_half_a_day(cast):
    person(cast.site)
    token = AccessToken.objects.get(kind="sso")
    assert (token.expires - token.created).total_seconds() == pytest.approx(12 * 3600, abs=5)


# -- the two pages of the popup ------------------------------------------------------------

OUT = "/accounts/sso/magazine/"
NONCE = "n" * 22


@pytest.fixture
def door(cast) -> SigningSite:
    change_sso(
        forum=cast.forum, mode=Sso.BESIDE, address=f"{ORIGIN}/sign-in?from=box", moderates=False
    )
    return cast.site


def test_out_leads_to_the_sites_own_sign_in_and_back_to_us(door):
    answer = Client().get(OUT, {"nonce": NONCE})
    assert answer.status_code == 302
    assert answer["Location"] == (
        f"{ORIGIN}/sign-in?from=box&return_to="
        f"{quote(f'{settings.HOST}/accounts/sso/magazine/back/', safe='')}&nonce={NONCE}"
    )
    back = Client().get(f"{OUT}back/")
    assert (back.status_code, b"sso/back" in back.content) == (200, True)


def test_the_window_speaks_the_language_of_the_comments(door):
    window = Client(headers={"Accept-Language": "fr"})
    out = window.get(OUT, {"nonce": NONCE, "lang": "de"})
    assert "lang" not in out["Location"]
    back = window.get(f"{OUT}back/")
    assert back["Content-Language"] == "de"
    assert words("de")["sso_closes"] in back.content.decode()
    refused = window.post(f"{OUT}back/", {"token": "forged"})
    assert words("de")["sso_failed"] in refused.content.decode()
    # What the site's people look up is as it stands in our documentation.
    assert '<p class="quiet small" lang="en" dir="ltr">' in refused.content.decode()
    assert Client().get(f"{OUT}back/")["Content-Language"] == "en"


def test_out_with_a_page_leads_back_to_that_page(door):
    answer = Client().get(OUT, {"page": PAGE})
    assert answer["Location"].endswith("return_to=https%3A%2F%2Fmagazine.test%2Fstory")


def test_the_site_is_told_the_page_as_browsers_read_it(door):
    """T14: to other parsers this one would be a page of evil.test."""
    answer = Client().get(OUT, {"page": "https://magazine.test\\@evil.test/"})
    assert answer["Location"].endswith("return_to=https%3A%2F%2Fmagazine.test%2F%40evil.test%2F")


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.test/",
        "//evil.test",
        "https://magazine.test.evil.test/",
        "https://magazine.test@evil.test/",
        "javascript:alert(1)",
        "/story",
    ],
)
def test_nobody_is_led_to_a_page_that_is_not_the_sites(door, page):
    """T14: neither from the address, nor by a token."""
    assert Client().get(OUT, {"page": page}).status_code == 404
    answer = Client().post(f"{OUT}back/", {"token": door.token(return_to=page)})
    assert answer.status_code == 401
    assert b"onward" not in answer.content


def test_a_token_says_where_to_go_on_and_is_not_used_up_by_that(door):
    token = door.token(return_to=f"{ORIGIN}/story")
    answer = Client().post(f"{OUT}back/", {"token": token})
    assert f'href="{ORIGIN}/story"'.encode() in answer.content
    assert sign_in(forum=door.forum, token=token)
    forged = Client().post(f"{OUT}back/", {"token": token[:-4] + "AAAA"})
    assert (forged.status_code, b"onward" in forged.content) == (401, False)


def test_without_a_sign_in_page_there_are_no_such_pages(cast):
    assert Client().get(OUT, {"nonce": NONCE}).status_code == 404
    assert Client().get("/accounts/sso/nobody/").status_code == 404
    change_sso(forum=cast.forum, mode=Sso.BESIDE, address=f"{ORIGIN}/in", moderates=False)
    assert Client().get(OUT).status_code == 400
    cast.forum.sites.all().delete()
    assert Client().get(OUT, {"nonce": NONCE}).status_code == 404


@pytest.mark.parametrize("address", ["https://evil.test/", "javascript:alert(1)", "/in", "x" * 501])
def test_a_sign_in_page_lies_on_a_site_of_the_forum(cast, address):
    refused = refusal(
        change_sso, forum=cast.forum, mode=Sso.BESIDE, address=address, moderates=False
    )
    assert "sso_address" in refused.errors


def test_a_forum_without_a_key_cannot_be_closed_to_all_others():
    cast = Cast()
    refused = refusal(change_sso, forum=cast.forum, mode=Sso.ONLY, address="", moderates=False)
    assert "sso" in refused.errors


def _id(answer: Any) -> int:
    from voxpop import ids

    return ids.private(answer.json()["id"]) or 0
