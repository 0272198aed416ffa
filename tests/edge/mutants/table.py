"""Ways in which the product could be wrong, each a small change of it, and who must find it out.

A mutant names the scenario in which it shows, and the invariants that may tell. What its change
replaces must stand in its file exactly once: a mutant that no longer applies fails loudly.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    name: str
    scenario: str
    invariants: frozenset[str]
    changes: tuple[Change, ...]

    def apply(self, product: Path) -> None:
        """Change the copy of the product that lies in this folder."""
        for change in self.changes:
            file = product / "voxpop" / change.file
            text = file.read_text()
            assert text.count(change.old) == 1, f"{self.name}: {change.file} is another now"
            file.write_text(text.replace(change.old, change.new))


def _mutant(name: str, scenario: str, invariants: str, *changes: tuple[str, str, str]) -> Mutant:
    return Mutant(
        name, scenario, frozenset(invariants.split()), tuple(Change(*each) for each in changes)
    )


HASH = "    hash_data(req.url);\n"

MUTANTS = (
    _mutant(
        "no outbox", "crashing", "I4",
        ("events/__init__.py", "    insert(row)\n", ""),
    ),
    _mutant(
        # A busy disk, which needs 60 ms to keep what is committed; 20 showed in every second run.
        "purge before commit", "hinted", "I4",
        ("events/__init__.py",
         "    transaction.on_commit(partial(dispatch.follow_at_once, row.pk, event))",
         '    dispatch.follow_at_once(row.pk, event)\n    __import__("time").sleep(0.06)'),
    ),
    _mutant(
        "no second purge", "repeated", "I4 I4-removed",
        ("events/repeats.py",
         "                self.purger.add(what, row.pk)\n",
         "                pass\n"),
    ),
    _mutant(
        "no fence", "slow", "I4 I4-removed",
        ("edge/vcl/fence.vcl", "    if (beresp.ttl > 0.1s) {\n", "    if (beresp.ttl > 365d) {\n"),
    ),
    _mutant(
        "no floor", "forgetful", "I2",
        ("edge/vcl/floor.vcl",
         "    if (req.http.Edge-Floor-Of\n",
         '    if (req.http.Edge-Floor-Of == "nobody"\n'),
    ),
    _mutant(
        "key without forum", "calm", "I5",
        ("edge/vcl/main.vcl", HASH,
         '    hash_data(regsub(req.url, "^/embed/[^/]+/", "/embed/"));\n'),
    ),
    _mutant(
        "cookie in the hash", "calm", "I11",
        ("edge/vcl/main.vcl", HASH, HASH + "    hash_data(req.http.Cookie);\n"),
    ),
    _mutant(
        # Whoever is signed in meets what the one before him was given.
        "what is private is kept", "calm", "I6",
        ("edge/vcl/main.vcl",
         '    if (req.http.Edge-Route == "private") {\n        return (pass);\n',
         '    if (req.http.Edge-Route == "private" && req.method != "GET") {\n'
         "        return (pass);\n"),
        ("edge/vcl/main.vcl",
         '    if (var.get("route") == "private") {\n        return (deliver);\n',
         '    if (var.get("route") == "private") {\n        set beresp.ttl = 2s;\n'
         "        return (deliver);\n"),
    ),
    _mutant(
        "hard purge for posts", "gone", "I10",
        ("consequences.py",
         "def thread_softly(event: ThreadMoved) -> Purge:\n"
         "    return Purge(keys.changed_with_thread(event.thread, event.forum))\n",
         "def thread_softly(event: ThreadMoved) -> Purge:\n"
         "    return thread_hard(event)\n"),
    ),
    _mutant(
        # 50 ms lie between the two queries, as on a server that has much to do.
        "version read in a second query", "calm", "I5 I8",
        ("threads/api/shared.py",
         '_page_body(found, sort, known.get("after"), limit))\n',
         '_page_body(found, sort, known.get("after"), limit))\n'
         '    __import__("time").sleep(0.05)\n'
         "    found = reading.thread_by_public_id(thread)\n"),
    ),
    _mutant(
        # A page that no purge reaches lives its whole time: an hour at least.
        "no lease", "cut-off", "I4 I4-removed",
        ("edge/vcl/lease.vcl", "obj.age > 10s", "obj.age > 365d"),
    ),
    _mutant(
        # What memcached says is taken for what was asked.
        "memcached is believed", "data", "I5 I5-tail I8",
        ("cache/memcached.py",
         "        if not hmac.compare_digest(seal, self._seal_of(name, said)):\n",
         "        if len(seal) < SEAL:\n"),
    ),
    _mutant(
        "no time-out for Redis", "data", "I12",
        ("redis.py", "TIMEOUT = 0.1 ", "TIMEOUT = 20 "),
    ),
    _mutant(
        # For hours nobody folds votes, nor tells the nodes that they may believe what they have.
        "an end is believed however far ahead", "put right", "I7 I11",
        ("events/lease.py", " | Q(until__gt=Now() + 2 * self._length)", ""),
    ),
    _mutant(
        "a standby is asked wherever it stands", "standby", "I5 I8",
        ("threads/replica.py",
         "if snapshot.place_of(thread) == thread.seq:",
         "if snapshot.place_of(thread) is not None:"),
    ),
    _mutant(
        # Who writes waits until his comment is in its timelines, or is told that something broke.
        "Cassandra on the writer's path", "wide", "I12 I13",
        ("threads/actions/post.py",
         '        kill_point("in_transaction")\n',
         '        __import__("voxpop.timelines.comments", fromlist=["settle"]).settle(\n'
         '            __import__("voxpop.timelines.chosen", fromlist=["timelines"]).timelines(),\n'
         "            [comment.id],\n"
         "        )\n"),
    ),
    _mutant(
        "a full disk is an internal error", "full disk", "I13",
        ("api.py",
         '    return refuse(Problem("unavailable", retry_after=5))\n',
         "    return HttpResponse(status=500)\n"),
    ),
    _mutant(
        # What a process without memory cannot finish stays as far as it came. The quarter of a
        # gigabyte is what it does not get in the midst of it.
        "half of a comment is kept", "short of memory", "I1 I14",
        ("limits/once.py",
         "            with transaction.atomic():\n                self._refuse_if_answered()\n",
         "            if True:\n                self._refuse_if_answered()\n"),
        ("threads/actions/post.py",
         "    comment.seq = last\n    insert(comment)\n",
         "    comment.seq = last\n    insert(comment)\n    bytearray(1 << 28)\n"),
    ),
    _mutant(
        # What CPython was seen to do once in many runs, here each time: after an allocation that
        # failed, every post breaks for as long as the process lives.
        "a process without memory goes on", "short of memory", "I13",
        ("server/ending.py", "        if not memory.has_run_out():\n", "        if True:\n"),
        ("threads/actions/post.py",
         "    comment.seq = last\n    insert(comment)\n",
         "    comment.seq = last\n    insert(comment)\n"
         '    if __import__("voxpop.memory", fromlist=["memory"]).has_run_out():\n'
         '        raise RuntimeError("broken")\n'
         "    bytearray(1 << 28)\n"),
    ),
    _mutant(
        # Nothing is waited for: an answer comes before the comment is on the disk.
        "acknowledged before it is kept", "storm", "I1",
        ("settings/databases.py",
         '" -c plan_cache_mode=force_generic_plan"',
         '" -c plan_cache_mode=force_generic_plan -c synchronous_commit=off"'),
    ),
)  # fmt: skip
