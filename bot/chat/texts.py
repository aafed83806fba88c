"""Every fixed text a person can meet, in chat and on the command line.

A `Notice` is a key of the catalogue with its parameters: nothing else can be said that
is no quote. Another language is one more `Language` in `LANGUAGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from string import Formatter
from types import MappingProxyType


class Text(Enum):
    """The key of a fixed text; its value names the parameters the text takes."""

    # Around a reply
    LOW_CONFIDENCE = ("low_confidence",)
    SPEAKING = ("speaking", "speaking", "documents")
    FURTHER = ("further", "count", "more")
    FIGURES_DIFFER = ("figures_differ", "figures")
    DATES_DIFFER = ("dates_differ", "figures")
    READ_AS = ("read_as", "readings")
    BORROWED = ("borrowed", "words")
    ANSWER_ID = ("answer_id", "id", "revision")
    SILENCE_ID = ("silence_id", "id", "revision")
    SILENT = ("silent",)
    MISSING = ("missing", "terms")
    NEAREST = ("nearest",)
    NO_DOCUMENTS = ("no_documents",)

    # In a citation
    PAGE = ("page", "number")
    PARAGRAPH = ("paragraph", "number")

    # Of a document
    COLLECTION = ("collection", "name")
    PASSAGES = ("passages", "count")
    TITLE = ("title", "title")
    FACT_AUTHOR = ("fact_author", "author")
    FACT_PUBLISHER = ("fact_publisher", "publisher")
    FACT_DATE = ("fact_date", "date")
    FACT_DATE_NOTE = ("fact_date_note", "date", "note")
    FACT_ABOUT = ("fact_about", "about")
    FACT_LINK = ("fact_link", "url")
    FACT_FILE = ("fact_file", "path")
    FACT_REVISION = ("fact_revision", "revision")
    FACT_COLLECTION = ("fact_collection", "name")
    FACT_PASSAGES = ("fact_passages", "count")
    FACT_HEADINGS = ("fact_headings",)
    FACT_HEADING = ("fact_heading", "heading")
    FACT_HEADINGS_MORE = ("fact_headings_more", "count")
    SOURCES = ("sources", "count")
    NO_SUCH_COLLECTION = ("no_such_collection", "name")

    # Of a conversation
    WELCOME = ("welcome", "documents", "help")
    ASK_FIRST = ("ask_first",)
    NOTHING_FURTHER = ("nothing_further",)
    NO_SUCH_EXCERPT = ("no_such_excerpt", "number", "count")
    EMPTY = ("empty",)
    TOO_LONG = ("too_long", "most", "length")
    UNKNOWN_COMMAND = ("unknown_command", "word", "nearest")
    USAGE = ("usage", "usage")
    CURATORS_ONLY = ("curators_only",)
    RELOAD_LINE = ("reload_line", "line")
    FAULT = ("fault", "number")
    SENTENCE = ("sentence", "sentence")
    TOOK_TOO_LONG = ("took_too_long", "seconds")

    # Help in chat
    HELP = ("help",)
    HELP_ASK = ("help_ask",)
    HELP_LINE = ("help_line", "command", "what")

    # On the command line
    LOADING = ("loading",)
    NO_QUESTION = ("no_question",)
    QUESTION_AND_LINES = ("question_and_lines",)
    BAD_SPAN = ("bad_span", "given")
    SPAN_BEYOND = ("span_beyond", "title", "length", "span")
    COLLECTION_UNKNOWN = ("collection_unknown", "name", "known")
    CHECK_GOOD = ("check_good", "documents", "passages", "revision")
    CHECK_BAD = ("check_bad", "count")
    EXPLAINED_ANSWER = ("explained_answer", "signal", "level")
    EXPLAINED_CLOSE = ("explained_close", "signal", "high", "low")
    EXPLAINED_SILENCE = ("explained_silence", "signal", "below", "level")
    EXPLAINED_SAYS_NOTHING = ("explained_says_nothing",)
    EXPLAINED_NOTHING_SHARED = ("explained_nothing_shared",)
    EXPLAINED_LACKING = ("explained_lacking", "terms")
    LEVELS = ("levels", "high", "low")
    LEVELS_PRESENT = ("levels_present",)
    LEVELS_OWN = ("levels_own",)
    LEVELS_SET = ("levels_set", "line")
    LEVELS_ALIKE = ("levels_alike",)
    FEW_FOREIGN = ("few_foreign", "count", "least")

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters this text takes."""
        return frozenset(self.value[1:])


@dataclass(frozen=True, slots=True)
class CommandName:
    """A command as a parameter; each dialect writes it as its platform does."""

    name: str
    argument: str = ""


