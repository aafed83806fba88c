"""The JSON of a reply, version 1: a contract with programs; fields and order are fixed.

`start` and `end` count Unicode code points of the document's text, end exclusive, and so do
those of `sentence`, which the question found. Where an excerpt leaves words out, `parts` has
its spans, and `quote` is their texts joined by `[…]`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict

from bot.chat.rendering.escape import json_escaped
from bot.core.replies import Answer, Difference, Excerpt, Reply

VERSION = 1

JsonObject = dict[str, object]


AddedFields = Callable[[int, Excerpt], JsonObject]
"""Further fields of an excerpt, by its number, counted from 1."""


def reply_contents(
    reply: Reply, question: str, seconds: float, added: AddedFields = lambda _number, _excerpt: {}
) -> JsonObject:
    """The JSON of a reply; `seconds` is the time it took. Excerpts have `added` fields, too.

    The field `also_near` is there only if more than one excerpt is near to a silence, `readings`
    only if unknown words were replaced, `judged` only if a model chose, `quote_languages`
    (ISO 639-1) only if no document is in the question's language, `pinned` only if a curator tied
    the first so many excerpts to the question, or to one like it.
    """
    answer = reply if isinstance(reply, Answer) else None
    shown = reply.excerpts if isinstance(reply, Answer) else reply.nearest
    excerpts = [excerpt_contents(each) | added(n, each) for n, each in enumerate(shown, 1)]
    nearest = [] if answer is not None else excerpts
    contents: JsonObject = {
        "version": VERSION,
        "question": question,
        "reply": "silence" if answer is None else "answer",
        "id": reply.id,
        "revision": reply.revision,
        "speaking": 0 if answer is None else answer.speaking,
        "excerpts": [] if answer is None else excerpts,
        "differences": []
        if answer is None
        else [_difference(each, answer) for each in answer.differences],
        "missing_terms": reply.missing_terms,
        "nearest": nearest[0] if nearest else None,
        "confidence": "high" if answer is None else answer.confidence.value,
        "seconds": round(seconds, 6),
    }
    if nearest[1:]:
        contents["also_near"] = nearest[1:]
    if reply.readings:
        contents["readings"] = [asdict(reading) for reading in reply.readings]
    if reply.is_judged:
        contents["judged"] = True
    if answer is not None and answer.pinned:
        contents["pinned"] = answer.pinned
    if answer is not None and answer.quote_languages:
        contents["quote_languages"] = answer.quote_languages
    return contents


def json_line(content: object, *, ascii_only: bool = False) -> str:
    """JSON on one line, without a line break at its end; always valid UTF-8."""
    return json_escaped(json.dumps(content, ensure_ascii=ascii_only, allow_nan=False))


def _difference(difference: Difference, answer: Answer) -> JsonObject:
    """Figures or dates that several documents write differently for the same thing.

    Each is a span of the document of `excerpts[excerpt]`.
    """
    figures = [
        {
            "text": figure.text,
            "excerpt": answer.excerpts.index(figure.excerpt),
            "document": figure.excerpt.citation.document,
            "start": figure.span.start,
            "end": figure.span.end,
        }
        for figure in difference.figures
    ]
    return {"kind": difference.kind.value, "figures": figures}


def excerpt_contents(excerpt: Excerpt) -> JsonObject:
    """The JSON of an excerpt: a span of its document.

    If it leaves words out, `parts` are its spans. `recognition_confidence` is there only
    where the words were recognised in a picture.
    """
    cited, source = excerpt.citation, excerpt.citation.source
    contents: JsonObject = {
        "quote": excerpt.quote,
        "document": cited.document,
        "collection": cited.collection,
        "start": excerpt.span.start,
        "end": excerpt.span.end,
        "title": source.title,
        "author": source.author,
        "publisher": source.publisher,
        "date": source.date,
        "date_note": source.date_note,
        "url": source.url,
        "locator": str(cited.locator),
        "score": excerpt.score,
        "sentence": None
        if excerpt.sentence is None
        else (excerpt.sentence.start, excerpt.sentence.end),
    }
    if excerpt.shown != excerpt.quote:
        contents["shown"] = excerpt.shown
    if cited.confidence is not None:
        contents["recognition_confidence"] = cited.confidence
    if excerpt.above:
        text = excerpt.passage.document.text
        contents["above"] = [
            {"text": span.of(text), "start": span.start, "end": span.end} for span in excerpt.above
        ]
    if len(excerpt.parts) > 1:
        contents["parts"] = [(part.start, part.end) for part in excerpt.parts]
    return contents
