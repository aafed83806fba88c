"""Catalogue of fixed texts, in chat and on the command line.

A `Notice` is a key of the catalogue with its parameters. The bot says only notices and
quotes. The texts of a language are in a module of their own, such as `english`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from string import Formatter


@cache
def _names(value: tuple[str, ...]) -> frozenset[str]:
    return frozenset(value[1:])


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

    # Buttons, and what they bring
    BUTTON_MORE = ("button_more", "count")
    BUTTON_NEXT = ("button_next",)
    BUTTON_BACK = ("button_back",)
    BUTTON_CONTEXT = ("button_context",)
    BUTTON_SOURCE = ("button_source",)
    BUTTON_OPEN = ("button_open",)
    BUTTON_CHECK = ("button_check",)
    BUTTON_NEAREST = ("button_nearest",)
    BUTTON_REMOVE = ("button_remove",)
    BUTTON_DROP = ("button_drop",)
    BUTTON_CANCEL = ("button_cancel",)
    REPLY_NOT_KEPT = ("reply_not_kept",)
    EXCERPT_CHANGED = ("excerpt_changed", "number")
    NO_NEAREST = ("no_nearest",)
    DOCUMENT_GONE = ("document_gone",)
    STILL_THERE = ("still_there", "number", "title")
    MOVED = ("moved", "number", "title", "place")
    GONE = ("gone", "number", "title")
    VOTED_UP = ("voted_up",)
    VOTED_DOWN = ("voted_down",)
    VOTE_WITHDRAWN = ("vote_withdrawn",)
    NOT_YOURS = ("not_yours",)
    TAKEN_DOWN = ("taken_down",)
    UNCHANGED_FILES = ("unchanged_files",)
    NOT_HERE = ("not_here",)
    OUTDATED = ("outdated",)
    UPLOAD_TOO_LARGE = ("upload_too_large", "most")
    UPLOAD_FAILED = ("upload_failed",)
    TOO_FAST = ("too_fast", "seconds")
    TOO_BUSY = ("too_busy",)
    NO_WORDS = ("no_words",)

    # About the bot
    ABOUT = ("about", "documents")
    ABOUT_CORPUS = ("about_corpus", "revision", "passages")
    PRIVACY_KEPT = ("privacy_kept",)
    PRIVACY_QUESTIONS_KEPT = ("privacy_questions_kept",)
    PRIVACY_QUESTIONS = ("privacy_questions",)
    PRIVACY_FORGET = ("privacy_forget", "command")
    HELP_MENTION = ("help_mention",)
    HELP_SIGNS = ("help_signs",)
    CONFIRM_SIGNS = ("confirm_signs",)
    UNREADABLE = ("unreadable",)
    NO_FILE = ("no_file",)

    # Help in chat
    HELP = ("help",)
    HELP_ASK = ("help_ask",)
    HELP_LINE = ("help_line", "command", "what")

    # On the command line
    LOADING = ("loading",)
    JOINED = ("joined", "name", "servers")
    JOINED_MATRIX = ("joined_matrix", "name", "rooms")
    NO_QUESTION = ("no_question",)
    QUESTION_AND_LINES = ("question_and_lines",)
    BAD_SPAN = ("bad_span", "given")
    SPAN_BEYOND = ("span_beyond", "title", "length", "span")
    COLLECTION_UNKNOWN = ("collection_unknown", "name", "known")
    COLLECTION_BY_ROOM = ("collection_by_room",)
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

    # Of curators and rooms
    MANAGERS_ONLY = ("managers_only",)
    ROOM_SEES = ("room_sees", "names")
    ROOM_SEES_ALL = ("room_sees_all",)
    ROOM_SEES_NONE = ("room_sees_none",)
    ROOM_WITHOUT = ("room_without", "names")
    ROOM_MENTIONS = ("room_mentions",)
    ROOM_EVERYTHING = ("room_everything",)
    ROOM_OFF = ("room_off",)
    ROOM_DIRECT = ("room_direct",)
    ROOM_DEAF = ("room_deaf",)
    SET_FOR_THREAD = ("set_for_thread",)
    SET_FOR_ROOM = ("set_for_room",)
    SET_FOR_SPACE = ("set_for_space",)
    SET_NOWHERE = ("set_nowhere",)
    SPACE_CHANGED = ("space_changed",)
    SPACE_CLEARED = ("space_cleared",)
    ROOM_CHANGED = ("room_changed",)
    ROOM_CLEARED = ("room_cleared",)
    NOTHING_SET = ("nothing_set",)
    RELOADING = ("reloading",)
    RELOAD_JOINED = ("reload_joined",)
    WORKING = ("working",)
    STILL_WORKING = ("still_working", "seconds")
    ADDED = ("added", "path", "collection", "count")
    REPLACED = ("replaced", "path", "collection", "count")
    NOT_ADDED = ("not_added", "path")
    DOCUMENT_REMOVED = ("document_removed", "path")
    NOT_REMOVED = ("not_removed", "path")
    REMOVE_WHICH = ("remove_which", "title", "path")
    STATUS_SERVED = ("status_served", "documents", "passages")
    STATUS_COLLECTIONS = ("status_collections", "names")
    STATUS_REVISION = ("status_revision", "revision")
    STATUS_LOADED = ("status_loaded", "when")
    STATUS_FAILED = ("status_failed", "count")
    STATUS_REPLIES = ("status_replies", "count")
    STATUS_VERDICTS = ("status_verdicts", "up", "down")
    STATUS_UNANSWERED = ("status_unanswered", "count")
    STATUS_UNANSWERED_MANY = ("status_unanswered_many", "count")
    UNANSWERED = ("unanswered",)
    UNANSWERED_NONE = ("unanswered_none",)
    UNANSWERED_LINE = ("unanswered_line", "count", "question")
    LOG = ("log",)
    LOG_NONE = ("log_none",)
    LOG_LINE = ("log_line", "when", "actor", "action", "detail", "outcome")
    LOG_LINE_FORGOTTEN = ("log_line_forgotten", "when", "action", "detail", "outcome")
    FORGOTTEN = ("forgotten", "count")
    FORGOTTEN_NOTHING = ("forgotten_nothing",)

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters this text takes."""
        return _names(self.value)


