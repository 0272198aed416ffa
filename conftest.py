"""What holds for every test, wherever it stands."""

import gc
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as examples
from pytest_django.plugin import DjangoDbBlocker

# The same examples every time, so that a failure is the change's and not the day's. The long tier
# looks further: it takes new ones.
examples.register_profile("steady", derandomize=True)
examples.register_profile("search", print_blob=True)
examples.load_profile(os.environ.get("VOXPOP_TEST_EXAMPLES", "steady"))

gc.disable()  # until all tests are read: what reading them makes stays

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


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that is wholly of a tier that was not asked for is not read: with all of them read,
    the fast tier would spend a third of its minute on tests that it leaves out.
    """
    if collection_path.suffix != ".py" or str(collection_path) in config.invocation_params.args:
        return None
    left_out = set(re.findall(r"\bnot (\w+)", config.option.markexpr))
    whole = re.search(
        r"^pytestmark = (\[\n.*?^\]|[^\n]*)", collection_path.read_text(), re.M | re.S
    )
    marks = set(re.findall(r"pytest\.mark\.(\w+)", whole[1])) if whole else set()
    return True if left_out & marks else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What reading the tests has made stays to the end: the collector of garbage need not look
    through it at each of its turns, nor take them as often as in a small program. That is a tenth
    of the fast tier's time.
    """
    if session.config.getoption("loadgroup", False):
        # pytest-xdist knows a group by its name behind the test's, and is silent without: then each
        # worker starts all the servers.
        assert all("@" in item.nodeid for item in session.items)
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(tryfirst=True)  # a worker reads the groups in this same hook
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
        if not item.get_closest_marker("xdist_group"):
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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
) -> Iterator[Path | None]:
    """What comes before a database is made: the one of the last time, where it is in memory."""
    from tests.migrated import as_it_was_migrated, is_in_memory

    if not is_in_memory():
        yield None
        return
    with as_it_was_migrated() as image:
        yield image


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_modify_db_settings: Path | None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    """What comes after: it is kept for the next time."""
    from tests.migrated import keep

    image = django_db_modify_db_settings
    if image is not None and not image.exists():
        with django_db_blocker.unblock():
            keep(image)


@pytest.fixture(scope="session")
def chromium_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where one Chromium listens, for every test that wants a page and no product behind it."""
    from tests.browser.harness.chromium import chromium

    with chromium(tmp_path_factory.mktemp("chromium"), {}) as address:
        yield address


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
