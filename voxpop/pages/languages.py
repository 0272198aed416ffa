"""The languages of the embed, each by its own name."""

from voxpop.threads.labels import LANGUAGES

_OWN_NAMES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "ru": "Русский",
    "uk": "Українська",
    "tr": "Türkçe",
    "ar": "العربية",
    "he": "עברית",
    "fa": "فارسی",
    "ja": "日本語",
    "zh": "中文",
    "ko": "한국어",
}
LANGUAGE_NAMES = [(code, _OWN_NAMES[code]) for code in LANGUAGES]
