"""What the doctor sees where a stack runs: beside what every process can see, each part of it."""

from django.conf import settings

from voxpop.server.doctor import Finding, examine
from voxpop.stack.folder import Folder
from voxpop.stack.verbs import Health, health


def examine_all() -> list[Finding]:
    """Settings, data and servers, and the parts of the stack that runs on this data folder."""
    return [*examine(), *(_of_part(part) for part in health(settings.DATA))]


def _of_part(seen: Health) -> Finding:
    what = f"part {seen.part.name}"
    if seen.is_well:
        return Finding(what, True, seen.state)
    told = f"{seen.state}; it {seen.known.told}" if seen.known.told else seen.state
    return Finding(what, False, told, _advice(seen))


def _advice(seen: Health) -> str:
    log = Folder.of(settings.DATA).log(seen.part.name)
    if seen.state == "silent" and seen.known.process is not None:
        return (
            f"Where it stays so, end process {seen.known.process.pid}, and the stack starts it "
            f"again; {log} has its last words."
        )
    return f"It is started again by itself; where that does not help {log} says why."