Parameter = str | int | float | CommandName


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed text with its parameters; the only words of our own a person meets.

    Parameters may come from documents and people: a dialect neutralises and escapes
    them, the fixed text around them it trusts.
    """

    text: Text
    parameters: tuple[tuple[str, Parameter], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.text, Text):
            raise TypeError("a notice is made of a text of the catalogue only")
        if {name for name, _ in self.parameters} != self.text.parameters:
            raise ValueError(f"{self.text.name} takes {sorted(self.text.parameters)}")

    def shortened(self, most: int) -> Notice:
        """The same notice with no text parameter longer than `most` characters."""
        return Notice(
            self.text,
            tuple(
                (name, shorten(value, most) if isinstance(value, str) else value)
                for name, value in self.parameters
            ),
        )


def notice(text: Text, /, **parameters: Parameter) -> Notice:
    """A notice from the catalogue; raises `ValueError` for wrong parameters."""
    return Notice(text, tuple(parameters.items()))


def shorten(text: str, most: int) -> str:
    """`text`, or its beginning and a visible `[…]` where it is longer than `most`."""
    return text if len(text) <= most else text[: max(0, most - 4)].rstrip() + " […]"


@dataclass(frozen=True, slots=True)
class Plural:
    """A text that depends on a number: which parameter, and a template for each form."""

    of: str
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """All fixed texts in one language.

    A text is a template, or one for each plural form; `form` tells which form a number
    takes; `number` writes it.
    """

    code: str
    texts: Mapping[Text, str | Plural]
    help: Mapping[str, str]
    form: Callable[[int], str]
    number: Callable[[int | float], str]

    def template(self, notice: Notice) -> str:
        """The template for `notice`, in the plural form its number asks for."""
        entry = self.texts[notice.text]
        if isinstance(entry, str):
            return entry
        count = dict(notice.parameters)[entry.of]
        return entry.forms[self.form(count if isinstance(count, int) else 0)]

    def pieces(self, notice: Notice) -> Iterator[tuple[str, Parameter | None]]:
        """The notice as pairs of fixed text and the parameter that follows it, if any."""
        values = dict(notice.parameters)
        for fixed, name, _, _ in Formatter().parse(self.template(notice)):
            yield fixed, None if name is None else values[name]

    def written(self, value: Parameter) -> str:
        """A parameter as this language writes it; text as it is."""
        if isinstance(value, CommandName):
            return f"/{value.name} {value.argument}".rstrip()
        return value if isinstance(value, str) else self.number(value)


def _plural(of: str, one: str, many: str) -> Plural:
    return Plural(of, MappingProxyType({"one": one, "many": many}))


def _english_number(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"


_ENGLISH_TEXTS: Mapping[Text, str | Plural] = MappingProxyType(
    {
        Text.SPEAKING: _plural(
            "speaking",
            "{speaking} of {documents} documents speaks to this.",
            "{speaking} of {documents} documents speak to this.",
        ),
        Text.FURTHER: _plural(
            "count",
            "{count} more excerpt: {more}",
            "{count} more excerpts: {more}",
        ),
        Text.FIGURES_DIFFER: "Figures differ: {figures}.",
        Text.READ_AS: "Read {readings}.",
        Text.BORROWED: "Read with the question before: {words}.",
        Text.DATES_DIFFER: "Dates differ: {figures}.",
        Text.ANSWER_ID: "Answer {id}, corpus {revision}.",
        Text.SILENCE_ID: "Silence {id}, corpus {revision}.",
        Text.LOW_CONFIDENCE: "Close, but it may not answer this.",
        Text.SILENT: "The documents do not answer this.",
        Text.MISSING: "Found nowhere: {terms}.",
        Text.NEAREST: "Nearest, but not an answer:",
        Text.NO_DOCUMENTS: "There are no documents here to ask.",
        Text.PAGE: "page {number}",
        Text.PARAGRAPH: "paragraph {number}",
        Text.COLLECTION: "collection {name}",
        Text.PASSAGES: _plural("count", "{count} passage", "{count} passages"),
        Text.TITLE: "{title}",
        Text.FACT_AUTHOR: "Author: {author}",
        Text.FACT_PUBLISHER: "Publisher: {publisher}",
        Text.FACT_DATE: "Date: {date}",
        Text.FACT_DATE_NOTE: "Date: {date} ({note})",
        Text.FACT_ABOUT: "About: {about}",
        Text.FACT_LINK: "Link: {url}",
        Text.FACT_FILE: "File: {path}",
        Text.FACT_REVISION: "Revision: {revision}",
        Text.FACT_COLLECTION: "Collection: {name}",
        Text.FACT_PASSAGES: "Passages: {count}",
        Text.FACT_HEADINGS: "Headings:",
        Text.FACT_HEADING: "- {heading}",
        Text.FACT_HEADINGS_MORE: _plural("count", "and {count} more", "and {count} more"),
        Text.SOURCES: _plural("count", "{count} document:", "{count} documents:"),
        Text.NO_SUCH_COLLECTION: "There is no document in a collection named {name}.",
        Text.WELCOME: _plural(
            "documents",
            "{documents} document is ready. Ask a question, or type {help}.",
            "{documents} documents are ready. Ask a question, or type {help}.",
        ),
        Text.ASK_FIRST: "Ask a question first.",
        Text.NOTHING_FURTHER: "There is nothing further to show.",
        Text.NO_SUCH_EXCERPT: _plural(
            "count",
            "There is no excerpt {number}; {count} is shown.",
            "There is no excerpt {number}; {count} are shown.",
        ),
        Text.EMPTY: "Ask a question in words.",
        Text.TOO_LONG: "A question may be at most {most} characters long; this one has {length}.",
        Text.UNKNOWN_COMMAND: "There is no command {word}. The nearest is {nearest}.",
        Text.USAGE: "Write it as {usage}.",
        Text.CURATORS_ONLY: "Only a curator may do this.",
        Text.RELOAD_LINE: "{line}",
        Text.FAULT: "Something went wrong here, not with your question. "
        "The log has the reason under fault {number}.",
        Text.SENTENCE: "{sentence}",
        Text.TOOK_TOO_LONG: "This took longer than {seconds} seconds and was stopped. "
        "Try again, or ask for less.",
        Text.HELP: "Ask a question: the reply is quotes from the documents, nothing else.",
        Text.HELP_ASK: "Where the documents do not answer, the reply says so.",
        Text.HELP_LINE: "{command} – {what}",
        Text.LOADING: "Loading documents",
        Text.NO_QUESTION: 'Give a question, as in: ask "How many people were evacuated?"',
        Text.QUESTION_AND_LINES: "With --jsonl the questions come from standard input, "
        "one a line; leave the question out.",
        Text.BAD_SPAN: "--at takes two numbers, as in 120-340, the second greater; "
        "{given} is no such range.",
        Text.SPAN_BEYOND: "“{title}” has {length} characters; {span} reaches beyond its end.",
        Text.COLLECTION_UNKNOWN: "There is no collection {name}; there are: {known}.",
        Text.CHECK_GOOD: "Nothing failed. Documents: {documents}. Passages: {passages}. "
        "Corpus: {revision}.",
        Text.CHECK_BAD: _plural("count", "{count} problem found.", "{count} problems found."),
        Text.EXPLAINED_ANSWER: "Answered: the signal, {signal}, reaches the level for an "
        "answer, {level}.",
        Text.EXPLAINED_CLOSE: "Answered as close, but it may not answer: the signal, {signal}, "
        "reaches the lower level, {low}, and not the higher one, {high}.",
        Text.EXPLAINED_SILENCE: "Silence: the signal, {signal}, is {below} below the level from "
        "which the documents answer, {level}.",
        Text.EXPLAINED_SAYS_NOTHING: "Silence: no word of the question says what it is about.",
        Text.EXPLAINED_NOTHING_SHARED: "Silence: no passage shares a word, or a part of one, "
        "with the question.",
        Text.EXPLAINED_LACKING: "The best passage lacks: {terms}.",
        Text.LEVELS: "an answer from {high}, a close one from {low}",
        Text.LEVELS_PRESENT: "With the present levels:",
        Text.LEVELS_OWN: "With levels calibrated on the foreign questions of this file:",
        Text.LEVELS_SET: "To use these levels, write {line} under [answer] in config/bot.toml.",
        Text.LEVELS_ALIKE: "Both treat these questions alike; nothing needs to be set.",
        Text.FEW_FOREIGN: "To calibrate on this file it must hold at least {least} foreign "
        "questions (kinds silent and offtopic); it holds {count}.",
    }
)

_ENGLISH_HELP: Mapping[str, str] = MappingProxyType(
    {
        "sources": "list the documents, or those of one collection",
        "source": "what is known about one document",
        "more": "further excerpts for the last question",
        "context": "the paragraphs around excerpt N of the last reply",
        "reload": "read the documents again",
        "help": "this list",
        "quit": "leave",
    }
)

ENGLISH = Language(
    code="en",
    texts=_ENGLISH_TEXTS,
    help=_ENGLISH_HELP,
    form=lambda count: "one" if count == 1 else "many",
    number=_english_number,
)

LANGUAGES: Mapping[str, Language] = MappingProxyType({ENGLISH.code: ENGLISH})
"""Every language there is, by its ISO 639-1 code."""
