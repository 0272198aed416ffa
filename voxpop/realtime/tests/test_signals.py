import queue
import socket
import threading

import pytest

from voxpop.realtime.neighbours import NeighbourSignals, _short
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


class TestNeighbours(SignalsContract):
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / ("so-long-a-name-that-no-socket-could-have-it-as-its-own-address" * 2)

    @pytest.fixture
    def signals(self, folder):
        signals = NeighbourSignals(lambda: folder)
        signals.listen()
        yield signals
        signals.close()

    @pytest.fixture
    def speaker(self, folder):
        """Another process of the same data, which serves nobody."""
        signals = NeighbourSignals(lambda: folder)
        signals._own = "another.sock"
        return signals

    def test_a_neighbour_is_heard(self, signals, speaker):
        heard = queue.SimpleQueue()
        signals.subscribe("a", heard.put)
        speaker.announce("b", 1)
        speaker.announce("a", 2)
        assert heard.get(timeout=10) == 2

    def test_one_that_died_is_forgotten(self, signals, speaker, folder):
        heard = queue.SimpleQueue()
        signals.subscribe("a", heard.put)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead, _short(folder) as short:
            dead.bind(f"{short}/dead.sock")
        speaker.announce("a", 1)
        assert heard.get(timeout=10) == 1
        assert not (folder / "dead.sock").exists()

    def test_one_that_hangs_keeps_nobody_waiting(self, signals, speaker, folder):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hung, _short(folder) as short:
            hung.bind(f"{short}/hung.sock")
            for seq in range(2000):
                speaker.announce("a", seq)

    def test_nonsense_is_not_heard(self, signals, speaker):
        heard = queue.SimpleQueue()
        signals.subscribe("a", heard.put)
        for nonsense in (b"a", b"a -1", b"\xff\xfe 3", b"a x"):
            speaker._tell(nonsense)
        speaker.announce("a", 7)
        assert heard.get(timeout=10) == 7
