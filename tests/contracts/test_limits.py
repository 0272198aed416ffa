"""One contract for every count of what is too much; with Redis all processes count together, and
without it each counts for itself: never nobody (SAFETY T25, F7)."""

import hashlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from limits import parse

from tests.browser.harness.waiting import wait_until
from voxpop import redis
from voxpop.errors import Problem
from voxpop.limits import rates
from voxpop.limits.attempts import SharedAttempts
from voxpop.limits.rates import OwnCount, SharedCount, limit
from voxpop.stack.engines.redis import Redis

FIVE = parse("5/minute")
ONE = ("comment", "author:1")
# As allauth names it.
HERS = hashlib.sha256(b"ada@reader.test").hexdigest()


class CountContract:
    """What every implementation must do."""

    def test_as_many_as_allowed_pass_and_then_the_wait_is_told(self, count: Any) -> None:
        assert [count.wait(FIVE, ONE) for _ in range(5)] == [0] * 5
        assert 1 <= count.wait(FIVE, ONE) <= 60
        assert 1 <= count.wait(FIVE, ONE) <= 60

    def test_subjects_actions_and_rates_are_counted_apart(self, count: Any) -> None:
        for _ in range(6):
            count.wait(FIVE, ONE)
        assert count.wait(FIVE, ("comment", "author:2")) == 0
        assert count.wait(FIVE, ("vote", "author:1")) == 0
        assert count.wait(parse("5/hour"), ONE) == 0

    @pytest.mark.broad
    def test_a_moment_later_there_is_room_again(self, count: Any) -> None:
        rate = parse("2/1 second")
        assert [count.wait(rate, ONE) for _ in range(2)] == [0, 0]
        wait_until(lambda: count.wait(rate, ONE) == 0, "room")

    def test_from_many_threads_as_many_as_allowed_pass(self, count: Any) -> None:
        passed = []

        def work() -> None:
            for _ in range(5):
                if count.wait(FIVE, ONE) == 0:
                    passed.append(1)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(passed) == 5

    def test_forgotten_it_begins_anew(self, count: Any) -> None:
        for _ in range(6):
            count.wait(FIVE, ONE)
        count.forget_all()
        assert count.wait(FIVE, ONE) == 0


class TestOwn(CountContract):
    @pytest.fixture
    def count(self) -> OwnCount:
        return OwnCount()


@pytest.mark.server
class TestShared(CountContract):
    @pytest.fixture
    def count(self, redis_used: Redis) -> SharedCount:
        return SharedCount()

    @pytest.fixture
    def neighbour(self, count: SharedCount) -> SharedCount:
        """The count of another process."""
        return SharedCount()

    def test_processes_count_together(self, count: SharedCount, neighbour: SharedCount) -> None:
        passed = [each.wait(FIVE, ONE) == 0 for _ in range(5) for each in (count, neighbour)]
        assert passed.count(True) == 5

    def test_who_was_refused_elsewhere_is_not_refused_for_longer(
        self, count: SharedCount, neighbour: SharedCount
    ) -> None:
        """Only what was let through counts: trying in vain must not lengthen the wait."""
        rate = parse("2/1 second")
        assert [neighbour.wait(rate, ONE) for _ in range(2)] == [0, 0]
        while neighbour.wait(rate, ONE):
            count.wait(rate, ONE)
        assert count._own.windows.get_window_stats(rate, *ONE).remaining >= 1

    @pytest.mark.parametrize("fault", ["kill", "pause"])
    def test_without_redis_each_process_counts_for_itself_with_what_it_knows(
        self, count: SharedCount, neighbour: SharedCount, redis_used: Redis, fault: str
    ) -> None:
        """F7, T25: never open; and the first question alone waits."""
        assert [count.wait(FIVE, ONE) for _ in range(3)] == [0] * 3
        getattr(redis_used, fault)()
        began = time.monotonic()
        passed = [count.wait(FIVE, ONE) == 0 for _ in range(100)]
        assert time.monotonic() - began < 2
        assert passed == [True] * 2 + [False] * 98
        assert [neighbour.wait(FIVE, ONE) == 0 for _ in range(6)] == [True] * 5 + [False]

    def test_a_flush_does_not_open_it(self, count: SharedCount, redis_used: Redis) -> None:
        assert [count.wait(FIVE, ONE) for _ in range(5)] == [0] * 5
        redis.client().flushall()
        assert count.wait(FIVE, ONE) > 0

    def test_when_redis_is_back_all_count_together_again(
        self, count: SharedCount, neighbour: SharedCount, redis_used: Redis
    ) -> None:
        redis_used.kill()
        assert count.wait(FIVE, ONE) == 0
        redis_used.start()
        redis.breaker.went_well()
        passed = [each.wait(FIVE, ONE) == 0 for _ in range(5) for each in (neighbour, count)]
        assert passed.count(True) == 5

    def test_what_a_request_meets_is_this_count(
        self, count: SharedCount, redis_used: Redis, settings: Any
    ) -> None:
        settings.LIMITS = True
        rates._count.cache_clear()
        try:
            for _ in range(6):
                limit("comment", "author:1")
            with pytest.raises(Problem):
                limit("comment", "author:1")
            assert redis.client().keys("*rates*author:1*")
        finally:
            rates._count.cache_clear()

    def test_redis_is_told_no_address(
        self, count: SharedCount, redis_used: Redis, settings: Any
    ) -> None:
        """T42: nor a digest of one that others could make."""
        settings.LIMITS = True
        rates._count.cache_clear()
        try:
            limit("mail_to_unproven", "address:ada@reader.test")
            SharedAttempts("of sign-ins", {}).set(HERS, [1.0], 60)
            told = " ".join(key.decode() for key in redis.client().scan_iter())
            assert "mail_to_unproven" in told
            assert "ada@" not in told
            assert HERS not in told
        finally:
            rates._count.cache_clear()


