"""Which forms a word with plurals has in a language's file."""

from voxpop.words.plurals import category


def forms_of(language: str) -> set[str]:
    """What whole numbers take, and "other", for what is written in full elsewhere too."""
    return {category(language, n) for n in range(200)} | {"other"}
