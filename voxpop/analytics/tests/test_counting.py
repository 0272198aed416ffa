"""Views: who counts them, what is kept of them, and what survives a store that is away."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from voxpop.analytics import counting
from voxpop.analytics.counting import Book, Seen, ViewCounter, cells_of, seen_by
from voxpop.analytics.ncsa import Counted
from voxpop.analytics.rollups import MemoryRollups, Metric, Step
from voxpop.edge.cached import Answer

ALL = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
MINUTE = int(NOON.timestamp()) // 60


class Store(MemoryRollups):
    is_away = False

    def put(self, cells) -> None:
        if self.is_away:
            raise OSError("away")
        super().put(cells)

    def total(self, metric: Metric = Metric.VIEWS) -> int:
        return sum(self.read("mag", metric, *ALL, Step.MONTH).values())


@pytest.fixture
def store() -> Store:
    return Store()


def page(status: int = 200, thread: str = "a", seq: int = 3) -> Answer:
    keys = ("Surrogate-Key", f"t:{thread} s:mag")
    return Answer(status, [keys, ("Voxpop-Seq", str(seq))], b"page")


def test_every_view_is_counted_in_its_minute(store, monkeypatch):
    now = [MINUTE]
    monkeypatch.setattr(counting, "now", lambda: now[0])
    counter = ViewCounter(Book(store))
    for _ in range(5):
        counter.saw("/embed/mag/thread", "i=a", page())
    counter.saw("/embed/mag/thread", "i=a&sort=new", page(304))
    now[0] += 1
    counter.saw("/embed/mag/thread", "i=b", page(thread="b"))
    counter.turn(now[0])
    counter._book.write()
    assert store.read("mag", Metric.VIEWS, *ALL, Step.MINUTE) == {
        NOON: 6,
        NOON.replace(minute=1): 1,
    }
    assert store.top("mag", Metric.VIEWS_BY_THREAD, *ALL, 5) == [("a", 6), ("b", 1)]


def test_what_is_no_page_is_no_view(store):
    counter = ViewCounter(Book(store))
    for answer in (page(404), page(503), Answer(200, [], b"script")):
        counter.saw("/x", "", answer)
    counter.turn(MINUTE)
    counter._book.write()
    assert store._cells == {}


def test_a_store_that_is_away_loses_no_view(store):
    book = Book(store)
    store.is_away = True
    book.add(MINUTE, Counter({Seen(Metric.VIEWS, "mag", "a"): 2}))
    book.write()
    book.add(MINUTE, Counter({Seen(Metric.VIEWS, "mag", "a"): 3}))
    book.write()
    store.is_away = False
    book.write()
    book.write()
    assert store.total() == store.total(Metric.VIEWS_BY_THREAD) == 5


def test_two_who_count_the_same_minute_are_summed(store):
    for _ in range(2):
        book = Book(store)
        book.add(MINUTE, Counter({Seen(Metric.VIEWS, "mag", "a"): 2}))
        book.write()
    assert store.total() == 4


def test_made_up_addresses_cannot_fill_the_store(store, monkeypatch):
    monkeypatch.setattr(counting, "MOST_THREADS", 3)
    monkeypatch.setattr(counting, "MOST_ADDRESSES", 10)
    counter = ViewCounter(Book(store))
    for number in range(100):
        counter.saw("/embed/mag/thread", f"i={number}", page(thread=f"n{number}", seq=0))
    assert len(counter._seen) <= 10
    counter.turn(MINUTE)
    counter._book.write()
    assert store.total() == 100
    assert store.total(Metric.VIEWS_BY_THREAD) == 0
    views = Counter({Seen(Metric.VIEWS, "mag", f"t{number}"): number for number in range(1, 50)})
    cells = cells_of(MINUTE, views, "x")
    assert [cell.label for cell in cells] == ["", "t49", "t48", "t47"]
    assert cells[0].value == sum(views.values())


def test_a_shared_link_that_is_followed_is_a_referral_by_its_way(store):
    counter = ViewCounter(Book(store))
    for query in ("from=mail", "from=mail", "from=x", "", "from=nobody", "from=mail&from=x"):
        counter.saw("/c/1", query, page(302))
    counter.saw("/c/2", "from=mail", page(404))
    counter.saw("/t/a/", "from=mail", page(200))  # a view, whatever its address says
    counter.turn(counting.now())
    counter._book.write()
    assert store.total(Metric.REFERRALS) == store.total(Metric.REFERRALS_BY_THREAD) == 4
    assert store.total(Metric.VIEWS) == 1
    found = store.top("mag", Metric.REFERRALS, *ALL, 9)
    assert found == [("mail", 2), ("x", 2)]


def test_a_reader_is_who_holds_no_mark_of_the_day_yet(store):
    counter = ViewCounter(Book(store))
    mark = [("Surrogate-Key", "s:mag")]
    for query, status in (("20786", 200), ("20786", 200), ("20786", 304), ("20787", 304)):
        counter.saw("/embed/mag/reader", query, Answer(status, mark, b""))
    counter.turn(MINUTE)
    counter._book.write()
    assert store.total(Metric.READERS) == 2
    assert store.total() == 0


@pytest.mark.parametrize(
    ("keys", "seq", "shown"),
    [
        ("t:a s:mag", "7", Seen(Metric.VIEWS, "mag", "a")),
        ("t:a s:mag", "0", Seen(Metric.VIEWS, "mag")),
        ("t:a s:mag", "", Seen(Metric.VIEWS, "mag")),
        ("s:mag", "", Seen(Metric.READERS, "mag")),
        ("f:mag", "7", None),
        ("", "", None),
    ],
)
def test_a_page_says_what_it_shows(keys, seq, shown):
    assert seen_by(keys, seq) == shown


def test_a_referral_that_names_no_thread_is_no_reader():
    assert seen_by("s:mag", "0", "mail") is None


def test_what_a_node_says_is_counted_by_the_time_of_the_view(store):
    counted = Counted(Book(store))
    lines = [f"{MINUTE * 60 + second} t:a s:mag 7" for second in (0, 59, 60)]
    counted.take([*lines, "", "nonsense", "x t:a s:mag 7"])
    counted.take([f"{MINUTE * 60} t:a s:mag 7 mail", f"{MINUTE * 60} t:a s:mag 7 nobody"])
    counted.write(before=MINUTE)
    assert store.total() == 0
    counted.write(before=MINUTE + 1)
    assert store.read("mag", Metric.VIEWS, *ALL, Step.MINUTE) == {NOON: 2}
    counted.write(before=MINUTE + 2)
    assert store.total() == 3
    assert store.top("mag", Metric.REFERRALS, *ALL, 9) == [("mail", 1)]
    assert store.top("mag", Metric.REFERRALS_BY_THREAD, *ALL, 9) == [("a", 1)]
    counted.take([f"{MINUTE * 60} s:mag 0"])
    counted.write(before=MINUTE + 1)
    assert store.total(Metric.READERS) == 1
