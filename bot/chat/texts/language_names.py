"""Names of languages, for texts that tell in which language something is."""

LANGUAGE_NAMES = {
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""English names by ISO 639-1 code, of the languages whose questions are told apart."""


def language_list(languages: tuple[str, ...]) -> str:
    """Languages in one phrase, such as "English and German"; one without a name by its code."""
    *others, last = (LANGUAGE_NAMES.get(each, f"“{each}”") for each in languages)
    return f"{', '.join(others)} and {last}" if others else last
