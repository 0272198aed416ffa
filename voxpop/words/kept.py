"""Sentences that are kept in English, for whoever reads rows, and told apart again by their words,
so that a page can say them in its reader's language."""

import re
from collections.abc import Mapping


class Kept:
    """Sentences by their names; `holes` says as a pattern what may stand in each `{hole}`."""

    def __init__(self, sentences: Mapping[str, str], holes: Mapping[str, str]) -> None:
        self._sentences = sentences
        groups = {name: f"(?P<{name}>{pattern})" for name, pattern in holes.items()}
        self._patterns = {
            name: re.compile(
                re.escape(each).replace(r"\{", "{").replace(r"\}", "}").format(**groups)
            )
            for name, each in sentences.items()
        }

    def because(self, name: str, **told: str | int) -> str:
        """The sentence, with what is told in it."""
        return self._sentences[name].format(**told)

    def told_apart(self, sentence: str) -> tuple[str, dict[str, str]] | None:
        """Which of them this is, and what is told in it; None for anybody else's words."""
        for name, pattern in self._patterns.items():
            if found := pattern.fullmatch(sentence):
                return name, found.groupdict()
        return None
