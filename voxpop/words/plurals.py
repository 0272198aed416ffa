"""Which plural form a whole number takes, as `Intl.PluralRules` says it (CLDR).

French, Italian, Portuguese and Spanish have one more for whole millions, which nobody reaches here.
"""


def category(language: str, n: int) -> str:
    """ "one", "few" and so on; "other" where a language has no form of its own for it."""
    if language in {"ja", "ko", "zh"}:
        return "other"
    if language in {"ru", "uk"}:
        return _east_slavic(n)
    if language == "pl":
        return "one" if n == 1 else "few" if _is_few(n) else "many"
    if language == "ar":
        return _arabic(n)
    if language == "he" and n == 2:
        return "two"
    if language in {"fr", "pt", "fa"}:
        return "one" if n in {0, 1} else "other"
    return "one" if n == 1 else "other"


def _east_slavic(n: int) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if _is_few(n) else "many"


def _is_few(n: int) -> bool:
    return n % 10 in {2, 3, 4} and n % 100 not in {12, 13, 14}


def _arabic(n: int) -> str:
    if n in {0, 1, 2}:
        return ("zero", "one", "two")[n]
    last = n % 100
    return "few" if 3 <= last <= 10 else "many" if last >= 11 else "other"
