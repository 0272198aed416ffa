import gzip

from voxpop.server.static import FOR_EVER, StaticFiles


def make(tmp_path):
    (tmp_path / "embed").mkdir()
    (tmp_path / "embed" / "reader.0123456789ab.js").write_bytes(b"export {};" * 50)
    (tmp_path / "embed" / "reader.js").write_bytes(b"export {};")
    (tmp_path / "secret_key").write_bytes(b"k")
    (tmp_path / ".stamp").write_text("x")
    return StaticFiles(tmp_path)


def test_a_file_named_by_its_hash_is_kept_for_ever_and_usable_from_any_page(tmp_path):
    headers = dict(make(tmp_path).answer("/static/embed/reader.0123456789ab.js", "").headers)
    assert headers["Cache-Control"] == FOR_EVER
    assert headers["Content-Type"].startswith("text/javascript")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_without_a_hash_is_not_kept_for_ever(tmp_path):
    headers = dict(make(tmp_path).answer("/static/embed/reader.js", "").headers)
    assert "immutable" not in headers["Cache-Control"]


def test_text_is_compressed_for_those_who_accept_it(tmp_path):
    answer = make(tmp_path).answer("/static/embed/reader.0123456789ab.js", "gzip, br")
    assert ("Content-Encoding", "gzip") in answer.headers
    assert ("Vary", "Accept-Encoding") in answer.headers
    assert gzip.decompress(answer.body) == b"export {};" * 50


def test_nothing_but_the_files_below_the_root_is_answered(tmp_path):
    static = make(tmp_path)
    for path in ("/static/nothing.js", "/static/../secret_key", "/static/.stamp", "/static/"):
        assert static.answer(path, "").status == 404