@dataclass(frozen=True, slots=True)
class CommandName:
    """A command as a parameter; each dialect writes it as its platform does."""

    name: str
    argument: str = ""


Parameter = str | int | float | CommandName


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed text with its parameters.

    Parameters may come from documents and people, so a dialect escapes them; it trusts the
    fixed text around them.
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
    """`text`, or its beginning and a visible `[…]` if it is longer than `most`."""
    return text if len(text) <= most else text[: max(0, most - 4)].rstrip() + " […]"


@cache
def _parsed(template: str) -> tuple[tuple[str, str | None], ...]:
    """A template as pairs of fixed text and the name of the parameter after it."""
    return tuple((fixed, name) for fixed, name, _, _ in Formatter().parse(template))


@dataclass(frozen=True, slots=True)
class Plural:
    """A text with plural forms: the parameter that selects one, and a template for each."""

    of: str
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Language:
    """All fixed texts in one language.

    A text is a template, or one for each plural form. `form` returns the plural form of a
    number, `number` formats it. `help` describes the commands that are typed, `slash` those
    that a platform lists.
    """

    code: str
    texts: Mapping[Text, str | Plural]
    help: Mapping[str, str]
    slash: Mapping[str, str]
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
        for fixed, name in _parsed(self.template(notice)):
            yield fixed, None if name is None else values[name]

    def written(self, value: Parameter) -> str:
        """A parameter as this language writes it; text as it is."""
        if isinstance(value, CommandName):
            return f"/{value.name} {value.argument}".rstrip()
        return value if isinstance(value, str) else self.number(value)
