"""The words of our own pages, one file a language: where one signs in and up (`door/`), what is
one's own (`home/`), where comments are moderated (`desk/`), what an owner does with his forum
(`owner/`), and what everybody sees of a thread (`page/`).

A word may hold markup of ours, and what is told in it is escaped. One with plural forms is an
object keyed by the categories of `Intl.PluralRules`, as in the embed's files.
"""

from voxpop.words.languages import known
from voxpop.words.saying import refusal, say, say_lazily, spoken, words

__all__ = ["known", "refusal", "say", "say_lazily", "spoken", "words"]
