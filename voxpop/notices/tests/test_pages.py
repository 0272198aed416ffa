"""The inbox's pages, and the pages behind the links in mails, which need no sign-in."""

import re

import pytest
from django.conf import settings
from django.test import Client

from voxpop.accounts.actions import become_guest
from voxpop.accounts.models import Author
from voxpop.events.worker import drain_outbox
from voxpop.notices import inbox as reading
from voxpop.notices.gathering import parcels_for
from voxpop.notices.inbox import MOST_COUNTED, unread
from voxpop.notices.links import confirming_secret_of, secret_of, stopping_secret_of
from voxpop.notices.models import Channel, Kind, Letter, Pace, Reach, Wish
from voxpop.notices.wishes import ask_for_mail, wishes_of
from voxpop.people.actions import watch
from voxpop.people.models import Watch
from voxpop.threads.tests.cast import Cast
from voxpop.timelines.contract import StoreAway

pytestmark = pytest.mark.django_db(transaction=True)
OWN = {"Origin": "http://testserver"}


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


@pytest.fixture
def ann(cast) -> Client:
    client = Client(headers=OWN)
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def answer(cast: Cast, source: str = "An answer.") -> None:
    parent = cast.thread.comments.earliest("id")
    cast.comment(source, author=cast.bob.author, parent=parent)
    drain_outbox()


def test_an_empty_inbox_says_what_will_be_here(ann):
    assert "Nothing yet" in ann.get("/home/inbox/").content.decode()


def test_the_inbox_shows_what_is_new_and_leads_to_it(cast, ann):
    answer(cast, "An *answer* & more.")
    page = ann.get("/home/inbox/").content.decode()
    newest = cast.thread.comments.latest("id")
    assert f'href="/c/{newest.public_id}"' in page
    assert "An answer &amp; more." in page
    assert 'class="is-new"' in page


def test_all_is_marked_as_read_up_to_what_was_shown(cast, ann):
    answer(cast)
    shown = re.search(r'name="upto" value="(\w+)"', ann.get("/home/inbox/").content.decode())[1]
    answer(cast, "Meanwhile.")
    ann.post("/home/inbox/read/", {"upto": shown})
    assert unread(cast.ann.author) == 1
    again = re.search(r'name="upto" value="(\w+)"', ann.get("/home/inbox/").content.decode())[1]
    ann.post("/home/inbox/read/", {"upto": again})
    assert unread(cast.ann.author) == 0
    assert 'class="is-new"' not in ann.get("/home/inbox/").content.decode()


def test_the_bar_of_my_own_pages_says_how_much_is_new(cast, ann, monkeypatch):
    assert 'class="new"' not in ann.get("/home/comments/").content.decode()
    answer(cast)
    for path in ("/home/", "/home/comments/", "/home/inbox/", "/home/settings/notices/"):
        assert "New: </span>1</span>" in ann.get(path).content.decode(), path
    monkeypatch.setattr("voxpop.notices.templatetags.bell.unread", lambda author: MOST_COUNTED)
    page = ann.get("/home/comments/")
    assert "New: </span>9+</span>" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_t20_no_page_that_is_kept_says_what_is_new(cast, ann):
    """The same bytes for whom something waits and for a stranger."""
    answer(cast)
    for path in (f"/t/{cast.thread.public_id}", "/docs/errors", "/"):
        mine, anybodys = ann.get(path, follow=True), Client().get(path, follow=True)
        if "no-store" not in mine["Cache-Control"]:
            assert mine.content == anybodys.content, path


