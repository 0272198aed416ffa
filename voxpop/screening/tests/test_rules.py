"""One rule at a time, then their order, which is the policy."""

import pytest

from voxpop.screening import HELD, PUBLISHED, REJECTED, SPAM, Draft, Verdict, fingerprint, judge
from voxpop.screening.draft import TRUSTED_AFTER
from voxpop.screening.rules import RULES

GUEST = {"is_guest": True}
PROVEN = {"has_address": True, "is_proven": True}
LONG_ENOUGH = "The same long sentence, once more."


def draft(**facts: object) -> Draft:
    return Draft(**{"source": "Hello", "html": "<p>Hello</p>", **facts})


def with_links(count: int) -> str:
    return '<p><a href="http://a.example/" rel="nofollow">x</a></p>' * count


@pytest.mark.parametrize(
    ("facts", "status", "rule"),
    [
        ({}, PUBLISHED, ""),
        ({"is_banned": True}, REJECTED, "ban"),
        ({"is_thread_locked": True}, REJECTED, "thread_locked"),
        ({"is_thread_locked": True, "is_edit": True}, REJECTED, "thread_locked"),
        ({"is_thread_locked": True, "is_moderator": True}, PUBLISHED, "moderators_pass"),
        ({"is_thread_closed": True}, REJECTED, "thread_closed"),
        ({"is_thread_closed": True, "is_edit": True}, PUBLISHED, ""),
        ({"is_thread_closed": True, "is_moderator": True}, PUBLISHED, "moderators_pass"),
        ({"source": " \n"}, REJECTED, "length"),
        ({"source": "x" * 10_000}, PUBLISHED, ""),
        ({"source": "x" * 10_001}, REJECTED, "length"),
        ({"is_trapped": True}, SPAM, "trap"),
        ({"word_list": "hello"}, HELD, "word_list"),
        ({"word_list": "hell"}, PUBLISHED, ""),
        ({"word_list": "hello", "published_count": 99}, HELD, "word_list"),
        ({"html": with_links(1)}, PUBLISHED, ""),
        ({"html": with_links(2)}, HELD, "links"),
        ({"html": with_links(2), "published_count": TRUSTED_AFTER}, PUBLISHED, ""),
        ({"html": with_links(11), "published_count": TRUSTED_AFTER}, HELD, "links"),
        (
            {"recent": frozenset({fingerprint(LONG_ENOUGH)}), "source": LONG_ENOUGH},
            HELD,
            "repeated_text",
        ),
        (
            {
                "recent": frozenset({fingerprint(LONG_ENOUGH)}),
                "source": LONG_ENOUGH,
                "is_edit": True,
            },
            PUBLISHED,
            "",
        ),
        ({"recent": frozenset({fingerprint("Hello"), ""})}, PUBLISHED, ""),
        ({"is_flooded": True}, HELD, "flood"),
        ({"starts_flood": True}, HELD, "flood"),
        ({"is_flooded": True, "published_count": TRUSTED_AFTER}, PUBLISHED, ""),
        ({"is_forum_premoderated": True}, HELD, "premoderation"),
        ({"is_thread_premoderated": True}, HELD, "premoderation"),
        ({"is_thread_premoderated": True, "published_count": 99}, HELD, "premoderation"),
        ({"is_forum_premoderated": True, "is_moderator": True}, PUBLISHED, "moderators_pass"),
        ({"holds_first_comment": True}, HELD, "first_comment"),
        ({"holds_first_comment": True, "published_count": 1}, PUBLISHED, ""),
        ({**GUEST, "guest_proof": "required"}, REJECTED, "address"),
        ({**GUEST, "guest_proof": "ask"}, HELD, "proof"),
        ({**GUEST, "guest_proof": "ask", "has_address": True}, HELD, "proof"),
        ({**GUEST, "guest_proof": "required", "has_address": True}, HELD, "proof"),
        ({**GUEST, **PROVEN, "guest_proof": "required"}, PUBLISHED, ""),
        ({**GUEST, "guest_proof": "required", "is_edit": True}, PUBLISHED, ""),
        ({"guest_proof": "required"}, PUBLISHED, ""),
        ({**GUEST, "has_address": True, "published_count": 99}, PUBLISHED, ""),
    ],
)
def test_the_verdict(facts, status, rule):
    verdict = judge(draft(**facts))
    assert (verdict.status, verdict.rule) == (status, rule)


def test_every_rule_has_its_case_above():
    judged = {
        mark.args[1][each][2]
        for mark in test_the_verdict.pytestmark
        for each in range(len(mark.args[1]))
    }
    assert {rule.__name__ for rule in RULES} <= judged


def test_the_order_is_the_policy():
    """A draft that breaks every rule meets them one after another as each is taken back."""
    facts = {
        "is_banned": True,
        "is_thread_locked": True,
        "is_thread_closed": True,
        "source": LONG_ENOUGH,
        "html": with_links(2) + "<p>hello</p>",
        "is_trapped": True,
        "word_list": "hello",
        "recent": frozenset({fingerprint(LONG_ENOUGH)}),
        "is_flooded": True,
        "is_forum_premoderated": True,
        "holds_first_comment": True,
        "guest_proof": "required",
        "is_guest": True,
        "has_address": True,
    }
    takes_back = {
        "ban": "is_banned",
        "thread_locked": "is_thread_locked",
        "thread_closed": "is_thread_closed",
        "trap": "is_trapped",
        "word_list": "word_list",
        "links": "html",
        "repeated_text": "recent",
        "flood": "is_flooded",
        "premoderation": "is_forum_premoderated",
        "first_comment": "holds_first_comment",
        "proof": "is_guest",
    }
    met = []
    while (verdict := judge(draft(**facts))).rule:
        met.append(verdict.rule)
        del facts[takes_back[verdict.rule]]
    assert met == list(takes_back)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"is_banned": True}, "banned"),
        ({"is_thread_locked": True}, "thread_locked"),
        ({"is_thread_closed": True}, "thread_closed"),
        ({"source": ""}, "source_empty"),
        ({"source": "x" * 10_001}, "source_too_long"),
    ],
)
def test_a_refusal_has_the_code_of_its_problem(facts, code):
    assert judge(draft(**facts)).code == code


def test_every_verdict_but_the_plain_one_says_why():
    for facts in ({"is_banned": True}, {"is_trapped": True}, {"is_flooded": True}):
        assert judge(draft(**facts)).reason
    assert judge(draft()) == Verdict(PUBLISHED)


def test_machines_and_word_hunters_are_not_told_what_gave_them_away():
    for facts in ({"is_trapped": True}, {"word_list": "hello"}):
        assert not judge(draft(**facts)).is_telling
    assert judge(draft(is_forum_premoderated=True)).is_telling


def test_whoever_trips_the_breaker_brings_the_news_whatever_his_own_verdict():
    assert judge(draft(starts_flood=True)).is_flood
    assert judge(draft(starts_flood=True, is_trapped=True)).is_flood
    assert not judge(draft(is_flooded=True)).is_flood


def test_a_fingerprint_ignores_what_is_changed_to_slip_by():
    assert fingerprint(LONG_ENOUGH) == fingerprint("  THE same—long sentence... once   more!! ")
    assert fingerprint(LONG_ENOUGH) != fingerprint(LONG_ENOUGH + " Yes")
    assert fingerprint("Thank you!") == ""
