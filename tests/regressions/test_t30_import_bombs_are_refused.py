"""SAFETY T30: a stranger's export is bounded in size, ratio, depth, entities, memory and time."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voxpop.errors import Problem
from voxpop.forums.models import Forum
from voxpop.threads.models import Comment
from voxpop.transfer import capped, disqus
from voxpop.transfer.actions.import_forum import import_disqus
from voxpop.transfer.capped import chunks
from voxpop.transfer.disqus import read_disqus
from voxpop.transfer.records import ImportedComment, Skipped
from voxpop.transfer.tests.making import HEAD, export, post, thread

BILLION = """<?xml version="1.0"?>
<!DOCTYPE disqus [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>
"""
EXTERNAL = '<!DOCTYPE disqus [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!doctype disqus SYSTEM "http://127.0.0.1:9/evil.dtd">'
PARAMETER = '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>'


@pytest.mark.parametrize("prolog", [BILLION, EXTERNAL, REMOTE, PARAMETER, "<!ENTITY a 'b'>"])
def test_a_document_type_refuses_the_file(prolog):
    data = (prolog + HEAD.partition("?>")[2] + post(1, 2, text="&e;") + "</disqus>").encode()
    with pytest.raises(Problem, match="no document type"):
        list(read_disqus([data]))


@pytest.mark.parametrize(
    "inside",
    ["<message>&a;</message>", "<!DOCTYPE x><message/>", "<!ENTITY a 'b'><message/>", "&#0;"],
)
def test_an_entity_inside_a_record_costs_the_record(inside):
    record = post(1, 2).replace("<id/>", f"<id/>{inside}")
    found = list(read_disqus([(HEAD + record + post(3, 2) + "</disqus>").encode()]))
    assert [r.key for r in found if isinstance(r, ImportedComment)] == ["3"]
    assert [r.reason for r in found if isinstance(r, Skipped)] == [disqus.NOT_XML]


def test_deep_and_broken_nesting_costs_the_record_and_little_time():
    deep = "<message>" + "<a>" * 200_000
    shallow = "<a>" * 900 + "</a>" * 900
    records = [
        post(1, 2).replace("<message>", deep),
        post(2, 2).replace("<message>", "<message>" + shallow),
        post(3, 2).replace("</message>", "</b></message>"),
        post(4, 2),
    ]
    begun = time.process_time()
    found = list(read_disqus([(HEAD + "".join(records)).encode()]))
    assert time.process_time() - begun < 2
    assert [r.reason for r in found if isinstance(r, Skipped)] == [disqus.TOO_DEEP, disqus.NOT_XML]


@pytest.mark.broad
def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    file = tmp_path / "bomb.xml.gz"
    with gzip.open(file, "wb") as packed:
        packed.write(HEAD.encode())
        for _ in range(64):
            packed.write(b" " * 1024**2)
    taken: list[int] = []
    with pytest.raises(Problem, match="100 times"):
        taken.extend(len(chunk) for chunk in chunks(file))
    assert sum(taken) < 16 * 1024**2


def test_an_honest_gzip_is_read_and_a_broken_one_refused(tmp_path):
    file = tmp_path / "export.xml.gz"
    file.write_bytes(gzip.compress((HEAD + post(1, 2) + "</disqus>").encode()))
    assert any(isinstance(record, ImportedComment) for record in read_disqus(chunks(file)))
    file.write_bytes(file.read_bytes()[:-12])
    with pytest.raises(Problem, match="damaged or cut off"):
        list(read_disqus(chunks(file)))


def test_a_file_may_have_two_gibibytes_and_not_more(tmp_path, monkeypatch):
    monkeypatch.setattr(capped, "LARGEST_FILE", 1000)
    plain, packed = tmp_path / "a.xml", tmp_path / "a.xml.gz"
    plain.write_bytes(b" " * 1001)
    packed.write_bytes(gzip.compress(b" " * 1001))
    for file in (plain, packed):
        with pytest.raises(Problem, match="2 GiB"):
            list(chunks(file))


@pytest.mark.broad
@pytest.mark.django_db
def test_a_chain_of_replies_costs_no_more_than_its_length(settings, tmp_path):
    """Paths grow with depth: without a bound this is quadratic in rows and bytes."""
    settings.DATA = tmp_path
    forum = Forum.objects.create(shortname="demo", name="Demo")
    chain = [post(n, 1, **({"parent": n - 1} if n > 1 else {})) for n in range(1, 3001)]
    import_disqus(forum=forum, file=export(thread(1), *chain))
    assert Comment.objects.count() == 3000
    assert max(len(path) for path in Comment.objects.values_list("path", flat=True)) == 8 * 201


ROOT = Path(__file__).parents[2]
FORUM = """
from voxpop.cli import main
main(["forum", "create", "demo", "--owner", "a@voxpop.example", "--origin", "https://x.example"])
"""
# VmHWM and not getrusage's ru_maxrss, which a process inherits from the one that started it.
IMPORT = """
import pathlib, re, sys
from voxpop.cli import main
try:
    main(["import", "disqus", sys.argv[1], "--forum", "demo", "--dry-run", "--json"])
finally:
    status = pathlib.Path("/proc/self/status").read_text()
    print("peak", int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) // 1024)
"""


@pytest.mark.long
def test_a_gibibyte_is_read_in_300_mebibytes(tmp_path):
    """The whole of reading and arranging, in a process of its own that can be measured."""
    file = tmp_path / "huge.xml"
    filler = "The same sentence again, and once more for good measure. " * 150
    with file.open("w") as out:
        out.write(HEAD)
        for n in range(1, 501):
            out.write(thread(n))
        key = 1000
        while out.tell() < 1024**3:
            key += 1
            parent = {"parent": key - 1} if key % 7 else {}
            out.write(post(key, key // 7 % 500 + 1, text=filler, **parent))
    assert file.stat().st_size >= 1024**3
    environment = {**os.environ, "VOXPOP_DATA": str(tmp_path / "data")}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        return done.stdout.decode()

    run("manage.py", "migrate", "-v0")
    run("-c", FORUM)
    peak = int(run("-c", IMPORT, str(file)).split("peak ")[1])
    assert peak <= 300, f"{peak} MiB"
