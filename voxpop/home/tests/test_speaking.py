"""One's own pages are in one's own language, whole, and no other page is."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from django.utils.translation import get_language

import voxpop
from voxpop import ids
from voxpop.accounts.actions import choose_language
from voxpop.accounts.speaking import COOKIE, OWN, OWNERS
from voxpop.events.worker import drain_outbox
from voxpop.forums.models import Sso
from voxpop.moderation.actions import decide
from voxpop.moderation.models import Ground, Verb
from voxpop.people.actions import follow, mute, watch
from voxpop.profiles.actions import Wanted, change_profile
from voxpop.sso.actions import change_sso
from voxpop.threads.actions import edit_comment, vote
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import ORIGIN, Cast
from voxpop.words import saying, words

pytestmark = pytest.mark.django_db(transaction=True)
PRODUCT = Path(voxpop.__file__).parent
HERE = {"Origin": "http://testserver"}
# English on purpose: files that are taken away, and what has no words of its own.
ENGLISH = {
    *("skipped_table", "export", "figures_table", "figures_threads_table", "figures_json"),
    *("push_worker", "takeout_file"),
    # In the language of the mail that led there.
    *("mail", "stop_mail", "confirm_mail"),
}
NOTICES = ("inbox", "line", "settings")
PRIVACY = (
    *("mine", "takeout", "what", "choose", "erase", "asked", "guest", "refused", "find", "wipe"),
)
PAGES = ("base", "home", "account", "field", "fields", "refused")
OWNER = (
    *("new_forum", "join", "forum", "forum_install", "forum_settings", "forum_sites"),
    *("forum_people", "forum_sso"),
)
THREADS = (
    *("public", "write", "thread_share", "thread_frame", "trending"),
    *("comment", "comment_frame", "sharing", "said", "frame_code"),
)
# All but the outbox, which says what commands and logs say.
DESK = (
    *("ban", "bans", "claims", "comment", "decisions", "desk", "give", "grounds", "history"),
    *("item", "queue", "threads"),
)
TEMPLATES = [
    *(PRODUCT / "home/templates/home").glob("*.html"),
    *(PRODUCT / "notices/templates/notices" / f"{each}.html" for each in NOTICES),
    *(PRODUCT / "profiles/templates/profiles" / f"{each}.html" for each in ("mine", "follow")),
    *(PRODUCT / "privacy/templates/privacy" / f"{each}.html" for each in PRIVACY),
    *(PRODUCT / "claims/templates").rglob("*.html"),
    *(PRODUCT / "accounts/templates").rglob("*.html"),
    *(PRODUCT / "identities/templates").rglob("*.html"),
    *(PRODUCT / "sso/templates").rglob("*.html"),
    *(PRODUCT / "moderation/templates/moderation" / f"{each}.html" for each in DESK),
    *(PRODUCT / "timelines/templates").rglob("*.html"),
    *(PRODUCT / "transfer/templates").rglob("*.html"),
    *(PRODUCT / "analytics/templates").rglob("*.html"),
    *(PRODUCT / "pages/templates" / each for each in ("404.html", "403_csrf.html")),
    *(PRODUCT / "pages/templates/pages" / f"{each}.html" for each in PAGES + THREADS + OWNER),
]


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


@pytest.fixture
def ann(cast) -> Client:
    client = Client(headers=HERE)
    client.force_login(cast.ann.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def wide(monkeypatch) -> None:
    """A language that is English in wide letters: what has a narrow one is no word of ours."""
    monkeypatch.setattr(saying, "words", lambda _: WIDENED)


def widened(word: Any) -> Any:
    if isinstance(word, dict):
        return {form: widened(each) for form, each in word.items()}
    held = re.split(r"(<[^>]*>|{\w+})", word)
    return "".join(each if at % 2 else each.translate(WIDE) for at, each in enumerate(held))


WIDE = {ord(each): ord(each) + 0xFEE0 for each in map(chr, range(33, 127)) if each.isalpha()}
WIDENED = {key: widened(word) for key, word in words("en").items()}


class Seen(HTMLParser):
    """What a page shows or reads aloud that neither people wrote nor a clock says."""

    SPOKEN = ("aria-label", "title", "placeholder", "alt")
    CHOSEN = ("language", "site", "zone", "summary_weekday")  # names, and Django's days
    VOID = ("input", "img", "br", "meta", "link")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.quiet: list[bool] = [False]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.texts += [value for name in self.SPOKEN if (value := given.get(name))]
        if tag not in self.VOID:
            is_theirs = tag in {"bdi", "time", "code", "kbd", "script", "style", "svg", "textarea"}
            is_theirs |= "dir" in given and tag != "html"
            is_theirs |= tag == "select" and given.get("name") in self.CHOSEN
            self.quiet.append(self.quiet[-1] or is_theirs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.quiet.pop()

    def handle_data(self, text: str) -> None:
        if not self.quiet[-1]:
            self.texts.append(text)

    def narrow(self) -> list[str]:
        # Names, and a day of a month.
        theirs = r"Voxpop|Magazine|(?:Ann Reader|Olive Owner) \w+|\d+\.? [A-Z][a-z]+"
        told = [re.sub(theirs, "", text) for text in self.texts]
        return [text.strip() for text in told if re.search("[A-Za-z]", text)]


def spoken_in(page) -> tuple[str, str]:
    found = re.search(r'<html lang="([\w-]+)" dir="(\w+)"', page.content.decode())
    return found[1], found[2]


def below_home(resolver, path: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        below = path + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from below_home(each, below)
        elif below.startswith("home/"):
            yield each.name


def test_every_page_below_home_speaks_or_is_english_on_purpose() -> None:
    assert set(below_home(get_resolver())) == OWN | OWNERS | ENGLISH
    assert len(OWN) + len(OWNERS) + len(ENGLISH) == len(OWN | OWNERS | ENGLISH)


def test_the_language_that_somebody_chose_comes_first_then_the_doors_then_the_browsers(
    cast, ann
) -> None:
    assert spoken_in(ann.get("/home/")) == ("en", "ltr")
    page = ann.get("/home/", headers={"Accept-Language": "xx, pt-BR;q=0.9"})
    assert spoken_in(page) == ("pt-br", "ltr")
    ann.cookies[COOKIE] = "he"
    assert spoken_in(ann.get("/home/", headers={"Accept-Language": "pt"})) == ("he", "rtl")
    choose_language(cast.ann.author.user, "de")
    page = ann.get("/home/?lang=ja", headers={"Accept-Language": "pt"})
    assert spoken_in(page) == ("de", "ltr")
    assert page["Content-Language"] == "de"
    assert "Accept-Language" in page["Vary"]
    assert "no-store" in page["Cache-Control"]
    assert words("de")["my_comments"] in page.content.decode()
    assert get_language() == "en"


@pytest.mark.parametrize("path", ["/trending/", "/t/{thread}/", "/u/ann/"])
def test_a_shared_page_is_the_same_whoever_asks(cast, ann, path) -> None:
    change_profile(cast.ann.author, Wanted(handle="ann", is_public=True))
    comment = cast.thread.comments.earliest("id")
    path = path.format(thread=cast.thread.public_id, comment=comment.public_id)
    nobodys = Client().get(path)
    assert nobodys.status_code == 200
    choose_language(cast.ann.author.user, "de")
    ann.cookies[COOKIE] = "de"
    ann.get("/home/", headers={"Accept-Language": "de"})
    mine = ann.get(path, headers={"Accept-Language": "de"})
    assert mine.content == nobodys.content
    assert "Vary" not in mine


def a_life(cast: Cast) -> Comment:
    """Something of everything that a page of Ann's may show; the one that is talked about."""
    own = cast.thread.comments.earliest("id")
    parent = cast.comment("Bob begins.", author=cast.bob.author)
    mine = cast.comment("Ann answers.", parent=parent)
    Comment.objects.filter(id=mine.id).update(up=2, down=1)
    for author in (cast.bob.author, cast.owner.author):
        cast.comment("An answer.", author=author, parent=mine)
        vote(comment=mine, author=author, value=1)
        follow(author=author, person=cast.ann.author)
    follow(author=cast.ann.author, person=cast.owner.author)
    mute(author=cast.ann.author, person=cast.bob.author)
    watch(author=cast.ann.author, thread=cast.thread)
    change_profile(cast.owner.author, Wanted(handle="olive", is_public=True))
    vote(comment=parent, author=cast.ann.author, value=-1)
    removed = cast.comment("Not for long.")
    owner = cast.owner.author.user
    decide(comment=removed, verb=Verb.REJECT, by=owner, told=Ground.RULES)
    edit_comment(comment=own, author=cast.ann.author, source="Changed.", revision=own.revision)
    cast.forum.is_premoderated = True
    cast.forum.save()
    cast.comment("This waits.")
    cast.thread.refresh_from_db()
    drain_outbox()
    return mine


