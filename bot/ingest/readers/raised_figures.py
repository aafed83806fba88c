"""Raised and lowered figures as characters of their own: `1,250³`, `H₂O`.

PDF, DOCX and HTML hold a plain figure and tell beside it that it is raised. As a plain one it
would run into the figures before it, and a quote would read 12,503.
"""

import regex

RAISED = dict(zip("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
LOWERED = dict(zip("0123456789+-−–=()ni", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₙᵢ", strict=True))

_SIGN = regex.compile(r"[0-9+\-−–=()]|(?<!\p{L})[ni](?!\p{L})")


def raised(text: str) -> str:
    """Raised `text` with its figures and signs as such, as in `10²¹` and `2ⁿ`; words stay."""
    return _SIGN.sub(lambda sign: RAISED[sign[0]], text)


def lowered(text: str) -> str:
    """Lowered `text` with its figures and signs as such, as in `CO₂` and `xₙ`; words stay."""
    return _SIGN.sub(lambda sign: LOWERED[sign[0]], text)