class AttemptsContract:
    """What allauth needs of Django's cache."""

    def test_it_keeps_lists_of_times(self, attempts: LocMemCache) -> None:
        attempts.set("tried", [3.5, 2.25], 60)
        assert attempts.get("tried", []) == [3.5, 2.25]
        assert attempts.delete("tried") is True
        assert attempts.get("tried", []) == []

    def test_a_lock_is_taken_once(self, attempts: LocMemCache) -> None:
        assert attempts.add("lock", True, timeout=10) is True
        assert attempts.add("lock", True, timeout=10) is False
        attempts.delete("lock")
        assert attempts.add("lock", True, timeout=10) is True

    @pytest.mark.broad
    def test_what_is_old_is_gone(self, attempts: LocMemCache) -> None:
        attempts.set("tried", [1.0], 1)
        wait_until(lambda: attempts.get("tried") is None, "its end")


class TestOwnAttempts(AttemptsContract):
    @pytest.fixture
    def attempts(self, settings: Any) -> Iterator[LocMemCache]:
        own = LocMemCache("attempts under test", {})
        own.clear()
        yield own
        own.clear()


@pytest.mark.server
class TestSharedAttempts(AttemptsContract):
    @pytest.fixture
    def attempts(self, redis_used: Redis) -> Iterator[SharedAttempts]:
        shared = SharedAttempts("shared attempts under test", {})
        shared.clear()
        yield shared
        shared.clear()

    def test_another_process_sees_them(self, attempts: SharedAttempts) -> None:
        attempts.set("tried", [1.0], 60)
        assert SharedAttempts("of another process", {}).get("tried") == [1.0]

    @pytest.mark.parametrize("fault", ["kill", "pause"])
    def test_without_redis_a_process_goes_on_with_what_it_knows(
        self, attempts: SharedAttempts, redis_used: Redis, fault: str
    ) -> None:
        """F7, T25: guessing passwords is never free."""
        attempts.set("tried", [1.0], 60)
        getattr(redis_used, fault)()
        began = time.monotonic()
        for _ in range(50):
            assert attempts.get("tried", []) == [1.0]
            assert attempts.add("lock", True, timeout=10)
            assert not attempts.add("lock", True, timeout=10)
            attempts.delete("lock")
        assert time.monotonic() - began < 2

    def test_nothing_of_what_redis_says_is_unpickled(
        self, attempts: SharedAttempts, redis_used: Redis
    ) -> None:
        import pickle

        attempts.set("tried", [1.0], 60)
        redis.client().set(attempts._name("tried"), pickle.dumps([2.0]))
        assert attempts.get("tried") == [1.0]
