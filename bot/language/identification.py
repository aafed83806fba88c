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
def _identifier(languages: frozenset[str] | None = None) -> LanguageIdentifier:
    """The bundled model, of some of its languages or of all.

    `classify` and `rank` only read it, so that threads may share it. Its table of weights comes
    in 16-bit floats, which NumPy would widen for each text anew. The whole takes 100 MB, twenty
    languages 60.
    """
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    known = [
        place
        for place, language in enumerate(model.nb_classes)
        if languages is None or language in languages
    ]
    return LanguageIdentifier(
        model.nb_ptc[:, known].astype(np.float32),
        model.nb_pc[known],
        [model.nb_classes[place] for place in known],
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
    """Scores of `languages` for `text`, those that cannot be identified left out.

    They are logarithms of likelihoods: only their differences say something.
    """
    return dict(_identifier(frozenset(languages)).rank(text[:SAMPLE_CHARACTERS]))
