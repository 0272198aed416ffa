"""The languages that we speak, and which of them is meant."""

from functools import lru_cache

OWN_NAMES = {
    "en": "English",
    "ar": "العربية",
    "bg": "Български",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "es": "Español",
    "et": "Eesti",
    "eu": "Euskara",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português (Portugal)",
    "pt-br": "Português (Brasil)",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sv": "Svenska",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "简体中文",
    "zh-hant": "繁體中文",
}
LANGUAGES = tuple(OWN_NAMES)
# What browsers and pages say for one of ours: old codes, and where Chinese is written in full.
_MEANT = {
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}
_RIGHT_TO_LEFT = {"ar", "fa", "he"}


@lru_cache(maxsize=64)  # asked for each word of a page; what strangers ask for does not pile up
def known(wanted: str | None) -> str | None:
    """The one of our languages that is wanted (`de-AT` is `de`, `zh_TW` `zh-hant`); none is made up
    (SAFETY R23)."""
    tags = (wanted or "").replace("_", "-").lower().split("-")[:3]
    for length in range(len(tags), 0, -1):
        tag = "-".join(tags[:length])
        if (language := _MEANT.get(tag, tag)) in OWN_NAMES:
            return language
    return None


def language_of(wanted: str | None, default: str = "en") -> str:
    """The language to answer in: the one that is wanted if we speak it, else the default."""
    return known(wanted) or known(default) or "en"


def direction(language: str) -> str:
    """ "rtl" or "ltr", as HTML's `dir` has it."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"
