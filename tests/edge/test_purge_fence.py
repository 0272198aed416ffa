"""Every keyed answer says which buckets guard it; the number of a bucket never changes."""

import pytest

from voxpop.edge.cached import Asked, Snapshot, dress
from voxpop.edge.fence import BUCKETS, bucket, fence
from voxpop.edge.policy import SURFACES


def test_a_bucket_is_the_same_for_good():
    assert bucket("t:0123456789abcdefghij") == 62
    assert bucket("s:größe") == 764
    assert all(0 <= bucket(f"t:{number}") < BUCKETS for number in range(5000))
    assert len({bucket(f"t:{number}") for number in range(20_000)}) == BUCKETS


def test_an_answer_says_the_buckets_of_the_keys_it_wears():
    keys = ["t:0123456789abcdefghij", "s:magazine"]
    answer = dress(Asked(), Snapshot(b"x", keys=keys), SURFACES["thread_page"])
    said = dict(answer.headers)
    assert said["Surrogate-Key"] == " ".join(keys)
    assert said["Voxpop-Fence"] == f"62 {bucket('s:magazine')}"
    bare = dress(Asked(), Snapshot(b"x"), SURFACES["counts_json"])
    assert "Voxpop-Fence" not in dict(bare.headers)


def test_more_keys_than_a_node_guards_are_refused():
    with pytest.raises(ValueError):
        fence([f"t:{number}" for number in range(5)])
