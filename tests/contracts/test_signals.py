"""One contract for every way of waking readers. A wake-up is a hint: one that is lost, because a
neighbour or Redis is away, costs time; it is never an error, and nobody waits for it long."""

import queue
import socket
import threading
import time

import pytest

from tests.browser.harness.waiting import wait_until
from voxpop import redis
from voxpop.realtime import machines
from voxpop.realtime.machines import MachineSignals
from voxpop.realtime.neighbours import NeighbourSignals, _short
from voxpop.realtime.signals import InProcessSignals


class SignalsContract:
    """What every implementation of Signals must do."""

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

    @pytest.mark.broad
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


@pytest.mark.server
class TestMachines(SignalsContract):
    """Two machines: they have no folder in common, and one Redis."""

    @pytest.fixture
    def signals(self, redis_used, tmp_path):
        yield from self.machine(tmp_path / "here")

    @pytest.fixture
    def far(self, redis_used, tmp_path):
        yield from self.machine(tmp_path / "far")

    def machine(self, folder):
        signals = MachineSignals(NeighbourSignals(lambda: folder))
        before = len(lines())
        signals.listen()
        wait_until(lambda: len(lines()) > before, "its line to Redis")
        yield signals
        signals.close()

    def test_another_machine_is_heard(self, signals, far):
        heard = queue.SimpleQueue()
        signals.subscribe("a", heard.put)
        far.announce("b", 1)
        far.announce("a", 2)
        assert heard.get(timeout=20) == 2

    def test_what_was_said_here_is_not_heard_twice(self, signals, far):
        heard = []
        signals.subscribe("a", heard.append)
        signals.announce("a", 1)
        far.announce("a", 2)
        wait_until(lambda: 2 in heard, "the other machine's word")
        assert heard == [1, 2]

    def test_nonsense_is_not_heard(self, signals, far):
        heard = queue.SimpleQueue()
        signals.subscribe("a", heard.put)
        for nonsense in (b"", b"a", b"x a", b"x a -1", b"\xff \xfe 3", b"x a x"):
            redis.client().publish(machines._channel(), nonsense)
        far.announce("a", 7)
        assert heard.get(timeout=20) == 7

    def test_another_deployment_has_another_channel(self, signals, far, settings):
        """Channels know no databases: two deployments on one Redis would hear each other."""
        own, ours = settings.SECRET_KEY, redis.ours()
        redis.ours.cache_clear()
        settings.SECRET_KEY = "another deployment's, of enough letters"
        theirs = redis.ours()
        settings.SECRET_KEY = own
        redis.ours.cache_clear()
        assert theirs != ours
        assert machines._channel().startswith(ours)

    @pytest.mark.parametrize("fault", ["kill", "pause"])
    def test_while_redis_is_away_this_machine_is_woken_as_ever(self, signals, redis_used, fault):
        """F7. And no announcement waits longer than one answer would have taken."""
        heard = []
        signals.subscribe("a", heard.append)
        getattr(redis_used, fault)()
        began = time.monotonic()
        for seq in range(200):
            signals.announce("a", seq)
        assert heard == [*range(200)]
        assert time.monotonic() - began < 2

    def test_after_redis_was_away_other_machines_are_heard_again(self, signals, far, redis_used):
        heard = []
        signals.subscribe("a", heard.append)
        redis_used.kill()
        far.announce("a", 1)
        redis_used.start()
        wait_until(lambda: len(lines()) == 2, "both lines")
        redis.breaker.went_well()
        far.announce("a", 2)
        wait_until(lambda: heard == [2], "the word of the other machine")

    def test_a_line_that_hangs_is_replaced(self, signals, far, redis_used, monkeypatch):
        """A machine that is gone without a word leaves a line on which nothing ever comes."""
        monkeypatch.setattr(machines, "QUIET", 0.1)
        monkeypatch.setattr(machines, "SILENT", 0.3)
        old = lines()
        time.sleep(5 * machines.SILENT)  # where nothing is said, the question keeps the line
        assert lines() == old
        redis_used.pause()
        threading.Timer(3, redis_used.resume).start()
        wait_until(lambda: len(lines()) == 2 and not lines() & old, "two new lines")
        heard = []
        signals.subscribe("a", heard.append)
        redis.breaker.went_well()
        far.announce("a", 2)
        wait_until(lambda: heard == [2], "the word of the other machine")


def lines():
    """The numbers of the connections that listen now; none while Redis does not say."""
    try:
        with redis.listening() as client:
            return {each["id"] for each in client.client_list(_type="pubsub")}
    except redis.RedisError:
        return set()