@pytest.mark.broad
def test_a_page_has_no_english_word_of_its_own(cast, ann, wide) -> None:
    mine = a_life(cast)
    newest = "?after=zzzzzzzzzzz"
    for path in (
        *("/home/", "/home/comments/", "/home/comments/?state=waiting", "/home/comments/?q=no"),
        *("/home/feed/", "/home/votes/", "/home/watching/", "/home/people/", "/home/inbox/"),
        *("/home/people/?list=followers", "/home/people/?list=muted"),
        *(f"/home/{each}/{newest}" for each in ("comments", "feed", "votes", "watching", "inbox")),
        f"/home/comments/{mine.public_id}/",
        f"/home/comments/{mine.public_id}/conversation/",
        *("/home/account/", "/home/signed-in/", "/home/profile/", "/home/settings/notices/"),
        *(f"/home/settings/notices/?site={cast.forum.shortname}", "/home/follow/olive/"),
        *("/home/privacy/", "/home/claims/", "/home/merge/"),
    ):
        page = ann.get(path)
        assert page.status_code == 200, path
        assert Seen(page.content.decode()).narrow() == [], path
    missing = ann.get("/home/comments/nothing/")
    assert missing.status_code == 404
    assert Seen(missing.content.decode()).narrow() == []


@pytest.mark.broad
def test_what_a_guest_comes_to_has_no_english_word_of_its_own(
    cast, wide, settings, tmp_path
) -> None:
    settings.DATA, settings.LEDGER = tmp_path, tmp_path / "ledger"
    path = urlsplit(cast.guest("Gus").send("POST", "/me/privacy").json()["url"]).path
    gus = Client(headers=HERE)
    pages = [gus.get(path)]
    for given in ({"act": "takeout"}, {"act": "erase"}, {"act": "erase", "texts": "keep"}):
        pages.append(gus.post(path, given, follow=True))
    assert [page.status_code for page in pages] == [200, 200, 400, 200]
    for page in pages:
        assert Seen(page.content.decode()).narrow() == []


