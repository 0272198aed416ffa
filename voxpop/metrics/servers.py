"""Whether the servers that the product asks answer at this moment."""

from voxpop.metrics import table
from voxpop.metrics.table import Sample, Samples
from voxpop.servers import servers


def reached() -> Samples:
    """Every configured server that may be lost; each is given 0.1 s."""
    for name, trouble in servers():
        yield Sample(table.SERVER_REACHED, not trouble(), (name,))
