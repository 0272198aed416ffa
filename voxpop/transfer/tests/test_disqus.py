"""The reader of Disqus exports: quirks survived, damage counted, nothing lost silently."""

from collections.abc import Iterator

import pytest

from voxpop.errors import Problem
from voxpop.threads.models import Status
from voxpop.transfer import disqus
from voxpop.transfer.capped import chunks
from voxpop.transfer.disqus import read_disqus, split
from voxpop.transfer.records import ImportedAuthor, ImportedComment, ImportedThread, Skipped
from voxpop.transfer.tests.making import DATA, HEAD, post, thread


def read(text: str | bytes) -> list[object]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_disqus([data]))


def comments(records: list[object]) -> dict[str, ImportedComment]:
    return {record.key: record for record in records if isinstance(record, ImportedComment)}


def skipped(records: list[object]) -> list[tuple[str, str]]:
    return [(record.key, record.reason) for record in records if isinstance(record, Skipped)]


def test_the_sample_of_the_contract():
    records = list(read_disqus(chunks(DATA / "sample.xml")))
    threads = [record for record in records if isinstance(record, ImportedThread)]
    assert [(t.key, t.identifier, t.title, t.is_closed) for t in threads] == [
        ("100", "post-1", "First & foremost", False),
        ("101", "", "", True),
    ]
    assert threads[1].aliases == (("d", "101"), ("u", "blog.example/p/2"))
    found = comments(records)
    assert found["5001"].text == "<p>Hello <b>all</b></p>"
    assert (found["5002"].parent, found["5003"].status) == ("5001", Status.DELETED)
    authors = [record for record in records if isinstance(record, ImportedAuthor)]
    assert [(a.key, a.is_guest) for a in authors] == [
        ("disqus:ada_l", False),
        ("disqus-guest:guest bo", True),
        ("disqus-guest:gone", True),
    ]
    assert not skipped(records)


def test_a_damaged_file_costs_its_damaged_records_only():
    records = list(read_disqus(chunks(DATA / "damaged.xml")))
    found = comments(records)
    without_id = next(key for key in found if key.startswith("x"))
    assert set(found) == {"301", "302", "303", "304", "307", without_id}
    assert "</post>" in found["307"].text
    assert found["304"].status == Status.SPAM
    assert skipped(records) == [
        ("x305", disqus.NOT_XML),
        ("", disqus.CUT_OFF),
        ("308", disqus.NOT_XML),
        ("309", disqus.NO_DATE),
    ]


def test_a_post_without_an_id_has_the_same_one_in_every_run():
    keys = [
        next(k for k in comments(list(read_disqus(chunks(DATA / "damaged.xml")))) if k[0] == "x")
        for _ in range(2)
    ]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_the_cut_does_not_depend_on_how_the_stream_is_chunked(size: int):
    data = (DATA / "damaged.xml").read_bytes()
    whole = list(split([data]))
    pieces = list(split(data[at : at + size] for at in range(0, len(data), size)))
    assert pieces == whole
    assert len(whole) == 12


def test_invalid_bytes_and_control_characters_are_dropped_and_the_rest_kept():
    record = post(1, 2, text="a\x0bb").encode().replace(b"a\x0b", b"a\x0b\xff")
    assert comments(read(HEAD.encode() + record + b"</disqus>"))["1"].text == "a\ufffdb"


def test_ids_as_text_and_times_without_a_zone_as_the_documentation_has_them():
    records = read(
        HEAD + "<post><message>x</message><createdAt>2008-06-10T02:28:43</createdAt>"
        '<thread>1</thread><parent dsq:id="1">2</parent></post></disqus>'
    )
    (comment,) = comments(records).values()
    assert (comment.thread, comment.parent) == ("1", "1")
    assert comment.created == 1213064923 * 10**6


def test_a_record_that_swallowed_the_next_is_told():
    unclosed = post(1, 9).replace("]]>", "")
    records = read(HEAD + unclosed + post(2, 9) + post(3, 9) + "</disqus>")
    assert set(comments(records)) == {"3"}
    assert skipped(records) == [("1", disqus.HOLDS_ANOTHER)]


def test_a_comment_without_an_end_does_not_swallow_the_file_silently():
    records = read(HEAD + post(1, 9) + "<!-- oops" + post(2, 9) + "</disqus>")
    assert set(comments(records)) == {"1"}
    assert skipped(records) == [("", disqus.CUT_OFF)]


def test_a_file_that_is_no_export_is_refused():
    for data in (b"", b"hello", b"<rss><channel/></rss>", "«»".encode("utf-16")):
        with pytest.raises(Problem, match="invalid"):
            read(data)


@pytest.mark.broad
def test_a_record_without_end_is_forgotten_while_it_streams():
    """Constant memory, whatever stands in the file: 64 MiB of one record."""
    longest = 0

    def stream() -> Iterator[bytes]:
        nonlocal longest
        yield (HEAD + thread(9) + '<post dsq:id="1"><message><![CDATA[').encode()
        for _ in range(256):
            yield b"x" * 256 * 1024
            longest = max(longest, len(cutter.buffer))
        yield b"]]></message></post>" + post(2, 9).encode() + b"</disqus>"

    cutter = disqus._Cutter()
    pieces = [piece for chunk in stream() for piece in cutter.feed(chunk)]
    assert [(piece.kind, piece.reason) for piece in pieces] == [
        ("thread", ""),
        ("post", disqus.TOO_LARGE),
        ("post", ""),
    ]
    assert longest < 2 * disqus.LARGEST_RECORD