def test_a_sites_own_sign_in_has_no_english_word_of_ours(cast, wide) -> None:
    change_sso(forum=cast.forum, mode=Sso.BESIDE, address=f"{ORIGIN}/in", moderates=False)
    out = f"/accounts/sso/{cast.forum.shortname}/"
    window = Client(headers=HERE)
    back = f"{out}back/"
    pages = [window.get(out), window.get(back), window.post(back, {"token": "forged"})]
    assert [page.status_code for page in pages] == [400, 200, 401]
    for page in pages:
        assert Seen(page.content.decode()).narrow() == []
        assert not re.search('data-none="[^"]*[a-z]', page.content.decode())


@pytest.mark.broad
def test_what_a_button_did_or_could_not_do_is_said_in_words(cast, ann, wide) -> None:
    mine = a_life(cast)
    for path, given in (
        (f"/home/comments/{mine.public_id}/", {"source": "", "revision": "1"}),
        (f"/home/comments/{mine.public_id}/", {"source": "x" * 20_000, "revision": "1"}),
        (f"/home/comments/{mine.public_id}/", {"source": "More.", "revision": "7"}),
        (f"/home/comments/{mine.public_id}/", {"source": "More.", "revision": "?"}),
        (f"/home/comments/{mine.public_id}/", {"source": "More.", "revision": "0"}),
        (f"/home/comments/{mine.public_id}/delete/", {}),
        ("/home/people/", {"act": "follow", "person": cast.bob.author.public_id}),
        ("/home/people/", {"act": "follow", "person": cast.ann.author.public_id}),
        ("/home/people/", {"act": "follow", "person": "nobody"}),
        ("/home/people/", {"act": "promote"}),
        ("/home/watching/", {"thread": "nothing"}),
        ("/home/account/", {"name": "Ann Reader older", "language": "de"}),
        ("/home/signed-in/", {"browser": "nothing"}),
        ("/home/account/sign-out/", {}),
        ("/home/settings/notices/", {"zone": "Europe/Berlin", "summary_hour": "7"}),
        ("/home/settings/notices/", {"zone": "Nowhere"}),
        ("/home/settings/notices/", {"quiet_from": "late"}),
        ("/home/settings/notices/", {"quiet_from": "22:00"}),
        ("/home/settings/notices/devices/", {"endpoint": "nothing"}),
        ("/home/claims/", {}),
        ("/home/claims/imported/", {"act": "ask", "comment": "nowhere"}),
        ("/home/claims/imported/", {"act": "claim", "author": "nobody"}),
        ("/home/profile/", {"about": "It is me."}),
        ("/home/profile/avatar/", {}),
        ("/home/profile/avatar/", {"remove": "1"}),
        ("/home/profile/site/", {"forum": ids.public(cast.forum.id), "is_shown": "on"}),
        ("/home/profile/site/", {"forum": ids.public(cast.forum.id), "name": cast.bob.author.name}),
    ):
        page = ann.post(path, {"key": "a" * 22, **given}, follow=True)
        said = page.content.decode()
        assert 'class="notice' in said, path
        assert Seen(said).narrow() == [], path


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_template_has_no_word_that_is_not_said(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r'\|default:"[^"]*[a-z]', text)
    width = r"{% block width %}\w*{% endblock %}"
    comment = r"{#.*?#}|{% comment %}.*?{% endcomment %}"
    names = "mastodon.social|Atom|JSON Feed|UTC|Website"  # the last is for machines only
    code = rf"{width}|{comment}|{{%.*?%}}|{{{{.*?}}}}|<svg.*?</svg>|{names}"
    left = re.sub(code, "", text, flags=re.S)
    assert Seen(left).narrow() == []


