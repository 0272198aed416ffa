"""What a stack finds or makes before anything is started."""

import subprocess
from pathlib import Path

import pytest

from voxpop.settings.environment import SettingsError
from voxpop.stack import needs
from voxpop.stack.certificates import make_certificates
from voxpop.stack.folder import Folder, RunsAlready
from voxpop.stack.needs import refuse_missing
from voxpop.stack.secret import edge_secret


def test_what_is_missing_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(needs, "PLACES", str(tmp_path))
    monkeypatch.setattr(needs, "LIBRARIES", tmp_path)
    with pytest.raises(SettingsError) as refusal:
        refuse_missing(["haproxy", "varnishd"], ["xkey", "var", "digest"])
    told = str(refusal.value)
    assert "haproxy, varnishd, vmod xkey, vmod var, vmod digest" in told
    assert "apt-get install haproxy varnish varnish-modules varnish-vmod-digest;" in told


def test_what_is_there_is_not_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "any/varnish/vmods/libvmod_xkey.so"
    module.parent.mkdir(parents=True)
    module.touch()
    program = tmp_path / "haproxy"
    program.touch(mode=0o755)
    monkeypatch.setattr(needs, "PLACES", str(tmp_path))
    monkeypatch.setattr(needs, "LIBRARIES", tmp_path)
    refuse_missing(["haproxy"], ["xkey"])


def test_the_secret_is_made_once_and_for_the_owners_eyes(tmp_path: Path) -> None:
    secret = edge_secret(tmp_path, "")
    assert len(secret.text) >= 32
    file = Path(secret.settings["VOXPOP_EDGE_SECRET_FILE"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert edge_secret(tmp_path, "") == secret
    assert secret.text not in repr(secret)


def test_a_secret_of_the_environment_is_used_as_it_is(tmp_path: Path) -> None:
    assert edge_secret(tmp_path, "g" * 40).text == "g" * 40
    assert edge_secret(tmp_path, "g" * 40).settings == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.broad
def test_a_certificate_stays_until_the_host_changes(tmp_path: Path) -> None:
    first = make_certificates(tmp_path / "c", "comments.test")
    known = first.served.read_text(), first.authority.read_text()
    make_certificates(tmp_path / "c", "comments.test")
    assert (first.served.read_text(), first.authority.read_text()) == known
    make_certificates(tmp_path / "c", "other.test")
    assert first.served.read_text() != known[0]
    assert first.authority.read_text() == known[1]
    for name in ("other.test", "localhost"):
        subprocess.run(
            ["openssl", "verify", "-verify_hostname", name, "-CAfile", first.authority,
             first.served],
            capture_output=True, check=True,
        )  # fmt: skip
    private = [first.served, tmp_path / "c/authority.key"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in private)


def test_one_at_a_time_has_the_folder(tmp_path: Path) -> None:
    folder = Folder.of(tmp_path)
    with folder.held(), pytest.raises(RunsAlready), folder.held():
        pass
    with folder.held():
        pass


def test_a_log_that_has_grown_large_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voxpop.stack.folder.LOG_AT_MOST", 10)
    folder = Folder(tmp_path)
    folder.log("edge1").write_text("much too long\nthe last line\n")
    assert folder.last_words("edge1", 1) == "the last line"
    assert not folder.fresh_log("edge1").exists()
    assert (tmp_path / "edge1.log.1").exists()
    assert folder.last_words("nobody") == ""
