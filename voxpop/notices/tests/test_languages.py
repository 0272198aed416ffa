"""A mail and a push are in the forum's language, say so, and are written its way."""

import json

import pytest

from voxpop.accounts.actions import become_guest
from voxpop.events.worker import drain_outbox
from voxpop.notices.composing import confirmation, mail_of
from voxpop.notices.devices import turn_on_pushes
from voxpop.notices.gathering import parcels_for
from voxpop.notices.models import Channel
from voxpop.notices.pushing import payload_of
from voxpop.notices.tests.test_pushing import Browser
from voxpop.notices.words import counted
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]
SAID = {
    "he": ("he", "rtl", "ענה לך"),
    "de-AT": ("de", "ltr", "hat dir geantwortet"),
    "fa": ("fa", "rtl", "به شما پاسخ داد"),
    "pt_PT": ("pt", "ltr", "respondeu-lhe"),
    "ko": ("ko", "ltr", "답글을 달았습니다"),
    # No language of ours: in English, and what people wrote finds its own way.
    "cy": ("en", "ltr", "replied to you"),
}


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        *(("en", 1, "Bob and 1 other"), ("en", 2, "Bob and 2 others")),
        *(("pl", 1, "Bob i 1 inna osoba"), ("pl", 22, "Bob i 22 inne osoby")),
        *(("pl", 5, "Bob i 5 innych osób"), ("uk", 11, "Bob і ще 11 людей")),
        *(("ru", 3, "Bob и ещё 3 человека"), ("he", 2, "Bob ועוד שני אנשים")),
        *(("ar", 2, "Bob وشخصان آخران"), ("zh", 1, "Bob 和另外 1 人")),
    ],
)
def test_others_are_counted_as_the_language_counts(language, n, said):
    assert counted("and_others", language, n, name="Bob") == said


@pytest.mark.parametrize("language", SAID)
def test_language_and_direction_are_those_of_the_words(language, settings):
    settings.LIMITS = False
    cast = Cast.standing()
    cast.forum.language = language
    cast.forum.save()
    turn_on_pushes(cast.ann.author, **Browser("https://updates.push.apple.com/x").subscription)
    drain_outbox()
    first = Comment.objects.get(forum=cast.forum)
    cast.comment("An answer.", author=cast.bob.author, parent=first)
    drain_outbox()
    code, direction, words = SAID[language]

    (parcel,) = parcels_for([cast.ann.author.id], Channel.MAIL)
    html = mail_of(parcel, "ann@reader.test").alternatives[0][0]
    assert f'<html lang="{code}" dir="{direction}">' in html
    assert words in html

    (parcel,) = parcels_for([cast.ann.author.id], Channel.PUSH)
    shown = json.loads(payload_of(parcel.groups[0], parcel))
    assert (shown["lang"], shown["dir"]) == (code, direction)
    assert words in shown["title"]

    guest, _ = become_guest(forum=cast.forum, name="Gus", email="gus@reader.test")
    asked = confirmation(guest, "gus@reader.test").alternatives[0][0]
    assert f'<html lang="{code}" dir="{direction}">' in asked
