"""Anaphora: whether a sentence refers back to the one before it."""

import regex

_REFERS_BACK = regex.compile(
    r"^[“‘\"']?(they|he|she|it|this|these|those|that|such|there|the (following|same|next|latter"
    r"|former)|as a result|following|but|and|however|moreover|also|both|then|its|his|her|their"
    r"|instead|therefore|thus|so|in (it|this|that)|other)\b",
    regex.IGNORECASE,
)


def is_anaphoric(sentence: str) -> bool:
    """Whether `sentence` opens with a word that refers back: "They left", "However, …"."""
    return _REFERS_BACK.match(sentence) is not None
