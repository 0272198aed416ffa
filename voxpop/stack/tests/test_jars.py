"""Cassandra's jars: brought once, compared every time, and one sentence when something is wrong."""

import hashlib
from pathlib import Path

import pytest

from voxpop.settings.environment import SettingsError
from voxpop.stack.engines import jars

GOOD = b"a jar"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, the only one there is; a lock of one file."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    lock = tmp_path / "jars.lock"
    lock.write_text(f"{hashlib.sha256(GOOD).hexdigest()}  one-1.0.jar\n")
    monkeypatch.setattr(jars, "LOCK", lock)
    return folder


def program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def maven(tools: Path, content: str) -> None:
    """A Maven that brings this, and remembers that it was asked."""
    program(
        tools,
        "mvn",
        'for each in "$@"; do case $each in -DoutputDirectory=*) out=${each#*=};; esac; done\n'
        f'printf "{content}" > "$out/one-1.0.jar"; echo asked >> "{tools}/asked"',
    )


def test_they_are_brought_once(tools: Path, tmp_path: Path) -> None:
    maven(tools, GOOD.decode())
    for _ in range(3):
        jars.fetch_jars(tmp_path / "cache")
    (jar,) = jars.class_path(tmp_path / "cache")
    assert jar.read_bytes() == GOOD
    assert (tools / "asked").read_text() == "asked\n"


def test_another_file_under_the_same_name_is_refused(tools: Path, tmp_path: Path) -> None:
    maven(tools, "something else")
    with pytest.raises(SettingsError, match=r"not those of .*, the first one-1.0.jar: remove"):
        jars.fetch_jars(tmp_path / "cache")


def test_one_that_was_changed_since_is_brought_anew(tools: Path, tmp_path: Path) -> None:
    maven(tools, GOOD.decode())
    jars.fetch_jars(tmp_path / "cache")
    (jar,) = jars.class_path(tmp_path / "cache")
    jar.write_bytes(b"changed")
    jars.fetch_jars(tmp_path / "cache")
    assert jar.read_bytes() == GOOD


def test_a_maven_that_fails_is_told_with_its_own_words(tools: Path, tmp_path: Path) -> None:
    program(tools, "mvn", 'echo "[ERROR] no route to the repository"; exit 1')
    with pytest.raises(SettingsError, match=r"no route to the repository.*Start again when"):
        jars.fetch_jars(tmp_path / "cache")


def test_without_maven_its_package_is_named(tools: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="apt-get install maven"):
        jars.fetch_jars(tmp_path / "cache")


@pytest.mark.parametrize("version", ["", "11.0.2", "21.0.1"])
def test_another_java_is_refused_with_the_package_to_install(tools: Path, version: str) -> None:
    if version:
        program(tools, "java", f"echo 'openjdk version \"{version}\"' >&2")
    with pytest.raises(SettingsError, match=r"needs Java 17.*openjdk-17-jre-headless"):
        jars.refuse_other_java()


def test_java_17_will_do(tools: Path) -> None:
    program(tools, "java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2")
    jars.refuse_other_java()
