"""One comment by itself: what is shared of it, what others may frame of it, and when it is gone."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from voxpop.analytics.referrals import Way
from voxpop.forums.models import Site
from voxpop.pages import pictures
from voxpop.pages.drawing import card, fonts
from voxpop.pages.networks import NETWORKS
from voxpop.threads import actions
from voxpop.threads.models import Comment, Status, Thread
from voxpop.threads.tests.cast import PAGE, Cast

pytestmark = pytest.mark.django_db
PARTS = ("/", "/frame", "/picture.png")


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def said(cast: Cast) -> Comment:
    return cast.comment("The *map* is <b>wrong</b> & old.")


def get(path: str, status: int = 200) -> str:
    answer = Client().get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def path_of(comment: Comment) -> str:
    return f"/c/{comment.public_id}"


def properties(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="([\w:]+)" content="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


# -- the page ------------------------------------------------------------------------------


def test_networks_read_who_said_what_and_where(said):
    page = get(f"{path_of(said)}/")
    found = properties(page)
    assert found["og:title"] == "Ann Reader magazine: Story"
    assert found["og:description"] == "The map is <b>wrong</b> & old."
    assert found["og:site_name"] == "Magazine"
    assert found["og:url"] == f"{settings.HOST}{path_of(said)}/"
    assert found["og:image"] == f"{settings.HOST}{path_of(said)}/picture.png"
    assert found["twitter:card"] == "summary_large_image"
    assert f'<link rel="canonical" href="{PAGE}">' in page
    oembed = re.search(r'type="application/json\+oembed" href="([^"]+)"', page)
    assert oembed
    answer = Client().get(unescape(oembed[1]).removeprefix(settings.HOST))
    assert answer.json()["author_name"] == "Ann Reader magazine"


def test_who_comes_by_a_shared_link_is_led_on_and_counted(said):
    page = get(f"{path_of(said)}/?from=mastodon")
    onward = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert onward
    assert onward[1] == f"{path_of(said)}?from=mastodon"
    answer = Client().get(onward[1])
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}#voxpop-{said.public_id}")
    assert "og:title" in properties(page)


@pytest.mark.parametrize("way", ["", "?from=", "?from=nobody", "?from=//evil.example"])
def test_nobody_else_is_led_on(said, way):
    page = get(f"{path_of(said)}/{way}")
    assert "http-equiv" not in page
    assert "evil" not in page


def test_nobody_is_led_to_a_page_that_is_on_no_site_of_the_forum(cast, said):
    """SAFETY T14: an imported thread, or one whose site was removed since."""
    Site.objects.all().delete()
    for path in (f"{path_of(said)}/?from=mail", f"{path_of(said)}/", f"{path_of(said)}/frame"):
        page = get(path)
        assert "http-equiv" not in page
        assert PAGE not in page
    answer = Client().get(f"/t/{said.thread.public_id}/visit?from=mail")
    assert answer["Location"] == f"/t/{said.thread.public_id}/"


def test_it_is_shared_by_plain_links_that_say_their_way(said):
    page = get(f"{path_of(said)}/")
    found = re.findall(r'class="button" href="([^"]+)"[^>]*>([^<]+)</a>', page)
    links = {name: unescape(address) for address, name in found}
    assert set(links) == {"E-mail", *(network.name for network in NETWORKS)}
    for network in NETWORKS:
        assert f"%2Fc%2F{said.public_id}%2F%3Ffrom%3D{network.way}" in links[network.name]
    assert links["E-mail"].startswith("mailto:?subject=")
    assert "<script" not in page


def test_what_was_typed_leaves_no_link_and_no_attribute(cast):
    comment = cast.comment('"><script>alert(1)</script> {link} {0} &from=x#y')
    Thread.objects.update(title='T"><img src=x onerror=alert(1)>')
    page = get(f"{path_of(comment)}/")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    for address in re.findall(r'class="button" href="([^"]+)"', page):
        assert not re.search(r'[\s"<>{}]', unescape(address))


def test_a_comment_is_shown_as_its_author_is_seen_in_this_forum(cast, said):
    from voxpop.accounts.models import Author
    from voxpop.profiles.actions import change_persona

    author = Author.objects.get(id=said.author_id)
    change_persona(author, cast.forum, name="Another Name", is_shown=False)
    for part in ("/", "/frame"):
        page = get(f"{path_of(said)}{part}")
        assert "Another Name" in page
        assert "Ann Reader" not in page


# -- the frame -----------------------------------------------------------------------------


def test_anybody_may_frame_it_since_nothing_in_it_acts(said):
    answer = Client().get(f"{path_of(said)}/frame")
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not re.search(r"<(script|form|button|input|iframe)|\son\w+=", answer.content.decode())


@pytest.mark.parametrize("part", ["", "/", "/picture.png"])
def test_nothing_else_of_it_may_be_framed(said, part):
    policy = Client().get(f"{path_of(said)}{part}")["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


def test_the_frame_leads_to_the_thread_and_says_that_it_was_the_frame(said):
    page = get(f"{path_of(said)}/frame")
    assert f'href="{path_of(said)}?from={Way.EMBED}"' in page


# -- gone ----------------------------------------------------------------------------------


@pytest.mark.broad
@pytest.mark.parametrize("status", [Status.SPAM, Status.DELETED, Status.REJECTED])
@pytest.mark.parametrize("part", PARTS)
def test_nothing_of_what_is_removed_is_there(cast, said, status, part):
    cast.comment("An answer.", parent=said)  # its place stays in the thread
    get_ok = Client().get(f"{path_of(said)}{part}")
    assert get_ok.status_code == 200
    actions.remove_comment(said, status)
    gone = Client().get(f"{path_of(said)}{part}")
    assert gone.status_code == 404
    assert b"map" not in gone.content
    assert gone["Surrogate-Key"] == f"c:{said.public_id}"


@pytest.mark.parametrize("part", PARTS)
def test_what_waits_is_not_there_and_looks_as_what_never_was(cast, said, part):
    actions.hold_comment(said)
    waits = Client().get(f"{path_of(said)}{part}")
    never = Client().get(f"/c/0123456789abc{part}")
    assert waits.status_code == never.status_code == 404
    assert waits.content == never.content


@pytest.mark.parametrize("part", PARTS)
def test_what_is_shown_of_it_is_purged_with_its_thread(said, part):
    worn = Client().get(f"{path_of(said)}{part}")["Surrogate-Key"].split()
    assert f"t:{said.thread.public_id}" in worn


# -- the picture ---------------------------------------------------------------------------


def test_the_picture_is_drawn_once_for_the_same_words(said, monkeypatch):
    first = Client().get(f"{path_of(said)}/picture.png")
    assert first["Content-Type"] == "image/png"
    assert first.content.startswith(b"\x89PNG")
    monkeypatch.setattr(pictures, "draw", lambda said: pytest.fail("drawn again"))
    assert Client().get(f"{path_of(said)}/picture.png").content == first.content


def test_a_sensitive_thread_has_no_picture(said):
    actions.mark_sensitive(said.thread, True)
    assert "og:image" not in properties(get(f"{path_of(said)}/"))
    get(f"{path_of(said)}/picture.png", 404)


def test_where_letters_are_missing_there_is_no_picture_and_none_is_promised(cast, monkeypatch):
    monkeypatch.setattr(fonts, "fonts", lambda: fonts_of_pillow())
    comment = cast.comment("去年の秋にそこを歩きました。")
    page = get(f"{path_of(comment)}/")
    assert "og:image" not in properties(page)
    assert properties(page)["twitter:card"] == "summary"
    get(f"{path_of(comment)}/picture.png", 404)


FONTS = fonts.fonts


def fonts_of_pillow() -> tuple[fonts.Font, ...]:
    return tuple(font for font in FONTS() if font.path is None)


def test_without_shaping_no_line_from_right_to_left_is_drawn(monkeypatch):
    hebrew = card.Said("Noa", "N", 1, "הלכתי שם", "Elm", "Magazine")
    monkeypatch.setattr(fonts, "is_shaping", lambda: False)
    assert not card.is_drawable(hebrew)
    assert card.is_drawable(card.Said("Noa", "N", 1, "I went", "Elm", "Magazine"))


def test_emoji_are_left_out_and_words_are_not(monkeypatch):
    monkeypatch.setattr(fonts, "fonts", fonts_of_pillow)
    found = fonts.drawable("Well \U0001f389\U0001f469\u200d\U0001f680 done\ufe0f")
    assert found is not None
    assert found.text == "Well done"
    assert fonts.drawable("Мир") is None
    assert not card.is_drawable(card.Said("Ann", "A", 1, "\U0001f389", "Elm", "Magazine"))


def test_no_more_is_drawn_than_so_many_letters():
    """SAFETY T32: before anything is measured, since measuring is what takes long."""
    looked_at = card._card(card.Said("N" * 9000, "N", 1, "x" * 9000, "T" * 9000, "F" * 9000))
    for what, most in (
        (looked_at.name, card.LONGEST_NAME),
        (looked_at.text, card.LONGEST),
        (looked_at.title, card.LONGEST_TITLE),
        (looked_at.forum, card.LONGEST_NAME),
    ):
        assert len(what.text) == most + 1  # and what says that there was more


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, "a " * 50_000, "W" * 3000, "i\n" * 9000, ".", "a" + "\u0301" * 5000, "\x00a"],
    ids=["word", "words", "wide", "lines", "dot", "marks", "nul"],
)
def test_no_text_takes_long_to_draw(text):
    """SAFETY T32: what it costs is bounded, however long or odd the text is."""
    import time

    said = card.Said("N" * 9000, "N", 1, text, "T" * 9000, "F" * 9000)
    began = time.process_time()
    picture = card.draw(said)
    assert time.process_time() - began < 2
    assert picture is None or len(picture) < 200_000


def test_one_picture_is_drawn_at_a_time(monkeypatch):
    monkeypatch.setattr(card, "PATIENCE", 0.01)
    said = card.Said("Ann", "A", 1, "Hello.", "Elm", "Magazine")
    with card._drawing, pytest.raises(card.Problem) as refused:
        card.draw(said)
    assert refused.value.code == "unavailable"
    assert card.draw(said)


# -- a thread ------------------------------------------------------------------------------


def test_a_thread_is_shared_by_links_that_lead_to_its_page(said):
    thread = said.thread.public_id
    page = get(f"/t/{thread}/share")
    assert f"%2Ft%2F{thread}%2Fvisit%3Ffrom%3Dbluesky" in page
    answer = Client().get(f"/t/{thread}/visit?from=bluesky")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    for path in ("share", "visit"):
        assert Client().get(f"/t/00000000000000000000/{path}").status_code == 404


def test_what_is_discussed_may_be_framed_with_the_best_of_it_and_nothing_acts(cast, said):
    cast.comment("Answered.", parent=said)
    thread = said.thread.public_id
    answer = Client().get(f"/t/{thread}/frame")
    page = answer.content.decode()
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert "script-src 'none'" in answer["Content-Security-Policy"]
    assert not re.search(r"<(script|form|button|input|iframe)|\son\w+=", page)
    assert f'href="/t/{thread}/visit?from={Way.EMBED}"' in page
    assert "Comments: 2" in page
    assert "The <em>map</em> is" in page
    assert f"t:{thread}" in answer["Surrogate-Key"].split()
    actions.remove_comment(said, Status.SPAM)
    assert "map" not in get(f"/t/{thread}/frame")
    for part in ("frame", "picture.png"):
        assert Client().get(f"/t/00000000000000000000/{part}").status_code == 404


def test_nothing_said_in_a_sensitive_thread_is_framed_or_drawn(said):
    thread = said.thread.public_id
    actions.mark_sensitive(said.thread, True)
    assert "map" not in get(f"/t/{thread}/frame")
    assert "og:image" not in properties(get(f"/t/{thread}/"))
    get(f"/t/{thread}/picture.png", 404)


def test_a_thread_is_drawn_with_its_site_and_how_much_was_said(said):
    thread = said.thread.public_id
    shown = pictures.of_thread(Thread.objects.select_related("forum").get())
    assert (shown.text, shown.name, shown.forum) == ("Story", "Magazine", "magazine.test")
    assert shown.title == "Comments: 1"
    image = properties(get(f"/t/{thread}/"))["og:image"]
    answer = Client().get(image.removeprefix(settings.HOST))
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_a_device_s_own_sheet_is_offered_where_there_is_one_and_hidden_before(said):
    thread = said.thread.public_id
    page = get(f"/t/{thread}/share")
    button = re.search(r'<button [^>]*id="sheet"[^>]*>', page)
    assert button
    assert " hidden" in button[0]
    assert f"/t/{thread}/visit?from=sheet" in button[0]


def test_each_comment_of_the_public_page_leads_to_where_it_is_shared(said):
    page = get(f"/t/{said.thread.public_id}/")
    assert f'href="{path_of(said)}/"' in page
    assert f'href="/t/{said.thread.public_id}/share"' in page
    assert properties(page)["og:title"] == "Story"
