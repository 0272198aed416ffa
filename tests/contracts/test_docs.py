"""Documents say what the code says. `WRITE_DOCS=1 pytest tests/contracts` writes their tables."""

import os
import re
from pathlib import Path

import pytest

from voxpop.cli import make_parser
from voxpop.errors import CODES
from voxpop.settings.environment import SETTINGS
from voxpop.words.languages import OWN_NAMES

ROOT = Path(__file__).parents[2]


def settings_document() -> str:
    rows = [
        f"| `{setting.name}` | {_default(setting.name, setting.default)} | {setting.help} |"
        for setting in SETTINGS.values()
    ]
    return (
        "# Settings\n\nRead from the environment when the server starts; a wrong one stops it"
        " and says what to write.\nEach can come from a file:"
        " `VOXPOP_SECRET_KEY_FILE=/run/key`.\n\n"
        "| setting | without it | means |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _default(name: str, default: str | None) -> str:
    if name in {"VOXPOP_SECRET_KEY", "VOXPOP_PUSH_KEY"}:
        return "made at first start"  # the one in this machine's data folder is nobody's business
    return f"`{default}`" if default else "empty"


def errors_document() -> str:
    rows = [f"| `{code}` | {status} | {title} |" for code, (status, title) in CODES.items()]
    return (
        "# Errors\n\nEvery refusal is `application/problem+json` (RFC 9457) with `type`, `title`,"
        " `status`, `detail` and a\n`code` of this list, which stays. `errors` names fields;"
        " `Retry-After` says when to come back.\n\n"
        "| code | status | means |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


@pytest.mark.parametrize(
    ("name", "made"), [("settings.md", settings_document), ("errors.md", errors_document)]
)
def test_every_setting_and_error_code_is_documented(name: str, made: object) -> None:
    file = ROOT / "docs" / name
    assert callable(made)
    if os.environ.get("WRITE_DOCS"):
        file.write_text(made())
    assert file.read_text() == made()


def test_every_command_is_documented() -> None:
    subparsers = next(
        action for action in make_parser()._actions if hasattr(action, "_name_parser_map")
    )
    commands = set(subparsers.choices or {})
    documented = set(re.findall(r"\| `voxpop ([\w-]+)", (ROOT / "docs/commands.md").read_text()))

    assert documented == commands


def test_every_language_is_documented() -> None:
    named = ", ".join(f"{name} `{code}`" for code, name in OWN_NAMES.items())

    assert f"**Languages**: {named}." in (ROOT / "docs/embedding.md").read_text()


DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_what_a_document_points_to_is_there(document: Path) -> None:
    text = document.read_text()
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    named = re.findall(r"`((?:voxpop|demo|tests|bench|ops)/[\w./-]+\.\w+)`", text)
    missing = [link for link in linked if not (document.parent / link).exists()]
    missing += [name for name in named if not (ROOT / name).exists()]

    assert missing == []
