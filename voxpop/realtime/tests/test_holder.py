import asyncio

import orjson
import pytest

from voxpop.edge.cached import Answer
from voxpop.realtime import holder
from voxpop.realtime.holder import Holder
from voxpop.realtime.signals import InProcessSignals

THREAD = "abcdefghjkmnpqrstvwx"


class Log:
    """A thread's log, and how often it was read."""

    def __init__(self):
        self.seq = 0
        self.reads = 0
        self.mode = "live"
        self.during_read = None

    async def read_tail(self, thread, after):
        self.reads += 1
        seq = self.seq
        await asyncio.sleep(0)
        if self.during_read:
            self.during_read()
            self.during_read = None
        events = [{"seq": number} for number in range(after + 1, seq + 1)]
        body = {"events": events, "seq": seq, "mode": self.mode, "wait": 1}
        return Answer(200, [("ETag", "x"), ("Voxpop-Seq", str(seq))], orjson.dumps(body))


class Scene:
    def __init__(self):
        self.log = Log()
        self.signals = InProcessSignals()
        self.holder = Holder(self.signals, self.log.read_tail)

    def ask(self, after=0, gone=None):
        gone = gone or asyncio.get_running_loop().create_future()
        return asyncio.ensure_future(self.holder.hold(THREAD, after, gone))

    def publish(self):
        self.log.seq += 1
        self.signals.announce(THREAD, self.log.seq)


@pytest.fixture
def scene():
    return Scene()


async def parked(scene, number):
    async with asyncio.timeout(10):
        while scene.holder.parked != number:
            await asyncio.sleep(0)


def tail(answer):
    return orjson.loads(answer.body)


def test_news_that_is_there_is_answered_at_once(scene):
    async def story():
        scene.log.seq = 2
        assert tail(await scene.ask())["seq"] == 2

    asyncio.run(story())


def test_without_news_a_reader_waits_for_the_next_event(scene):
    async def story():
        asked = scene.ask()
        await parked(scene, 1)
        assert not asked.done()
        scene.publish()
        assert tail(await asked)["events"] == [{"seq": 1}]

    asyncio.run(story())


def test_a_thousand_readers_of_one_place_share_one_look_and_the_same_bytes(scene):
    async def story():
        asked = [scene.ask() for _ in range(1000)]
        await parked(scene, 1000)
        assert scene.log.reads == 1
        scene.publish()
        answers = await asyncio.gather(*asked)
        assert scene.log.reads == 2
        assert len({id(answer.body) for answer in answers}) == 1

    asyncio.run(story())


@pytest.mark.broad
def test_in_a_storm_what_happens_within_a_breath_goes_out_together(scene, monkeypatch):
    monkeypatch.setattr(holder, "BREATH", 0.2)

    async def story():
        seq, answers = 0, 0
        storming = asyncio.create_task(storm())
        while seq < 100:
            seq = tail(await scene.ask(after=seq))["seq"]
            answers += 1
        await storming
        return answers

    async def storm():
        for _ in range(100):
            scene.publish()
            await asyncio.sleep(0.005)

    # Half a second and more of comments: the first at once, then one answer a breath.
    assert asyncio.run(story()) <= 8


def test_everybody_who_waits_for_a_breath_is_answered_at_its_end(scene, monkeypatch):
    monkeypatch.setattr(holder, "BREATH", 0.2)

    async def story():
        scene.log.seq = 30
        await scene.ask(after=0)
        began = asyncio.get_running_loop().time()
        late = await asyncio.gather(*[scene.ask(after=place) for place in range(1, 30)])
        assert [tail(each)["seq"] for each in late] == [30] * 29
        return asyncio.get_running_loop().time() - began

    # One after the other they would take six seconds.
    assert asyncio.run(story()) < 2


def test_after_a_breath_nothing_is_remembered_and_nobody_waits(scene, monkeypatch):
    monkeypatch.setattr(holder, "BREATH", 0.02)

    async def story():
        scene.log.seq = 1
        await scene.ask()
        async with asyncio.timeout(10):
            while scene.holder._answered:
                await asyncio.sleep(0.005)
        monkeypatch.setattr(holder, "BREATH", 100)
        asked = scene.ask(after=1)
        await parked(scene, 1)
        scene.publish()
        async with asyncio.timeout(10):
            assert tail(await asked)["seq"] == 2

    asyncio.run(story())


def test_an_event_between_the_first_look_and_the_parking_is_not_missed(scene):
    async def story():
        scene.log.during_read = scene.publish
        assert tail(await scene.ask())["seq"] == 1

    asyncio.run(story())


def test_an_announcement_of_what_the_reader_already_has_wakes_nobody(scene):
    async def story():
        scene.log.seq = 5
        asked = scene.ask(after=5)
        await parked(scene, 1)
        scene.signals.announce(THREAD, 5)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not asked.done()
        assert scene.log.reads == 1
        asked.cancel()

    asyncio.run(story())


