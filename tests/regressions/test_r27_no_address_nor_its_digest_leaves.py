"""R27: Disqus told everybody the MD5 of an e-mail address for its pictures; thousands were named.

No answer of ours holds an address of a person, of mail or of a network, nor a digest of one.

Every shared answer and every answer of the API is looked over, whoever asks.
"""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.regressions import t37_world
from voxpop.accounts.models import Author, User
from voxpop.audit.tenancy import table as t37_table
from voxpop.notices.models import MailWish
from voxpop.threads.models import Comment

# The world alone makes no database: pytest-django makes those that marked tests ask for.
pytestmark = [pytest.mark.broad, pytest.mark.django_db]
world = t37_world.world

WHOLE, NETWORK = "203.0.113.77", "203.0.113.0/24"
GUESTS = "gus.of.magazine@guests.test"
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256")
# So much of a digest is enough to look others up by.
ENOUGH = 12
ROWS = [row for row in t37_table.TABLE if row.is_json or row in t37_table.SHARED]


def forms(secret: str) -> Iterator[bytes]:
    """An address, and whatever could be looked up in a list of digests of addresses."""
    yield secret.encode()
    for text in {secret, secret.upper(), secret.partition("@")[0], f"mailto:{secret}"}:
        for name in DIGESTS:
            digest = hashlib.new(name, text.encode()).digest()
            yield digest.hex()[:ENOUGH].encode()
            yield base64.b64encode(digest)[:ENOUGH]
            yield base64.urlsafe_b64encode(digest)[:ENOUGH]


def secrets(world: t37_world.World) -> dict[str, list[bytes]]:
    """Every address there is, in all its forms."""
    comments = Comment.objects.filter(forum=world.here.forum)
    comments.update(address=NETWORK)
    guest = world.people[t37_table.GUEST]
    assert guest is not None
    Author.objects.filter(id=guest.author.id).update(email=GUESTS)
    MailWish.objects.update_or_create(author=guest.author)
    addresses = [WHOLE, NETWORK, GUESTS, *User.objects.values_list("email", flat=True)]
    return {address: list(forms(address)) for address in addresses}


def said(answer: Any) -> bytes:
    """All of it: headers tell as well."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return headers.encode() + bytes(answer.content)


def found(text: bytes, secrets: dict[str, list[bytes]]) -> list[str]:
    return [whose for whose, each in secrets.items() if any(form in text for form in each)]


@pytest.mark.parametrize("each", ROWS, ids=str)
def test_no_answer_holds_an_address(world: t37_world.World, each: t37_table.Row) -> None:
    for actor in sorted(each.who or {t37_table.OTHER_OWNER}):
        with t37_world.taken_back():
            known = secrets(world)
            answer = t37_world.ask(world, each, actor, world.objects)
            assert found(said(answer), known) == [], actor


def test_the_whole_address_of_a_writer_is_not_even_kept(world: t37_world.World) -> None:
    with t37_world.taken_back():
        ann = world.people[t37_table.READER]
        assert ann is not None
        body = {"thread": t37_table.PAGE, "source": "From somewhere."}
        answer = Client(REMOTE_ADDR=WHOLE).post(
            f"/api/v1/forums/{world.here.forum.shortname}/comments",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {ann.token}", "Idempotency-Key": "r27"},
        )
        assert answer.status_code == 201
        assert found(said(answer), {WHOLE: list(forms(WHOLE)), NETWORK: list(forms(NETWORK))}) == []
        assert Comment.objects.get(address=NETWORK)
        assert WHOLE not in str(t37_world.fingerprint())


@pytest.mark.parametrize("form", [0, 1, 2, 20])
def test_it_would_be_found(form: int) -> None:
    each = list(forms(GUESTS))
    assert found(b'{"avatar":"/avatar/%s.svg"}' % each[form], {GUESTS: each}) == [GUESTS]
