"""The fields of one line of an export, each read as what it has to be."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from voxpop.errors import Problem
from voxpop.moderation.models import Ground, Verb
from voxpop.threads.models import FlagReason, Status
from voxpop.transfer.stops import because

Choice = TypeVar("Choice", bound=Enum)


class Fields:
    """One line's fields, each of the kind it has to be; Problem("invalid") for any other."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def text(self, name: str) -> str:
        value = self.row.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(name)
        return value.replace("\0", "")

    def whole(self, name: str) -> int:
        value = self.row.get(name)
        if not isinstance(value, int) or not 0 <= value < 2**31:
            raise self.wrong(name)
        return value

    def switch(self, name: str) -> bool:
        return self.row.get(name) is True

    def time(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(name) from None
        return int(moment.replace(microsecond=0).timestamp()) * 10**6 + moment.microsecond

    def created(self, name: str = "created") -> int:
        moment = self.time(name)
        if moment is None:
            raise self.wrong(name)
        return moment

    def reason(self) -> FlagReason:
        return self._one_of(FlagReason, "reason")

    def status(self) -> Status:
        return self._one_of(Status, "status")

    def verb(self) -> Verb:
        return self._one_of(Verb, "verb")

    def ground(self) -> str:
        """What the author is told; files of before have none."""
        return self._one_of(Ground, "told") if self.text("told") else ""

    def value(self) -> int:
        value = self.row.get("value")
        if type(value) is not int or value not in {1, -1}:
            raise self.wrong("value")
        return value

    def rows(self, name: str) -> list["Fields"]:
        values = self.row.get(name)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.wrong(name)
        return [Fields(value) for value in values]

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        values = self.row.get(name)
        if not isinstance(values, list):
            raise self.wrong(name)
        pairs = [tuple(value) for value in values if isinstance(value, list)]
        if any(
            len(pair) != 2 or pair[0] not in {"d", "i", "u"} or not isinstance(pair[1], str)
            for pair in pairs
        ):
            raise self.wrong(name)
        return tuple((str(kind), str(value)[:2000]) for kind, value in pairs)

    def author(self, name: str) -> str:
        """The key of an author, "" for nobody."""
        return self.text(name)[:200]

    def inner(self, name: str) -> "Fields":
        value = self.row.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name)
        return Fields(value)

    def wrong(self, name: str) -> Problem:
        return Problem("invalid", because("field", field=name))

    def _one_of(self, choices: type[Choice], name: str) -> Choice:
        try:
            return choices(self.text(name))
        except ValueError:
            raise self.wrong(name) from None
