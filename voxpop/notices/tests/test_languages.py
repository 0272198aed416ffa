"""A mail and a push are said to be in the language that their words are in, and written its way."""

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
from voxpop.notices.words import languages, worded_in
from voxpop.threads import labels
from voxpop.threads.models import Comment
from voxpop.threads.tests.cast import Cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broad]
LEFT = ("en", "ltr", "replied to you")
SAID = {
    "he": ("he", "rtl", "ענה לך"),
    "de-AT": ("de", "ltr", "hat dir geantwortet"),
    # No words of ours in these: the mail is in English, and what people wrote finds its own way.
    "fa": LEFT,
    "ko": LEFT,
}


def test_there_are_languages_of_the_embed_without_words_here():
    assert {worded_in(language) for language in labels.LANGUAGES} == languages()
    assert languages() < set(labels.LANGUAGES)


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
