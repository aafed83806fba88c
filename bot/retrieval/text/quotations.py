"""Quotations and anaphora: what a sentence takes from those before it.

They are the spans of quotations, the clauses that name their speakers, and sentences that refer
back.
"""

import regex

from bot.core.documents import Passage, Span

# A single mark opens a quotation only if no letter precedes it; else it is an apostrophe.
_PAIRS = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "‘": "’", '"': '"'}
_MARKS = regex.compile('["“”„«»「」『』‘’]')
_REFERS_BACK = regex.compile(
    r"^[“‘\"']?(they|he|she|it|this|these|those|that|such|there|the (following|same|next|latter"
    r"|former)|as a result|following|but|and|however|moreover|also|both|then|its|his|her|their"
    r"|instead|therefore|thus|so|in (it|this|that)|other)\b",
    regex.IGNORECASE,
)


def is_anaphoric(sentence: str) -> bool:
    """Whether `sentence` opens with a word that refers back: "They left", "However, …"."""
    return _REFERS_BACK.match(sentence) is not None


def quotations(text: str) -> tuple[Span, ...]:
    """The outermost quotations of `text`, marks included; one left open reaches to the end."""
    spans: list[Span] = []
    start: int | None = None
    closers = ""
    for match in _MARKS.finditer(text):
        place, mark = match.start(), match.group()
        letter_before = text[place - 1 : place].isalnum()
        if start is None:
            if mark in _PAIRS and not (mark in '‘"' and letter_before):
                start, closers = place, _PAIRS[mark]
        elif mark in closers:
            if mark == "’" and letter_before and text[place + 1 : place + 2].isalnum():
                continue
            spans.append(Span(start, place + 1))
            start = None
    if start is not None:
        spans.append(Span(start, len(text)))
    return tuple(spans)


def speaker_clause(passage: Passage, start: int) -> Span | None:
    """The clause that introduces the quotation in which offset `start` of the document lies.

    It runs from the beginning of the sentence in which the quotation opens up to the opening
    mark; without words there, it is the sentence before, if that ends in a colon.

    Example: in `The minister said: “It rains. The dam holds.”` the offset of "The dam" gives
    `The minister said:`.
    """
    text, base = passage.document.text, passage.span.start
    openings = (base + q.start for q in quotations(passage.text) if q.start < start - base < q.end)
    opening = next(openings, None)
    if opening is None:
        return None
    before: Span | None = None
    for sentence in passage.sentences:
        if sentence.start <= opening < sentence.end:
            clause = text[sentence.start : opening].rstrip()
            if any(map(str.isalnum, clause)):
                return Span(sentence.start, sentence.start + len(clause))
            return before if before and before.of(text).rstrip().endswith(":") else None
        before = sentence
    return None