@pytest.mark.broad
def test_an_inbox_of_many_goes_on_and_is_asked_for_with_few_queries(
    cast, ann, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(3):
        answer(cast, f"Number {number}.")
    page = ann.get("/home/inbox/").content.decode()
    assert "Number 2." in page
    assert "Number 0." not in page
    older = re.search(r'href="(\?after=\w+)"', page)[1]
    # Two of them are of the bar.
    with django_assert_max_num_queries(11):
        assert "Number 0." in ann.get(f"/home/inbox/{older}").content.decode()


def test_while_the_store_is_away_the_page_says_so_and_the_overlay_stands(cast, ann, monkeypatch):
    class Away:
        def watermark(self, owner):
            raise StoreAway("stopped")

        def unread(self, owner, at_most):
            raise StoreAway("stopped")

    monkeypatch.setattr(reading, "timelines", Away)
    page = ann.get("/home/inbox/")
    assert page.status_code == 503
    assert "Nothing is lost" in page.content.decode()
    overlay = cast.ann.send("GET", f"/me/threads/{cast.thread.public_id}")
    assert (overlay.status_code, overlay.json()["unread"]) == (200, 0)


def mails(cast: Cast, kind: Kind = Kind.REPLY) -> str:
    return wishes_of(cast.ann.author).of(kind, cast.forum.id).mail


SETTINGS = "/home/settings/notices/"


def test_each_kind_has_its_ways(cast, ann):
    ann.post(SETTINGS, {"reply.mail": "never", "mention.mail": "daily", "mention.inbox": "on"})
    assert (mails(cast), mails(cast, Kind.MENTION)) == ("never", "daily")
    ways = wishes_of(cast.ann.author).of(Kind.REPLY)
    assert (ways.inbox, ways.push) == (False, False)
    answer(cast)
    assert not Letter.objects.exists()
    assert unread(cast.ann.author) == 0


def test_what_is_as_usual_needs_no_row(cast, ann):
    ann.post(SETTINGS, {"reply.mail": "never"})
    assert Wish.objects.exists()
    page = ann.get(SETTINGS).content.decode()
    assert '<option value="never" selected>' in page
    usual = {f"{kind}.{way}": "on" for kind in Kind for way in ("inbox", "push")}
    for off in ("votes.push", "follow.push"):
        del usual[off]
    paces = {f"{kind}.mail": "once" for kind in Kind} | {
        "votes.mail": "never",
        "follow.mail": "never",
    }
    ann.post(SETTINGS, usual | paces)
    assert not Wish.objects.exists()


def test_a_site_can_be_different_and_be_as_everywhere_again(cast, ann):
    site = f"{SETTINGS}?site={cast.forum.shortname}"
    ann.post(site, {"reply.mail": "weekly", "reply.inbox": "on", "reply.push": "on"})
    wishes = wishes_of(cast.ann.author)
    assert wishes.of(Kind.REPLY, cast.forum.id).mail == Pace.WEEKLY
    assert wishes.of(Kind.REPLY).mail == Pace.ONCE
    assert "different here" in ann.get(site).content.decode()
    assert cast.forum.name in ann.get(SETTINGS).content.decode()
    ann.post(site, {"as_everywhere": "1"})
    assert mails(cast) == Pace.ONCE
    assert ann.get(f"{SETTINGS}?site=elsewhere").status_code == 404


def test_when_is_asked_in_the_readers_own_clock(cast, ann):
    day = {"zone": "Asia/Kathmandu", "quiet_from": "22:30", "quiet_until": "07:00",
           "summary_hour": "9", "summary_weekday": "4"}  # fmt: skip
    ann.post(SETTINGS, day)
    reach = Reach.objects.get()
    assert (reach.zone, str(reach.quiet_from), reach.summary_hour) == (
        "Asia/Kathmandu", "22:30:00", 9,
    )  # fmt: skip
    assert 'value="22:30"' in ann.get(SETTINGS).content.decode()


@pytest.mark.broad
@pytest.mark.parametrize(
    "typed",
    [{"zone": "Mars/Olympus"}, {"quiet_from": "late"}, {"quiet_from": "22:00"},
     {"summary_hour": "24"}, {"summary_weekday": "-1"}],
)  # fmt: skip
def test_what_is_no_time_is_refused_in_a_sentence_and_changes_nothing(cast, ann, typed):
    page = ann.post(SETTINGS, {"reply.mail": "never", **typed}, follow=True).content.decode()
    assert 'class="notice bad"' in page
    assert not Reach.objects.exists()
    assert not Wish.objects.exists()


# -- behind the links in mails: no cookie, no sign-in --------------------------------------


def mail_page(cast: Cast) -> str:
    return f"/home/mail/{secret_of(cast.ann.author)}/"


def stop_page(to: Author, what: str) -> str:
    return f"/home/mail/{stopping_secret_of(to, what)}/stop/{what}/"


def one_click(path: str):
    """RFC 8058: a POST by the provider's machine, without cookie, Origin or referring page."""
    return Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})


def test_one_click_ends_just_what_the_mail_names(cast):
    assert one_click(stop_page(cast.ann.author, "reply")).status_code == 200
    assert (mails(cast), mails(cast, Kind.MENTION)) == (Pace.NEVER, Pace.ONCE)
    assert wishes_of(cast.ann.author).of(Kind.REPLY).inbox


def test_one_click_of_a_guest_ends_his_mail_for_good(cast):
    """He has no account and no settings but the ones behind his links."""
    guest, _ = become_guest(forum=cast.forum, name="Gus", email="gus@example.org")
    ask_for_mail(guest)
    Client().post(f"/home/mail/{confirming_secret_of(guest)}/confirm/")
    parent = cast.comment("A guest's.", author=guest)
    cast.comment("An answer.", author=cast.bob.author, parent=parent)
    drain_outbox()
    assert Letter.objects.filter(to=guest, comment__isnull=False).count() == 1
    assert parcels_for([guest.id], Channel.MAIL)
    assert one_click(stop_page(guest, "reply")).status_code == 200
    assert wishes_of(guest).of(Kind.REPLY, cast.forum.id).mail == Pace.NEVER
    # The letter that was waiting does not go, and none is written any more.
    assert not parcels_for([guest.id], Channel.MAIL)
    before = Letter.objects.count()
    cast.comment("Another.", author=cast.bob.author, parent=parent)
    drain_outbox()
    assert Letter.objects.count() == before


