"""The wake-ups of this deployment: between its machines where it has a Redis, else on this one."""

from pathlib import Path
from typing import Protocol

from django.conf import settings

from voxpop.realtime.neighbours import NeighbourSignals
from voxpop.realtime.signals import Signals


class Heard(Signals, Protocol):
    """Signals that a serving process hears from others."""

    def listen(self) -> None: ...
    def close(self) -> None: ...


def _choose() -> Heard:
    neighbours = NeighbourSignals(lambda: Path(settings.DATA) / "run" / "signals")
    if not settings.REDIS:
        return neighbours
    from voxpop.realtime.machines import MachineSignals

    return MachineSignals(neighbours)


signals = _choose()


def announce(thread: str, seq: int) -> None:
    """Wake everybody who waits for news of this thread, in every process of this deployment."""
    signals.announce(thread, seq)
