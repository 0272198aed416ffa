"""A page of a timeline looks at its own entries, whatever its and its neighbours' sizes are."""

import pytest

from tests.plans import analyze, plan, prepared_plan
from voxpop.timelines.contract import Entry, Owner, OwnerKind
from voxpop.timelines.models import Watermark
from voxpop.timelines.stored import PAGE, UNREAD, StoredTimelines

pytestmark = pytest.mark.broad

MANY = 3000
LIMIT = 20


@pytest.fixture
def crowded(db: None) -> Owner:
    """The timeline of thousands, beside many of a few."""
    large = Owner(OwnerKind.INBOX, 1)
    store = StoredTimelines()
    store.append((large, Entry(id, "reply")) for id in range(1, MANY))
    store.append((Owner(OwnerKind.INBOX, n), Entry(n, "reply")) for n in range(2, 2 + MANY))
    Watermark.objects.bulk_create(
        Watermark(owner=str(Owner(OwnerKind.INBOX, n)), entry_id=1) for n in range(1, 2 + MANY)
    )
    analyze()
    return large


def test_a_page_in_the_middle_of_a_large_timeline_reads_no_other_entries(crowded: Owner) -> None:
    found = plan(PAGE.replace("%s", f"'{crowded}'", 1).replace("%s", "1500", 1) % LIMIT)
    assert not found.read_whole
    assert not found.sorted
    assert found.rows <= 2 * LIMIT, found


@pytest.mark.postgres
def test_the_one_plan_for_all_pages_does_so_too(crowded: Owner) -> None:
    found = prepared_plan(PAGE, [str(crowded), 1500, LIMIT])
    assert not found.read_whole
    assert not found.sorted
    assert found.rows <= 2 * LIMIT, found


@pytest.mark.postgres
def test_what_is_unread_is_counted_no_further_than_it_is_told(crowded: Owner) -> None:
    found = prepared_plan(UNREAD, [str(crowded), str(crowded), LIMIT])
    assert not found.read_whole
    assert found.rows <= 2 * LIMIT, found
