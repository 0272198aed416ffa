"""How a row of the table says what is kept of somebody, and what becomes of it (`table.py`)."""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What an erasure does to a field, in a sentence."""

    GOES = "the row is deleted"
    EMPTIED = "emptied"
    CHOSEN = "emptied, or left under “deleted user” where it is published, as he chooses"
    LOOSED = "no longer says who"
    STAYS = "stays"


@dataclass(frozen=True)
class Personal:
    """Fields that say something of a person. `fields` are names with spaces between them."""

    fields: str
    what: str
    how_long: str
    fate: Fate
    # Whether it is in what he is given when he asks for all that is his.
    is_given: bool = True
    why: str = ""  # it stays, or is not given


@dataclass(frozen=True)
class Plain:
    """Fields that say nothing of a person, or name a row of the product's own."""

    fields: str


@dataclass(frozen=True)
class Kept:
    """One model."""

    groups: tuple[Personal | Plain, ...]

    @property
    def personal(self) -> list[Personal]:
        return [group for group in self.groups if isinstance(group, Personal)]

    @property
    def fields(self) -> list[str]:
        """Every field that is spoken of, as often as it is."""
        return [name for group in self.groups for name in group.fields.split()]

    def fate_of(self, field: str) -> Fate:
        """What an erasure does to this field."""
        fates = [group.fate for group in self.personal if field in group.fields.split()]
        return fates[0] if fates else Fate.STAYS


def kept(*groups: Personal | Plain) -> Kept:
    return Kept(groups)