def test_a_reader_is_sent_away_empty_after_the_longest_hold(scene, monkeypatch):
    monkeypatch.setattr(holder, "HOLD_SECONDS", 0.05)

    async def story():
        answer = await scene.ask()
        assert tail(answer)["events"] == []
        assert (holder.QUIET, "1") in answer.headers  # an edge node gives it to nobody else
        assert scene.holder.parked == 0
        assert (holder.QUIET, "1") not in (await scene.holder._read_tail(THREAD, 0)).headers

    asyncio.run(story())


def test_a_lost_wake_up_is_noticed_by_the_next_reader_after_a_hold(scene, monkeypatch):
    monkeypatch.setattr(holder, "HOLD_SECONDS", 0.05)

    async def story():
        await scene.ask()
        scene.log.seq = 1  # and nobody announces it
        assert tail(await scene.ask())["seq"] == 1

    asyncio.run(story())


def test_who_hangs_up_is_forgotten(scene):
    async def story():
        gone = asyncio.get_running_loop().create_future()
        asked = scene.ask(gone=gone)
        await parked(scene, 1)
        gone.set_result(None)
        assert await asked is None
        assert scene.holder.parked == 0

    asyncio.run(story())


def test_beyond_the_cap_readers_are_told_to_poll(scene, monkeypatch):
    monkeypatch.setattr(holder, "PARKED_AT_MOST", 2)

    async def story():
        waiting = [scene.ask(), scene.ask()]
        await parked(scene, 2)
        answer = await scene.ask()
        assert tail(answer)["mode"] == "poll"
        assert tail(answer)["wait"] == holder.POLL_WAIT
        assert ("ETag", "x") not in answer.headers
        scene.publish()
        assert [tail(each)["mode"] for each in await asyncio.gather(*waiting)] == ["live", "live"]

    asyncio.run(story())


def test_beyond_so_many_places_their_readers_are_told_to_poll(scene, settings):
    settings.HELD_PLACES = 2

    async def story():
        gone = asyncio.get_running_loop().create_future()
        here, there = scene.ask(after=1), scene.ask(after=2, gone=gone)
        await parked(scene, 2)
        assert tail(await scene.ask(after=3))["mode"] == "poll"
        assert scene.holder.places == 2

        beside = scene.ask(after=2)  # at a place that is held, another reader costs nothing
        await parked(scene, 3)
        gone.set_result(None)
        assert await there is None
        assert tail(await scene.ask(after=3))["mode"] == "poll"

        beside.cancel()
        await parked(scene, 1)
        late = scene.ask(after=3)
        await parked(scene, 2)
        assert [here.done(), late.done()] == [False, False]

    asyncio.run(story())


def test_beyond_so_many_places_news_is_told_all_the_same(scene, settings):
    settings.HELD_PLACES = 1

    async def story():
        scene.ask(after=5)
        await parked(scene, 1)
        scene.log.seq = 5
        assert tail(await scene.ask(after=4)) == {
            "events": [{"seq": 5}], "seq": 5, "mode": "live", "wait": 1,
        }  # fmt: skip

    asyncio.run(story())


def test_who_comes_when_the_last_has_just_left_is_not_forgotten(scene):
    async def story():
        gone = asyncio.get_running_loop().create_future()
        first = scene.ask(gone=gone)
        await parked(scene, 1)
        gone.set_result(None)
        assert await first is None
        second = scene.ask()
        await parked(scene, 1)
        scene.publish()
        assert tail(await asyncio.wait_for(second, 10))["seq"] == 1

    asyncio.run(story())


def test_a_thread_that_is_to_be_polled_is_not_held(scene):
    async def story():
        scene.log.mode = "poll"
        assert tail(await scene.ask())["events"] == []
        assert scene.holder.parked == 0

    asyncio.run(story())


def test_a_refusal_is_passed_on_as_it_is(scene):
    async def refuse(thread, after):
        return Answer(404, [], b"{}")

    async def story():
        ours = Holder(scene.signals, refuse)
        gone = asyncio.get_running_loop().create_future()
        assert (await ours.hold(THREAD, 0, gone)).status == 404

    asyncio.run(story())


def test_a_failing_look_fails_for_everybody_and_the_next_one_looks_again(scene):
    async def fail(thread, after):
        await asyncio.sleep(0)
        raise OSError("away")

    async def story():
        scene.holder._read_tail = fail
        asked = [scene.ask(), scene.ask()]
        assert [type(each) for each in await asyncio.gather(*asked, return_exceptions=True)] == [
            OSError,
            OSError,
        ]
        scene.holder._read_tail = scene.log.read_tail
        scene.log.seq = 1
        assert tail(await scene.ask())["seq"] == 1

    asyncio.run(story())


def test_closing_lets_everybody_go(scene):
    async def story():
        asked = [scene.ask() for _ in range(3)]
        await parked(scene, 3)
        scene.holder.close()
        assert [tail(each)["events"] for each in await asyncio.gather(*asked)] == [[], [], []]

    asyncio.run(story())


def test_nothing_is_kept_of_a_place_that_nobody_waits_at(scene):
    async def story():
        asked = scene.ask()
        await parked(scene, 1)
        scene.publish()
        await asked
        await asyncio.sleep(0)
        assert scene.holder._places == {}
        assert scene.signals._subscribers == {}

    asyncio.run(story())
