"""What people talk in, as JSON that everybody may have."""

import orjson

from voxpop.edge.cached import Asked, Snapshot, shared
from voxpop.forums.reading import find_forum
from voxpop.threads import keys
from voxpop.threads.api.shared import Read
from voxpop.trending import schemas
from voxpop.trending.reading import read_network, read_trending


@shared("trending_json")
def trending(asked: Asked, forum: str) -> Snapshot:
    body = {"threads": read_trending(find_forum(forum))}
    return Snapshot(orjson.dumps(body), keys=[keys.forum_key(forum)], quietness=0)


@shared("network_json")
def network(asked: Asked) -> Snapshot:
    return Snapshot(orjson.dumps({"threads": read_network()}), keys=[keys.NETWORK_KEY], quietness=0)


READS = (
    Read("forums/<forum>/trending", trending, schemas.TrendingOut, "Threads that people talk in"),
    Read("trending", network, schemas.NetworkOut, "Threads that people talk in, of listed forums"),
)
