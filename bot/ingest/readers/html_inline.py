"""Parts of a line of an HTML page that are more than letters.

Raised and lowered figures must not run into those beside them: `1,250<sup>3</sup>` is `1,250³`,
never 12,503. A formula is read where it is a line of signs; any other leaves a visible gap.
"""

import regex
from selectolax.lexbor import LexborNode

from bot.ingest.readers.builder import UNREADABLE
from bot.ingest.readers.raised_figures import LOWERED, RAISED

_ENDINGS = frozenset("oaedhs")
"""Single letters that are raised at the end of a word, as in n° and 1ᵉ."""

_LONG = 20
_NOTE = regex.compile(
    r"foot-?note|end-?note|note-?ref|reference|\bcite|\bfn\b|doc-noteref", regex.I
)
_NOTE_SIGN = regex.compile(r"\[?(?:\p{Nd}{1,3}|\p{L}|\p{L}+ \p{Nd}{1,3}|[*†‡§¶]+)\]?")
_INVISIBLE_OPERATORS = dict.fromkeys(range(0x2061, 0x2065))
_INFIX = frozenset("=≠<>≤≥≈≡+−-×÷·±→⇒∈∝")
_ROWS = frozenset(("math", "mrow", "mstyle", "mpadded", "semantics"))
_SIMPLE = regex.compile(r"[\p{L}\p{Nd}.,]+")
_DEEPEST = 40
_QUOTATION_MARKS = {
    "da": "»«›‹",
    "de": "„“‚‘",
    "el": "«»“”",
    "es": "«»“”",
    "fr": "«»‹›",
    "it": "«»“”",
    "ja": "「」『』",
    "pl": "„”«»",
    "pt": "«»“”",
    "ru": "«»„“",
    "uk": "«»„“",
}


def quotation_mark(language: str, depth: int, *, closes: bool) -> str:
    """The mark around `<q>` in a language, as browsers show it; `depth` counts from 0."""
    marks = _QUOTATION_MARKS.get(language[:2].lower(), "“”‘’")
    return marks[2 * (depth % 2) + closes]


def raised_or_lowered(node: LexborNode) -> str:
    """The words of a `<sup>` or `<sub>`, apart from what they follow; none for a note's sign."""
    text = " ".join(node.text(deep=True).split())
    return (
        ""
        if not text or _is_note_sign(node, text)
        else set_apart(text, is_raised=node.tag == "sup")
    )


def set_apart(text: str, *, is_raised: bool) -> str:
    """Raised or lowered words as they stand behind others: as such figures, or with a mark."""
    signs = RAISED if is_raised else LOWERED
    is_word = text.isalpha() and (len(text) > 1 or text in _ENDINGS)
    if is_raised and text.upper() == "TM":
        return "™"
    if all(sign in signs for sign in text) and not is_word:
        return "".join(signs[sign] for sign in text)
    if len(text) > _LONG:
        return f" {text}"
    if not any(map(str.isalnum, text)) or (is_raised and is_word):
        return text
    mark = "^" if is_raised else "_"
    return f"{mark}{text}" if text.isalnum() else f"{mark}({text})"


def _is_note_sign(node: LexborNode, text: str) -> bool:
    """Whether `text` refers to a note: a link within the page, or named so."""
    if node.tag != "sup" or not _NOTE_SIGN.fullmatch(text):
        return False
    named = [node, node.css_first("a"), node.parent]
    for each in named:
        if each is None:
            continue
        attributes = each.attributes
        if each.tag == "a" and (attributes.get("href") or "").startswith("#"):
            return True
        marks = (attributes.get(key) or "" for key in ("class", "role", "epub:type"))
        if each.tag in ("sup", "a") and _NOTE.search(" ".join(marks)):
            return True
    return False


def formula(node: LexborNode) -> str:
    """A MathML formula as a line of signs, or the sign of a gap where it is no line."""
    text = _line(node, 0)
    return UNREADABLE if text is None else " ".join(text.split()) or UNREADABLE


def _line(node: LexborNode, depth: int) -> str | None:
    tag = node.tag or ""
    if depth > _DEEPEST:
        return None
    if tag in ("mi", "mn", "mtext", "ms", "mo"):
        text = node.text(deep=True).translate(_INVISIBLE_OPERATORS).strip()
        # A sign before the first operand belongs to it: "−7".
        is_infix = tag == "mo" and text in _INFIX and node.prev is not None
        return f" {text} " if is_infix else text
    if tag == "mspace":
        return " "
    children = [child for child in node.iter() if not (child.tag or "").startswith("annotation")]
    parts = [_line(child, depth + 1) for child in children]
    if any(part is None for part in parts):
        return None
    texts = [part.strip() if tag not in _ROWS else part for part in parts if part is not None]
    if tag in _ROWS:
        return "".join(texts)
    if tag in ("msup", "msub") and len(texts) == 2 and texts[1]:
        return texts[0] + set_apart(texts[1], is_raised=tag == "msup")
    if tag == "mfrac" and len(texts) == 2 and all(map(_SIMPLE.fullmatch, texts)):
        return "/".join(texts)
    if tag == "msqrt" and _SIMPLE.fullmatch("".join(texts)):
        return "√" + "".join(texts)
    return None
