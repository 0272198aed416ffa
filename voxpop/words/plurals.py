"""Which plural form a whole number takes, as `Intl.PluralRules` says it (CLDR).

Catalan, French, Italian, Portuguese and Spanish have one more for whole millions, which nobody
reaches here; what only fractions take is left out as well.
https://www.unicode.org/cldr/charts/48/supplemental/language_plural_rules.html
"""

from collections.abc import Callable


def category(language: str, n: int) -> str:
    """ "one", "few" and so on; "other" where a language has no form of its own for it."""
    return _RULES.get(language, _one)(n)


def _one(n: int) -> str:
    return "one" if n == 1 else "other"


def _none(_: int) -> str:
    return "other"


def _none_or_one(n: int) -> str:
    return "one" if n in {0, 1} else "other"


def _two(n: int) -> str:
    return "two" if n == 2 else _one(n)


def _east_slavic(n: int) -> str:
    return _by_last(n, rest="many")


def _south_slavic(n: int) -> str:
    return _by_last(n, rest="other")


def _by_last(n: int, *, rest: str) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if _is_few(n) else rest


def _polish(n: int) -> str:
    return "one" if n == 1 else "few" if _is_few(n) else "many"


def _is_few(n: int) -> bool:
    return n % 10 in {2, 3, 4} and n % 100 not in {12, 13, 14}


def _czech(n: int) -> str:
    return "few" if n in {2, 3, 4} else _one(n)


def _slovenian(n: int) -> str:
    return {1: "one", 2: "two", 3: "few", 4: "few"}.get(n % 100, "other")


def _romanian(n: int) -> str:
    return "one" if n == 1 else "few" if n == 0 or 1 <= n % 100 <= 19 else "other"


def _lithuanian(n: int) -> str:
    if n % 10 == 0 or 11 <= n % 100 <= 19:
        return "other"
    return "one" if n % 10 == 1 else "few"


def _latvian(n: int) -> str:
    if n % 10 == 0 or 11 <= n % 100 <= 19:
        return "zero"
    return "one" if n % 10 == 1 else "other"


def _arabic(n: int) -> str:
    if n in {0, 1, 2}:
        return ("zero", "one", "two")[n]
    last = n % 100
    return "few" if 3 <= last <= 10 else "many" if last >= 11 else "other"


_RULES: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("id", "ja", "ko", "th", "vi", "zh", "zh-hant"), _none),
    **dict.fromkeys(("fa", "fr", "pt", "pt-br"), _none_or_one),
    **dict.fromkeys(("ru", "uk"), _east_slavic),
    **dict.fromkeys(("hr", "sr"), _south_slavic),
    **dict.fromkeys(("cs", "sk"), _czech),
    "ar": _arabic,
    "he": _two,
    "lt": _lithuanian,
    "lv": _latvian,
    "pl": _polish,
    "ro": _romanian,
    "sl": _slovenian,
}
