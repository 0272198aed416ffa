"""Letters that become due: for whom, and by which way."""

from collections.abc import Callable, Mapping, Sequence

from django.utils import timezone

from voxpop.accounts.models import Author
from voxpop.notices.devices import those_with_devices
from voxpop.notices.models import Channel, Letter, Pace
from voxpop.notices.wishes import Ways, those_with_an_address


def make_due(
    authors: Sequence[Author], ways: Mapping[int, Ways], letter: Callable[[Author], Letter]
) -> None:
    """A letter for each of these who wants one and can be reached; each is made once. When it goes
    is decided as it comes up (gathering.py)."""
    mailed = [author for author in authors if ways[author.id].mail != Pace.NEVER]
    if mailed:
        reached = those_with_an_address(mailed)
        _make(Channel.MAIL, [author for author in mailed if author.id in reached], letter)
    pushed = [author for author in authors if ways[author.id].push]
    if pushed:
        reached = those_with_devices(pushed)
        _make(Channel.PUSH, [author for author in pushed if author.id in reached], letter)


def _make(channel: Channel, authors: Sequence[Author], letter: Callable[[Author], Letter]) -> None:
    letters, now = [letter(author) for author in authors], timezone.now()
    for each in letters:
        each.channel, each.created, each.due = channel, now, now
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
