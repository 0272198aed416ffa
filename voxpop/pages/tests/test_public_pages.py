"""The public page and writing on it, without a line of script."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from voxpop.limits.paused import pause_writes, resume_writes
from voxpop.screening.models import Ban
from voxpop.threads.models import Comment, Status, Thread
from voxpop.threads.tests.cast import ORIGIN, PAGE, Cast
from voxpop.words import words
from voxpop.words.languages import LANGUAGES

pytestmark = pytest.mark.django_db
OWN = {"Origin": "http://testserver"}


@pytest.fixture
def cast(settings) -> Cast:
    settings.LIMITS = False
    return Cast.standing()


def key_in(page: str) -> str:
    return re.search(r'name="key" value="([\w-]+)"', page)[1]


def write(client: Client, path: str, **typed: str):
    form = client.get(path).content.decode()
    return client.post(path, {"key": key_in(form), "name": "Gil", **typed}, headers=OWN)


class Items(HTMLParser):
    """The schema.org items of a page and the properties of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.types: list[str] = []
        self.properties: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "itemscope" in found:
            self.types.append(found["itemtype"].rpartition("/")[2])
        if "itemprop" in found:
            self.properties.append(found["itemprop"])


def test_the_page_carries_structured_data_and_names_the_publisher_s_page(cast):
    page = Client().get(f"/t/{cast.thread.public_id}/").content.decode()
    assert f'<link rel="canonical" href="{PAGE}">' in page
    items = Items(page)
    assert items.types.count("DiscussionForumPosting") == 1
    assert items.types.count("Comment") == 1
    assert {"headline", "url", "datePublished", "author", "comment", "text", "dateCreated"} <= set(
        items.properties
    )


def test_the_page_has_no_script_and_needs_none(cast):
    page = Client().get(f"/t/{cast.thread.public_id}/").content.decode()
    assert "<script" not in page
    comment = cast.thread.comments.get().public_id
    assert f'<button class="b" name="parent" value="{comment}">Reply</button>' in page
    assert "\x01" not in page


def test_pages_follow_each_other_and_show_every_comment_once(cast):
    for number in range(70):
        cast.comment(f"Number {number}.", author=cast.bob.author)
    shown = set(Thread.objects.get().comments.filter(is_shown=True).values_list("id", flat=True))
    client, seen, where = Client(), [], "?sort=newest"
    while where:
        page = client.get(f"/t/{cast.thread.public_id}/{where}").content.decode()
        seen += re.findall(r'<article [^>]*data-id="(\w+)"', page)
        following = re.search(r'<a rel="next" href="([^"]+)"', page)
        where = following and following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == len(shown)


def test_a_long_branch_is_read_on_its_own_page(cast):
    root = cast.thread.comments.get()
    for number in range(30):
        cast.comment(f"Reply {number}.", parent=root, author=cast.bob.author)
    held = Comment.objects.filter(status=Status.HELD).count()
    client = Client()
    page = client.get(f"/t/{cast.thread.public_id}/").content.decode()
    rest = re.search(r'<p class="gap"><a href="([^"]+)"', page)[1].replace("&amp;", "&")
    first = set(re.findall(r'data-id="(\w+)"', page))
    more = set(re.findall(r'<article [^>]*data-id="(\w+)"', client.get(rest).content.decode()))
    assert not first & more
    assert len(first | more) == 31 - held


def test_a_comment_far_down_is_shown_with_what_it_answers(cast):
    root = cast.thread.comments.get()
    reply = cast.comment("Deep.", parent=root)
    path = f"/t/{cast.thread.public_id}/?sort=around&after={reply.public_id}"
    shown = re.findall(r'<article [^>]*data-id="(\w+)"', Client().get(path).content.decode())
    assert shown == [root.public_id, reply.public_id]


@pytest.mark.parametrize(
    "query", ["sort=around", "sort=around&after=x", "sort=branch", "sort=branch&after=x", "sort=x"]
)
def test_a_place_that_is_not_there_is_refused(cast, query):
    assert Client().get(f"/t/{cast.thread.public_id}/?{query}").status_code in {400, 404}


def test_nothing_held_or_removed_is_shown(cast):
    for status in (Status.HELD, Status.REJECTED, Status.SPAM):
        hidden = cast.comment(f"Hidden as {status}.")
        Comment.objects.filter(id=hidden.id).update(status=status, is_shown=False)
        assert Client().get(f"/c/{hidden.public_id}").status_code == 404
    assert "Hidden as" not in Client().get(f"/t/{cast.thread.public_id}/").content.decode()


