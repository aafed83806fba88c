"""Language identification, offline, by py3langid: naive Bayes over byte n-grams, 142 languages."""

from collections.abc import Collection
from functools import cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
"""The ISO 639-2 code for a language that cannot be identified."""

SAMPLE_CHARACTERS = 4_000
"""Characters from the beginning of a text by which its language is identified."""


@cache
def _identifier() -> LanguageIdentifier:
    """The bundled model. `classify` only reads it, so that threads may share it.

    Its table of weights comes in 16-bit floats, which NumPy would widen for each text anew.
    """
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    return LanguageIdentifier(
        model.nb_ptc.astype(np.float32),
        model.nb_pc,
        model.nb_classes,
        model.tk_nextmove,
        model.tk_output,
        tk_row=model.tk_row,
    )


def language_of(text: str) -> str:
    """The ISO 639-1 code of `text`'s language; `UNKNOWN` for a text without letters."""
    sample = text[:SAMPLE_CHARACTERS]
    if not any(map(str.isalpha, sample)):
        return UNKNOWN
    language, _score = _identifier().classify(sample)
    return language


def language_scores(text: str, languages: Collection[str]) -> dict[str, float]:
    """How likely `text` is in each of `languages`, those that cannot be identified left out.

    Scores are logarithms of likelihoods: only their differences say something.
    """
    ranked = _identifier().rank(text[:SAMPLE_CHARACTERS])
    return {language: score for language, score in ranked if language in languages}
