"""Another name on one site: it is what he is called there on every surface, and leads nowhere."""

import pytest
from django.conf import settings
from django.test import Client

from voxpop import ids
from voxpop.accounts.actions import become_guest
from voxpop.accounts.faces import face_of
from voxpop.accounts.models import Author, Persona
from voxpop.accounts.names import check_name
from voxpop.errors import Problem
from voxpop.events.worker import drain_outbox
from voxpop.notices.collapsing import collapse
from voxpop.notices.headlines import headline
from voxpop.notices.inbox import read_inbox
from voxpop.people.actions import follow, mute
from voxpop.people.models import Follow, Mute, PersonaMute
from voxpop.people.reading import find_person, names_beginning
from voxpop.profiles.actions import change_persona
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast
from voxpop.transfer.actions.export_forum import export_forum

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]
OWL = "Night Owl"


@pytest.fixture
def cast(settings) -> Cast:
    """Ann is the owl where Bob has begun to talk; she answers him and is called by him."""
    settings.LIMITS = False
    cast = Cast.standing()
    cast.first = cast.comment("Bob begins.", author=cast.bob.author)
    change_persona(cast.ann.author, cast.forum, name=OWL, is_shown=False)
    cast.ann.author = Author.objects.get(id=cast.ann.author.id)
    cast.answer = cast.comment("Hoo hoo.", author=cast.ann.author, parent=cast.first)
    drain_outbox()
    return cast


@pytest.fixture
def owl(cast) -> Persona:
    return Persona.objects.get(author=cast.ann.author, forum=cast.forum)


