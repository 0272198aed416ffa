"""What a Cassandra node is made of: some hundred jars, brought by Maven and compared with a lock.

    fetch_jars(cache)  # now, or they are there already
    class_path(cache)

`ops/cassandra/pom.xml` names them by coordinates, `jars.lock` holds the SHA-256 of each file. Maven
keeps what it has brought, so that a fetch that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from voxpop.settings.environment import SettingsError

COORDINATES = Path(__file__).resolve().parents[3] / "ops/cassandra/pom.xml"
LOCK = COORDINATES.with_name("jars.lock")
FETCH = 600.0  # seconds at most; 67 MB
RELEASES = (17,)  # of Java that Cassandra 5.0 is tested on, and Debian has
LEAVE_OUT = "or leave the part out with --without cassandra."


def class_path(cache: Path) -> list[Path]:
    """Every jar, in the place where `fetch_jars` puts it."""
    return [_folder(cache) / name for name in sorted(_locked())]


def fetch_jars(cache: Path) -> None:
    """Bring what is not there, and compare every jar with the lock.

    Raises SettingsError when one cannot be brought, or is another file than the one locked.
    """
    locked, folder = _locked(), _folder(cache)
    if _lacking(folder, locked):
        _fetch(folder)
    if wrong := _lacking(folder, locked):
        raise SettingsError(
            f"{len(wrong)} of Cassandra's jars are not those of {LOCK}, the first {wrong[0]}: "
            f"remove {folder} and start again, {LEAVE_OUT}"
        )


def _folder(cache: Path) -> Path:
    """By the lock's own digest: another version has another folder, and neither disturbs the
    other."""
    return cache / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]


def refuse_other_java() -> None:
    """Raise SettingsError when there is no Java that runs Cassandra 5.0."""
    found = shutil.which("java")
    told = "is not here"
    if found:
        said = subprocess.run(  # noqa: S603
            [found, "-version"], capture_output=True, text=True, timeout=30, check=False
        ).stderr
        release = re.search(r'version "(\d+)', said)
        if release and int(release[1]) in RELEASES:
            return
        told = f"is {release[1] if release else 'unknown'}"
    raise SettingsError(
        f"Cassandra 5.0 needs Java 17, and the java of this machine {told}. "
        f"On Debian: apt-get install openjdk-17-jre-headless; {LEAVE_OUT}"
    )


def _locked() -> dict[str, str]:
    """The SHA-256 of each file, as `sha256sum` writes them."""
    lines = (line.split() for line in LOCK.read_text().splitlines())
    return {name: digest for digest, name in lines}


def _lacking(folder: Path, locked: dict[str, str]) -> list[str]:
    """The names of files that are not there, or are not what they should be."""
    return [name for name, digest in locked.items() if _digest(folder / name) != digest]


def _digest(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open("rb") as jar:
        return hashlib.file_digest(jar, "sha256").hexdigest()


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise SettingsError(
            "Cassandra's jars are brought by Maven, which is not here. "
            f"On Debian: apt-get install maven; {LEAVE_OUT}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    command = (
        maven, "--batch-mode", "--quiet", "--file", str(COORDINATES),
        "dependency:copy-dependencies", "-DincludeScope=runtime",
        f"-DoutputDirectory={folder}",
    )  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=FETCH, check=False
        )
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"Cassandra's jars did not come within {FETCH:g} s. Start again: it goes on where it "
            f"stopped; {LEAVE_OUT}"
        ) from None
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "no reason")
        raise SettingsError(
            f"Cassandra's jars could not be brought ({said.strip()[:200]}). Start again when "
            f"Maven reaches its repository: it goes on where it stopped; {LEAVE_OUT}"
        )
