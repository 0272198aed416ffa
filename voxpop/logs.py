"""Log lines: JSON for machines, plain for a terminal, and nothing in them that is a secret.

We log no bodies, tokens or addresses of people (SAFETY T44). Paths and error texts of others can
carry them all the same (a sign-in link that was used twice), so every line is looked over.
"""

import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

HIDDEN = "[hidden]"
# 32 and more letters of a URL with a digit and a capital among them: ours look like that.
SECRET = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{32,}(?![\w-])")
# What somebody asks about himself names the page that he reads: a refusal's line has it too.
MINE = re.compile(r"(/api/v1/me/)[^\s\"'?]+")
# PostgreSQL quotes the values of the row that it refuses.
VALUES = re.compile(r"(DETAIL:)[^\n]+")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def line_formatter() -> ProcessorFormatter:
    """The formatter named in settings.LOGGING."""
    is_terminal = sys.stderr.isatty()
    render: Any = (
        structlog.dev.ConsoleRenderer()
        if is_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            *([] if is_terminal else [structlog.processors.format_exc_info]),
            hide_secrets,
            render,
        ],
    )


def hide_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The line without e-mail addresses and without what looks like a token."""
    return {
        name: hidden(value) if isinstance(value, str) else value for name, value in line.items()
    }


def hidden(text: str) -> str:
    """The text with secrets and e-mail addresses taken out."""
    text = VALUES.sub(rf"\1 {HIDDEN}", MINE.sub(rf"\1{HIDDEN}", text))
    return EMAIL.sub(HIDDEN, SECRET.sub(HIDDEN, text))