def page(person, path: str) -> str:
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(person.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def surfaces(cast: Cast) -> dict[str, str]:
    """What names Ann to others in this forum."""
    thread, answer, desk = cast.thread.public_id, cast.answer.public_id, "/moderate/"
    vote = cast.bob.send("PUT", f"/comments/{answer}/vote", {"value": 1})
    flag = cast.bob.send("PUT", f"/comments/{answer}/flag", {"reason": "spam"})
    assert vote.status_code == flag.status_code == 200
    asked = f"forum={cast.forum.shortname}&author={cast.ann.author.public_id}"
    below = cast.comment("Bob goes on.", author=cast.bob.author, parent=cast.answer)
    told = collapse(read_inbox(cast.bob.author).groups[0].told)
    return {
        "page": Client().get(f"/t/{thread}/").content.decode(),
        "json": Client().get(f"/api/v1/threads/{thread}/comments").content.decode(),
        "inbox": page(cast.bob, "/home/inbox/"),
        "headline": headline(told[0], "en"),
        "votes": page(cast.bob, "/home/votes/"),
        "conversation": page(cast.bob, f"/home/comments/{below.public_id}/conversation/"),
        "write": page(cast.bob, f"/t/{thread}/write?parent={answer}"),
        "desk": page(cast.owner, f"{desk}?forum={cast.forum.shortname}&kind=every"),
        "his comments": page(cast.owner, f"{desk}?{asked}"),
        "comment": page(cast.owner, f"{desk}comments/{answer}/"),
        "ban": page(cast.owner, f"{desk}bans/new/?{asked}"),
        "completion": str([face.name for face in names_beginning("n", thread, cast.bob.author)]),
        "export": b"".join(export_forum(cast.forum)).decode(),
        "feed": Client().get(f"/f/{cast.forum.shortname}/feed.atom").content.decode(),
    }


def test_every_surface_of_the_site_calls_him_by_it_and_none_by_his_account(cast):
    for name, shown in surfaces(cast).items():
        assert OWL in shown, name
        assert cast.ann.author.name not in shown, name


def test_he_himself_sees_who_he_is_there(cast):
    overlay = cast.ann.send("GET", f"/me/threads/{cast.thread.public_id}").json()
    assert overlay["viewer"]["name"] == OWL
    elsewhere = Cast.standing()
    overlay = cast.ann.send("GET", f"/me/threads/{elsewhere.thread.public_id}").json()
    assert overlay["viewer"]["name"] == cast.ann.author.name


def test_the_desk_finds_him_by_the_name_of_its_forum_alone(cast):
    queue = f"/moderate/?forum={cast.forum.shortname}&kind=published&q="
    assert "Hoo hoo." in page(cast.owner, f"{queue}night")
    assert "Hoo hoo." not in page(cast.owner, f"{queue}Ann")


def test_he_is_called_by_it_and_not_by_his_account(cast, owl):
    called = cast.comment(f"@{OWL}, are you awake?", author=cast.bob.author)
    assert f'data-author="{owl.public_id}"' in called.html
    drain_outbox()
    assert called in [group.newest.comment for group in read_inbox(cast.ann.author).groups]
    assert (
        "data-author" not in cast.comment(f"@{cast.ann.author.name}?", author=cast.bob.author).html
    )


def test_t07_nobody_there_looks_like_him_nor_he_like_anybody(cast):
    for name in (OWL, "Nіght Owl", "NIGHT  OWL"):
        with pytest.raises(Problem):
            become_guest(forum=cast.forum, name=name)
        with pytest.raises(Problem):
            change_persona(cast.bob.author, cast.forum, name=name)
        with pytest.raises(Problem):
            check_name(name)
    for name in (cast.bob.author.name, "Deleted user"):
        with pytest.raises(Problem):
            change_persona(cast.ann.author, cast.forum, name=name)
    assert become_guest(forum=Cast.standing().forum, name=OWL)
    assert check_name(OWL, wearer=cast.ann.author) == OWL


def test_who_mutes_him_there_mutes_him_there_alone(cast, owl):
    mute(author=cast.bob.author, person=find_person(owl.public_id))
    assert not Mute.objects.exists()
    overlay = cast.bob.send("GET", f"/me/threads/{cast.thread.public_id}").json()
    assert overlay["mutes"] == [owl.public_id]
    assert read_inbox(cast.bob.author).groups == []
    people = page(cast.bob, "/home/people/?list=muted")
    assert OWL in people
    assert cast.ann.author.name not in people
    elsewhere = Cast.standing()
    there = elsewhere.comment("Bob asks.", author=cast.bob.author)
    elsewhere.comment("Ann answers.", author=cast.ann.author, parent=there)
    drain_outbox()
    assert len(read_inbox(cast.bob.author).groups) == 1


def test_a_mute_of_his_account_tells_nobody_who_he_is_there(cast):
    mute(author=cast.bob.author, person=cast.ann.author)
    assert [group.newest.comment for group in read_inbox(cast.bob.author).groups] == [cast.answer]


def test_nobody_follows_him_by_it_nor_mutes_himself(cast, owl):
    with pytest.raises(Problem):
        follow(author=cast.bob.author, person=find_person(owl.public_id))
    with pytest.raises(Problem):
        mute(author=cast.ann.author, person=find_person(owl.public_id))
    answer = cast.bob.send("PUT", f"/me/mutes/{owl.public_id}")
    assert answer.json() == {"follows": False, "mutes": True, "can_follow": False}
    assert cast.bob.send("DELETE", f"/me/mutes/{owl.public_id}").json()["mutes"] is False
    assert not Follow.objects.exists()
    assert not PersonaMute.objects.exists()


def test_the_page_gives_and_takes_the_name(cast):
    client = Client(headers={"Origin": "http://testserver"})
    client.force_login(cast.bob.author.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    forum = ids.public(cast.forum.id)
    client.post("/home/profile/site/", {"forum": forum, "name": "Barn", "is_shown": "on"})
    drain_outbox()
    assert "Barn" in client.get("/home/profile/").content.decode()
    shown = Client().get(f"/t/{cast.thread.public_id}/").content.decode()
    assert "Barn" in shown
    assert cast.bob.author.name not in shown
    told = client.post("/home/profile/site/", {"forum": forum, "name": OWL}, follow=True)
    assert 'class="notice bad"' in told.content.decode()
    client.post("/home/profile/site/", {"forum": forum, "name": "", "is_shown": "on"})
    assert not Persona.objects.filter(author=cast.bob.author).exists()
    assert face_of(Author.objects.get(id=cast.bob.author.id), cast.forum.id).name.startswith("Bob")
    assert Comment.objects.get(id=cast.first.id).face.name.startswith("Bob")
