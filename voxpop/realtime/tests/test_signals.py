import threading

import pytest

from voxpop.realtime.signals import InProcessSignals


class SignalsContract:
    """What every implementation of Signals must do."""

    @pytest.fixture
    def signals(self):
        raise NotImplementedError

    def test_a_subscriber_hears_what_is_announced_for_its_thread_only(self, signals):
        heard = []
        signals.subscribe("a", heard.append)
        signals.announce("a", 1)
        signals.announce("b", 2)
        assert heard == [1]

    def test_all_subscribers_of_a_thread_hear(self, signals):
        one, two = [], []
        signals.subscribe("a", one.append)
        signals.subscribe("a", two.append)
        signals.announce("a", 1)
        assert (one, two) == ([1], [1])

    def test_who_unsubscribed_hears_no_more(self, signals):
        stays, goes = [], []
        signals.subscribe("a", stays.append)
        unsubscribe = signals.subscribe("a", goes.append)
        unsubscribe()
        unsubscribe()
        signals.announce("a", 1)
        assert (stays, goes) == ([1], [])

    def test_a_wake_may_unsubscribe_itself(self, signals):
        heard = []

        def wake(seq):
            heard.append(seq)
            unsubscribe()

        unsubscribe = signals.subscribe("a", wake)
        signals.announce("a", 1)
        signals.announce("a", 2)
        assert heard == [1]

    def test_subscribing_from_many_threads_loses_nobody(self, signals):
        heard = []
        threads = [
            threading.Thread(target=lambda: signals.subscribe("a", lambda seq: heard.append(seq)))
            for _ in range(50)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        signals.announce("a", 1)
        assert len(heard) == 50


class TestInProcess(SignalsContract):
    @pytest.fixture
    def signals(self):
        return InProcessSignals()

    def test_nothing_is_kept_of_a_thread_that_nobody_follows(self, signals):
        signals.subscribe("a", print)()
        assert signals._subscribers == {}