def test_a_guest_writes_and_is_known_the_next_time(cast):
    client, path = Client(), f"/t/{cast.thread.public_id}/write"
    sent = write(client, path, source="First without scripts.")
    posted = Comment.objects.get(source="First without scripts.")
    assert sent.status_code == 303
    assert sent["Location"].endswith(f"#c-{posted.public_id}")
    assert "First without scripts." in client.get(sent["Location"]).content.decode()
    assert 'name="name"' not in client.get(path).content.decode()
    again = {"key": key_in(client.get(path).content.decode()), "source": "And a second one."}
    assert client.post(path, again, headers=OWN).status_code == 303
    assert Comment.objects.get(source="And a second one.").author == posted.author
    cookie = client.cookies[f"guest-{cast.forum.shortname}"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_signed_in_reader_writes_as_himself(cast):
    client = Client()
    client.force_login(cast.bob.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    write(client, f"/t/{cast.thread.public_id}/write", source="As Bob.")
    assert Comment.objects.get(source="As Bob.").author == cast.bob.author


def test_a_reply_hangs_below_what_it_answers(cast):
    root = cast.thread.comments.get()
    path = f"/t/{cast.thread.public_id}/write?parent={root.public_id}"
    assert "A comment." in Client().get(path).content.decode()
    write(Client(), path, source="An answer.")
    assert Comment.objects.get(source="An answer.").parent == root


def test_a_form_sent_twice_is_one_comment(cast):
    client, path = Client(), f"/t/{cast.thread.public_id}/write"
    typed = {"key": key_in(client.get(path).content.decode()), "name": "Gil", "source": "Once."}
    answers = [Client().post(path, typed, headers=OWN) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer["Location"].partition("#")[2] for answer in answers}) == 1
    assert Comment.objects.filter(source="Once.").count() == 1
    from voxpop.accounts.models import Author

    assert Author.objects.filter(name="Gil").count() == 1


def test_a_form_that_is_gone_back_to_and_says_something_else_is_another_comment(cast):
    client, path = Client(), f"/t/{cast.thread.public_id}/write"
    key = key_in(client.get(path).content.decode())
    for source in ("First.", "Second.", "Second."):
        sent = client.post(path, {"key": key, "name": "Gil", "source": source}, headers=OWN)
        assert sent.status_code == 303
    assert Comment.objects.filter(source__in=["First.", "Second."]).count() == 2


def test_the_preview_renders_and_keeps_the_text(cast):
    client, path = Client(), f"/t/{cast.thread.public_id}/write"
    shown = write(client, path, source="*bold* <script>", preview="1").content.decode()
    assert "<em>bold</em>" in shown
    assert "*bold* &lt;script&gt;</textarea>" in shown
    assert Comment.objects.count() == 1


def refuse_by_locking(cast):
    Thread.objects.update(is_locked=True)


def refuse_by_pausing(cast):
    pause_writes()


def refuse_guests(cast):
    cast.forum.allows_guests = False
    cast.forum.save()


@pytest.mark.parametrize(
    ("prepare", "typed"),
    [
        (None, {"name": ""}),
        (None, {"name": "Ann Reader TAKEN"}),
        (None, {"key": ""}),
        (None, {"source": "long " * 3000}),
        (refuse_by_locking, {}),
        (refuse_by_pausing, {}),
        (refuse_guests, {}),
    ],
)
def test_every_refusal_leaves_the_text(cast, prepare, typed, tmp_path, settings):
    settings.DATA = tmp_path
    text = typed.get("source", "A text that took an hour.")
    typed = {"source": text, **typed}
    if "TAKEN" in typed.get("name", ""):
        typed["name"] = cast.ann.author.name
    client, path = Client(), f"/t/{cast.thread.public_id}/write"
    key = key_in(client.get(path).content.decode())
    if prepare:
        prepare(cast)
    answer = client.post(path, {"key": key, "name": "Gil", **typed}, headers=OWN)
    resume_writes()
    assert answer.status_code >= 400
    assert text in answer.content.decode()
    assert Comment.objects.count() == 1


def test_a_foreign_page_s_form_is_refused_and_the_text_shown(cast):
    path = f"/t/{cast.thread.public_id}/write"
    typed = {"key": "k", "name": "Gil", "source": "Forged."}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = Client().post(path, typed, headers=headers)
        assert answer.status_code == 403
        assert "Forged." in answer.content.decode()
    assert Comment.objects.count() == 1


def test_a_guest_of_one_forum_is_nobody_in_another(cast):
    other = Cast.standing()
    client = Client()
    write(client, f"/t/{cast.thread.public_id}/write", source="Here.")
    client.cookies[f"guest-{other.forum.shortname}"] = client.cookies[
        f"guest-{cast.forum.shortname}"
    ].value
    assert 'name="name"' in client.get(f"/t/{other.thread.public_id}/write").content.decode()


def test_the_first_comment_of_a_page_can_be_written_without_scripts(cast):
    from voxpop.threads.reading import thread_public_id

    page = f"{ORIGIN}/new"
    public_id = thread_public_id(cast.forum, url=page)
    named = urlencode({"forum": cast.forum.shortname, "u": page, "title": "New"})
    path = f"/t/{public_id}/write?{named}"
    assert Client().get(f"/t/{public_id}/write").status_code == 404
    assert Client().get(path.replace("new", "other", 1)).status_code == 404
    assert write(Client(), path, source="First!").status_code == 303
    assert Thread.objects.get(public_id=public_id).title == "New"


def test_a_held_comment_is_said_to_wait(cast):
    cast.forum.is_premoderated = True
    cast.forum.save()
    client = Client()
    sent = write(client, f"/t/{cast.thread.public_id}/write", source="Patience.")
    assert "waits for a moderator" in client.get(sent["Location"]).content.decode()
    assert "Patience." not in client.get(f"/t/{cast.thread.public_id}/").content.decode()


def forum_speaks(cast: Cast, language: str) -> None:
    cast.forum.language = language
    cast.forum.save()


@pytest.mark.broad
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_thread_speaks_the_forum_s_language(cast, language):
    forum_speaks(cast, language)
    thread, comment = cast.thread.public_id, cast.thread.comments.get().public_id
    for path, key in {
        f"/t/{thread}/": "comments",
        f"/t/{thread}/?sort=around&after={comment}": "one_conversation",
        f"/t/{thread}/share": "embed_code",
        f"/t/{thread}/frame": "comments",
        f"/t/{thread}/write": "back_to_discussion",
        f"/t/{thread}/write?held=mail": "use_mailed_link",
        f"/c/{comment}/": "read_page",
        f"/c/{comment}/frame": None,
        f"/f/{cast.forum.shortname}/": "discussed_now",
    }.items():
        answer = Client().get(path)
        page = unescape(answer.content.decode())
        direction = "rtl" if language in {"ar", "fa", "he"} else "ltr"
        assert f'<html lang="{language}" dir="{direction}"' in page, path
        assert answer["Content-Language"] == language, path
        assert key is None or words(language)[key] in page, path


def test_who_is_answered_and_who_writes_is_said_in_the_order_of_the_language(cast):
    forum_speaks(cast, "ja")
    client = Client()
    client.force_login(cast.bob.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    parent = cast.thread.comments.get().public_id
    page = client.get(f"/t/{cast.thread.public_id}/write?parent={parent}").content.decode()
    assert f"<b><bdi>{cast.ann.author.name}</bdi></b> さんへの返信" in page
    assert f"<b><bdi>{cast.bob.author.name}</bdi></b> として投稿" in page


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ({"name": ""}, "no_name"),
        ({"email": "nowhere"}, "not_an_address"),
        ({"source": ""}, "no_source_empty"),
        ({"website": "", "key": ""}, "no_bad_request"),
    ],
)
def test_a_refusal_is_said_in_the_forum_s_language(cast, typed, key):
    forum_speaks(cast, "pl")
    path = f"/t/{cast.thread.public_id}/write"
    page = write(Client(), path, **{"source": "Text.", **typed}).content.decode()
    assert words("pl")[key] in re.search(r'role="alert">(.*?)</div>', page)[1]


def test_whoever_is_banned_or_late_reads_so_in_the_forum_s_language(cast):
    forum_speaks(cast, "fa")
    client = Client()
    client.force_login(cast.bob.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    path, typed = f"/t/{cast.thread.public_id}/write", {"key": "a" * 22, "source": "Text."}
    Ban.objects.create(forum=cast.forum, author=cast.bob.author)
    banned = client.post(path, typed, headers=OWN).content.decode()
    assert words("fa")["no_banned"] in banned
    Thread.objects.update(is_locked=True)
    Ban.objects.all().delete()
    locked = client.post(path, typed, headers=OWN).content.decode()
    assert words("fa")["no_thread_locked"] in locked
    assert words("fa")["discussion_closed"] in locked