@pytest.mark.broad
@pytest.mark.parametrize(
    "given",
    [
        {"handle": "x"},
        {"handle": "admin"},
        {"handle": "olive"},
        {"is_public": "on"},
        {"about": "\0"},
        {"handle": "y" * 31},
    ],
)
def test_what_is_wrong_with_a_form_is_said_beside_its_field(cast, ann, wide, given) -> None:
    change_profile(cast.owner.author, Wanted(handle="olive", is_public=True))
    page = ann.post("/home/profile/", given)
    told = Seen(page.content.decode()).narrow()
    own = [each for each in told if "this value has at most" not in each and "Null" not in each]
    assert 'class="error"' in page.content.decode()
    assert own == []


def test_one_chooses_the_language_of_ones_pages_and_mails_by_its_own_name(cast, ann) -> None:
    page = ann.get("/home/account/").content.decode()
    assert '<option value="fa">فارسی</option>' in page
    page = ann.post("/home/account/", {"name": "Ann Reader", "language": "ar"}, follow=True)
    assert spoken_in(page) == ("ar", "rtl")
    assert words("ar")["name_saved"] in page.content.decode()  # said in what was chosen now
    assert words("ar")["language_hint"] in page.content.decode()
    cast.ann.author.user.refresh_from_db()
    assert cast.ann.author.user.language == "ar"
    page = ann.post("/home/account/", {"name": "Ann Reader", "language": ""}, follow=True)
    assert spoken_in(page) == ("en", "ltr")