def test_one_click_in_a_summary_ends_summaries(cast, ann):
    ann.post(SETTINGS, {"reply.mail": "daily", "mention.mail": "weekly"})
    one_click(stop_page(cast.ann.author, "daily"))
    assert (mails(cast), mails(cast, Kind.MENTION)) == (Pace.NEVER, Pace.WEEKLY)


def test_one_click_in_a_mail_of_a_watched_thread_ends_watching_it(cast):
    watch(author=cast.ann.author, thread=cast.thread)
    path = stop_page(cast.ann.author, f"watch:{cast.thread.public_id}")
    one_click(path)
    assert not Watch.objects.exists()
    assert mails(cast, Kind.WATCH) == Pace.ONCE
    assert one_click(path).status_code == 200


def test_t29_a_link_stops_one_thing_for_one_person(cast):
    """Of another's, and of another thing, the signature is not good."""
    of_reply = stopping_secret_of(cast.ann.author, "reply")
    of_bob = stopping_secret_of(cast.bob.author, "reply")
    for path in (
        f"/home/mail/{of_reply}/stop/mention/",
        f"/home/mail/{of_reply}/",
        f"/home/mail/{cast.ann.author.public_id}.{of_bob.partition('.')[2]}/stop/reply/",
        f"/home/mail/{secret_of(cast.ann.author)}/stop/reply/",
    ):
        assert one_click(path).status_code == 404
    assert not Wish.objects.exists()


def test_one_click_in_a_mail_of_the_version_before_stops_all_mail(cast):
    assert one_click(mail_page(cast)).status_code == 200
    assert {mails(cast, kind) for kind in Kind} == {Pace.NEVER}


def test_following_a_link_changes_nothing(cast):
    for path in (mail_page(cast), stop_page(cast.ann.author, "reply")):
        page = Client().get(path)
        assert page.status_code == 200
        assert not Wish.objects.exists()
        assert page["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page["Cache-Control"]
    assert "Stop mails like this one" in page.content.decode()


def test_the_page_changes_one_kind(cast):
    Client().post(mail_page(cast), {"mention": "weekly"})
    assert (mails(cast), mails(cast, Kind.MENTION)) == (Pace.ONCE, Pace.WEEKLY)


def one_letter_else(secret: str) -> str:
    return secret[:-1] + ("B" if secret[-1] == "A" else "A")


@pytest.mark.parametrize("spoil", [str.upper, one_letter_else, lambda secret: ""])
def test_a_forged_link_opens_nothing(cast, spoil):
    for way in ("", "confirm/"):
        forged = spoil(secret_of(cast.ann.author)) or "x"
        answer = Client().post(f"/home/mail/{forged}/{way}", {"stop": "1"})
        assert answer.status_code == 404
    assert not Wish.objects.exists()


def test_t24_a_forged_link_says_nothing_of_who_exists(cast):
    known, unknown = f"{cast.ann.author.public_id}.x", "0000000000000.x"
    answers = [Client().get(f"/home/mail/{secret}/") for secret in (known, unknown)]
    assert answers[0].content == answers[1].content


def test_a_guest_confirms_his_address_by_a_button(cast):
    guest, _ = become_guest(forum=cast.forum, name="Gus", email="gus@example.org")
    ask_for_mail(guest)
    path = f"/home/mail/{confirming_secret_of(guest)}/confirm/"
    assert "Yes, mail me replies" in Client().get(path).content.decode()
    assert Reach.objects.get().confirmed is None
    assert "Thank you." in Client(enforce_csrf_checks=True).post(path).content.decode()
    assert Reach.objects.get().confirmed is not None


def test_one_link_is_not_the_other(cast):
    """Who can stop mail to an address has not proved that he reads it."""
    guest, _ = become_guest(forum=cast.forum, name="Gus", email="gus@example.org")
    ask_for_mail(guest)
    assert Client().post(f"/home/mail/{secret_of(guest)}/confirm/").status_code == 404
    assert Reach.objects.get().confirmed is None


# -- the tick in the composer --------------------------------------------------------------


def test_a_guest_asks_by_one_tick(cast):
    guest = cast.guest()
    assert guest.send("PUT", "/me/mail", {"replies": True}).status_code == 400
    guest.author.email = "gus@example.org"
    guest.author.save()
    told = guest.send("PUT", "/me/mail", {"replies": True})
    assert told.json() == {"replies": True, "confirmed": False}
    assert Letter.objects.get().comment is None
    path = f"/me/threads/{cast.thread.public_id}"
    assert guest.send("GET", path).json()["mails"] is True
    guest.send("PUT", "/me/mail", {"replies": False})
    assert guest.send("GET", path).json()["mails"] is False


def test_r17_an_address_of_somebody_else_is_asked_twice_a_day_at_most(cast, settings):
    settings.LIMITS = True
    statuses = []
    for _ in range(4):
        guest = cast.guest()
        guest.author.email = "victim@example.org"
        guest.author.save()
        statuses.append(guest.send("PUT", "/me/mail", {"replies": True}).status_code)
    assert statuses == [200, 200, 429, 429]
    assert Letter.objects.count() == 2
