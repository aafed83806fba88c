"""The JSON of the HTTP interface and of the tools for models, as pydantic models.

They describe what is sent; `docs/json.md` explains replies and excerpts. Offsets count Unicode code
points of the document's text, end exclusive. New fields may appear.
"""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from bot.chat.command_grammar import MOST_CHARACTERS

MOST_FOUND = 20
"""Most excerpts that a search returns."""

MOST_TEXT = 20_000
"""Most characters of a document in one response."""

MOST_AROUND = 20
"""Most passages before and after a range."""

Key = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
Offset = Annotated[int, Ge(0)]
Pair = tuple[Offset, Offset]
Words = Annotated[str, Len(1, MOST_CHARACTERS)]
ShortWords = Annotated[str, Len(1, 500)]
ShortName = Annotated[str, Len(1, 100)]
"""Short enough for an address of 8,000 bytes, where a character may take twelve."""
Count = Annotated[int, Ge(1), Le(MOST_FOUND)]


class JsonModel(BaseModel):
    """Base class of what is sent."""

    model_config = ConfigDict(frozen=True)


class RequestModel(BaseModel):
    """Base class of what is received; a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionJson(RequestModel):
    """A question, in all collections that are seen or in one of them.

    Of one that is `private` nothing is listed for curators.
    """

    question: Words
    collection: ShortName | None = None
    private: StrictBool = False


class QuestionQuery(RequestModel):
    """A question in an address, where it has to be shorter than in a body."""

    question: ShortWords
    collection: ShortName | None = None


class SearchQuery(RequestModel):
    """Words to look for, and how many excerpts are wanted."""

    words: ShortWords
    collection: ShortName | None = None
    count: Count = 5


class RangeQuery(RequestModel):
    """A range of a document; `around` is how many passages it is widened by on either side."""

    start: Offset = 0
    end: Annotated[int, Ge(1)] | None = None
    around: Annotated[int, Ge(0), Le(MOST_AROUND)] = 0


class NoQuery(RequestModel):
    """No parameters."""


class SourceJson(JsonModel):
    """A document: its path, what the curator said of it, and the hash of its file."""

    key: Key
    document: str
    collection: str
    title: str
    author: str | None
    publisher: str | None
    date: str | None
    date_note: str | None
    url: str | None
    about: str | None
    revision: str
    passages: int
    link: str | None = Field(description="The document's page, where everybody may read it.")


class SourcesJson(JsonModel):
    """The documents that are seen, by path."""

    version: Literal[1]
    revision: str
    documents: list[SourceJson]


class LineJson(JsonModel):
    """A line above a quote, without which it is not understood."""

    text: str
    start: Offset
    end: Offset


class ExcerptJson(JsonModel):
    """A quote with its citation: the document's own characters from `start` to before `end`.

    With `parts` it is their texts joined by `[…]`.
    """

    quote: str
    document: str
    collection: str
    start: Offset
    end: Offset
    title: str
    author: str | None
    publisher: str | None
    date: str | None
    date_note: str | None
    url: str | None
    locator: str
    score: float
    sentence: Pair | None
    shown: str | None = None
    recognition_confidence: int | None = None
    above: list[LineJson] = []
    parts: list[Pair] = []
    key: Key = Field(description="Key of the document, to read on in it.")
    revision: str = Field(description="SHA-256 of the document's file.")
    link: str | None = Field(description="A page with the quote marked, if there is one.")


class FigureJson(JsonModel):
    """A figure or date in the excerpt number `excerpt`, counted from 0."""

    text: str
    excerpt: int
    document: str
    start: Offset
    end: Offset


class DifferenceJson(JsonModel):
    """Figures or dates that documents write differently for the same thing."""

    kind: Literal["figure", "date"]
    figures: list[FigureJson]


class ReadingJson(JsonModel):
    """A word of the question that was read as others."""

    typed: str
    read: list[str]


class ReplyJson(JsonModel):
    """The reply to a question: an answer made of quotes, or a silence."""

    version: Literal[1]
    question: str
    reply: Literal["answer", "silence"]
    id: Key
    revision: str
    speaking: int
    excerpts: list[ExcerptJson]
    differences: list[DifferenceJson]
    missing_terms: list[str]
    nearest: ExcerptJson | None = Field(description="Nearest to a silence; it is no answer.")
    confidence: Literal["high", "low"]
    seconds: float
    also_near: list[ExcerptJson] = []
    readings: list[ReadingJson] = []
    judged: bool = False
    pinned: int = 0
    quote_languages: list[str] = []
    notice: str | None = None


class SavedReplyJson(JsonModel):
    """A reply that was given: those of its excerpts that stand in the documents still."""

    version: Literal[1]
    reply: Literal["answer", "silence"]
    id: Key
    revision: str = Field(description="Revision of the documents when it was given.")
    excerpts: list[ExcerptJson]
    lost: int = Field(description="How many of its excerpts have changed or are gone.")


class SearchJson(JsonModel):
    """The excerpts nearest to some words, best first; they are no answer."""

    version: Literal[1]
    revision: str
    excerpts: list[ExcerptJson]


class TextJson(JsonModel):
    """Characters of a document's text from `start` to before `end`."""

    text: str
    start: Offset
    end: Offset


class PassageJson(JsonModel):
    """A passage that reaches into the range: its place and its sentences."""

    start: Offset
    end: Offset
    locator: str
    sentences: list[Pair]


class DocumentTextJson(JsonModel):
    """A range of a document's text; what stands between `parts` is never to be quoted."""

    version: Literal[1]
    source: SourceJson
    length: Offset
    start: Offset
    end: Offset
    parts: list[TextJson]
    passages: list[PassageJson]
    next: Offset | None = Field(description="Where to read on; null at the end.")


class PlaceJson(JsonModel):
    """A place where words stand; `exact` is whether capitals and blanks are the same, too."""

    exact: bool
    excerpt: ExcerptJson


class QuoteCheckJson(JsonModel):
    """The places of words in the documents.

    `exactly`: letter by letter; `almost`: but for capitals, blanks and marks that pages do not
    show; `nowhere`: else. `nearest` are the words most like them then, if any are.
    """

    version: Literal[1]
    revision: str
    stands: Literal["exactly", "almost", "nowhere"]
    places: list[PlaceJson]
    nearest: ExcerptJson | None


class FailureJson(JsonModel):
    """A file that could not be read, and why."""

    document: str
    reason: str


class StatusJson(JsonModel):
    """The documents that the token shows, in numbers, and those that failed in the last load."""

    version: Literal[1]
    revision: str
    collections: list[str]
    documents: int
    passages: int
    failed: list[FailureJson]
    reloading: bool


class ProblemJson(JsonModel):
    """A fault of a request (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
