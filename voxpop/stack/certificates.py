"""A certificate for loopback and the authority that signed it, kept in the data folder.

A browser that is told once to trust `authority.pem` shows no warning again: the authority stays,
and the certificate is made anew when the host changes or before it ends.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

AUTHORITY_DAYS, DAYS = 3650, 365
RENEWED_BEFORE = 30 * 86_400  # seconds
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Certificates:
    authority: Path
    served: Path  # key, certificate and authority in one file, as HAProxy reads it


def make_certificates(folder: Path, host: str) -> Certificates:
    """The certificate of `host`, the one that is there or a new one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Certificates(folder / "authority.pem", folder / "served.pem")
    if not made.authority.exists():
        _make_authority(folder)
    if not _is_good(made.served, host):
        _make_certificate(folder, host)
    return made


def _is_good(served: Path, host: str) -> bool:
    """Whether the certificate is for `host` and ends no time soon."""
    if not served.exists():
        return False
    look = ("x509", "-in", str(served), "-noout")
    # About the time it answers with its exit code; about the host in words only.
    lasts = _openssl(*look, "-checkend", str(RENEWED_BEFORE), is_checked=False)
    named = _openssl(*look, "-checkhost", host, is_checked=False)
    return lasts.returncode == 0 and "does match" in named.stdout


def _make_authority(folder: Path) -> None:
    _openssl(
        "req", "-x509", *KEY, "-days", str(AUTHORITY_DAYS),
        "-subj", "/CN=Voxpop stack on this machine",
        "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
        "-addext", "keyUsage=critical,keyCertSign",
        "-keyout", str(folder / "authority.key"), "-out", str(folder / "authority.pem"),
    )  # fmt: skip


def _make_certificate(folder: Path, host: str) -> None:
    key, certificate = folder / "served.key", folder / "served.crt"
    names = ", ".join(dict.fromkeys((f"DNS:{host}", "DNS:localhost", "IP:127.0.0.1", "IP:::1")))
    _openssl(
        "req", "-x509", *KEY, "-days", str(DAYS), "-subj", f"/CN={host}",
        "-CA", str(folder / "authority.pem"), "-CAkey", str(folder / "authority.key"),
        "-addext", f"subjectAltName={names}",
        "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "extendedKeyUsage=serverAuth",
        "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    parts = (key, certificate, folder / "authority.pem")
    served = folder / "served.pem"
    served.touch(mode=0o600)
    served.write_text("".join(part.read_text() for part in parts))
    key.unlink()
    certificate.unlink()


def _openssl(*arguments: str, is_checked: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        ("openssl", *arguments),  # noqa: S607
        capture_output=True, text=True, check=is_checked,
    )  # fmt: skip
