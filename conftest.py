"""What holds for every test, wherever it stands."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as examples

# The same examples every time, so that a failure is the change's and not the day's. The long tier
# looks further: it takes new ones.
examples.register_profile("steady", derandomize=True)
examples.register_profile("search", print_blob=True)
examples.load_profile(os.environ.get("VOXPOP_TEST_EXAMPLES", "steady"))

# Fixtures whose process is worth starting in one worker only.
STARTED_ONCE = (
    "edge",
    "edge_port",
    "recorded",
    "cassandra",
    "redis_server",
    "memcached_nodes",
    "postgres",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The journeys come last: their browser's event loop runs to the end of the session, and
    while it runs Django lets no test have its database.

    What is about the other database only is not among the tests of this one.
    """
    is_sqlite = os.environ.get("VOXPOP_TEST_DATABASE", "sqlite") == "sqlite"
    foreign = "postgres" if is_sqlite else "sqlite"
    config.hook.pytest_deselected(
        items=[each for each in items if each.get_closest_marker(foreign)]
    )
    items[:] = [each for each in items if not each.get_closest_marker(foreign)]
    journeys = Path(__file__).parent / "tests" / "browser"
    items.sort(key=lambda item: item.path.is_relative_to(journeys))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_stands_on(item)))


def _stands_on(item: pytest.Item) -> str:
    """What runs in one worker where several work: tests of one file, and all of one process."""
    wanted = getattr(item, "fixturenames", ())
    return next((each for each in STARTED_ONCE if each in wanted), item.nodeid.partition("::")[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """In CI a test that could not run has failed: a skip there would hide a missing guard."""
    report: pytest.TestReport = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not accept: {call.excinfo}"
    return report


@pytest.fixture(autouse=True, scope="session")
def _what_was_committed_is_emptied_quickly() -> None:
    from tests.emptying import empty_quickly

    empty_quickly()


@pytest.fixture(autouse=True, scope="session")
def _processes_have_the_real_settings() -> None:
    """What a test starts as a process is the product as it is, not as these tests have it."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture(autouse=True)
def _nothing_left_in_memory() -> None:
    """Nobody's rate has been used up, and no page kept, by the test before."""
    from voxpop import cache
    from voxpop.limits import rates

    rates.forget_all()
    cache.clear()
