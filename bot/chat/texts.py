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

    # Help in chat
    HELP = ("help",)
    HELP_ASK = ("help_ask",)
    HELP_LINE = ("help_line", "command", "what")

    # On the command line
    LOADING = ("loading",)
    JOINED = ("joined", "name", "servers")
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
    STATUS_VERDICTS = ("status_verdicts", "up", "down")
    STATUS_UNANSWERED = ("status_unanswered", "count")
    STATUS_UNANSWERED_MANY = ("status_unanswered_many", "count")
    UNANSWERED = ("unanswered",)
    UNANSWERED_NONE = ("unanswered_none",)
    UNANSWERED_LINE = ("unanswered_line", "count", "question")
    DEEDS = ("deeds",)
    DEEDS_NONE = ("deeds_none",)
    DEED_LINE = ("deed_line", "when", "actor", "action", "detail", "outcome")
    DEED_FORGOTTEN = ("deed_forgotten", "when", "action", "detail", "outcome")
    FORGOTTEN = ("forgotten", "count")
    FORGOTTEN_NOTHING = ("forgotten_nothing",)

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
    takes; `number` writes it. `help` describes the commands that are typed, `slash` those
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
        Text.BUTTON_MORE: "More ({count})",
        Text.BUTTON_NEXT: "Next",
        Text.BUTTON_BACK: "Back",
        Text.BUTTON_CONTEXT: "Context",
        Text.BUTTON_SOURCE: "Source",
        Text.BUTTON_OPEN: "Open",
        Text.BUTTON_CHECK: "Still there?",
        Text.BUTTON_NEAREST: "Nearest",
        Text.BUTTON_REMOVE: "Remove",
        Text.BUTTON_DROP: "Take it away",
        Text.BUTTON_CANCEL: "Keep it",
        Text.REPLY_NOT_KEPT: "This reply is no longer kept. Ask the question again.",
        Text.EXCERPT_CHANGED: "The document of excerpt {number} has changed since, or is gone. "
        "Ask the question again.",
        Text.DOCUMENT_GONE: "This document is no longer there.",
        Text.NO_NEAREST: "No passage comes near this question.",
        Text.STILL_THERE: "Excerpt {number}: unchanged in “{title}”.",
        Text.MOVED: "Excerpt {number}: the words are still there, now in “{title}”, {place}.",
        Text.GONE: "Excerpt {number}: these words of “{title}” are no longer in the documents.",
        Text.VOTED_UP: "Noted: this helped.",
        Text.VOTED_DOWN: "Noted: this did not help.",
        Text.VOTE_WITHDRAWN: "Your vote is withdrawn.",
        Text.NOT_YOURS: "Only who asked, or a moderator, may remove this.",
        Text.TAKEN_DOWN: "The reply is taken down.",
        Text.UNCHANGED_FILES: "Nothing was taken away.",
        Text.UPLOAD_TOO_LARGE: "That file is too large: more than {most} bytes.",
        Text.UPLOAD_FAILED: "The file could not be fetched. Send it again.",
        Text.OUTDATED: "This command could not be carried out. Open the list of commands anew, "
        "and try again.",
        Text.NOT_HERE: "Questions are not answered in this room.",
        Text.TOO_FAST: _plural(
            "seconds",
            "That is a lot of questions at once. Ask again in {seconds} second.",
            "That is a lot of questions at once. Ask again in {seconds} seconds.",
        ),
        Text.TOO_BUSY: "Many questions are waiting now. Ask again in a minute.",
        Text.NO_WORDS: "That message has no words to ask about.",
        Text.ABOUT: _plural(
            "documents",
            "Replies here are quotes from {documents} document, each with its source. "
            "Nothing else is ever said.",
            "Replies here are quotes from {documents} documents, each with its source. "
            "Nothing else is ever said.",
        ),
        Text.ABOUT_CORPUS: "Corpus {revision}. Passages: {passages}.",
        Text.PRIVACY_KEPT: "Kept for a time: which reply was given where and to whom, so that its "
        "buttons work.",
        Text.PRIVACY_QUESTIONS: "Questions are not kept, but for those without an answer, "
        "without a name.",
        Text.PRIVACY_QUESTIONS_KEPT: "Questions are kept with their replies, since the operator "
        "wants it so.",
        Text.PRIVACY_FORGET: "{command} takes away what names you.",
        Text.HELP_MENTION: "Mention the bot with your question, answer one of its messages, "
        "or write to it alone.",
        Text.HELP: "Ask a question: the reply is quotes from the documents, nothing else.",
        Text.HELP_ASK: "Where the documents do not answer, the reply says so.",
        Text.HELP_LINE: "{command} – {what}",
        Text.JOINED: "On Discord as {name}. Servers: {servers}.",
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
        # Of curators and rooms
        Text.MANAGERS_ONLY: "Only someone who manages this place may do this.",
        Text.ROOM_SEES: "Collections seen here: {names}.",
        Text.ROOM_SEES_ALL: "All collections are seen here.",
        Text.ROOM_SEES_NONE: "No collection is seen here.",
        Text.ROOM_WITHOUT: "Without a document now: {names}.",
        Text.ROOM_MENTIONS: "Messages that mention the bot are questions.",
        Text.ROOM_EVERYTHING: "Every message is a question.",
        Text.ROOM_OFF: "No message is a question.",
        Text.ROOM_DIRECT: "In a conversation with one person every message is a question to "
        "all documents. Nothing can be set for it.",
        Text.ROOM_DEAF: "The bot receives only messages that mention it, so nothing was set. "
        "Ask the operator to let it receive all. On Discord this takes the message content "
        "intent and the setting discord.message_content.",
        Text.SET_FOR_THREAD: "Set for this thread.",
        Text.SET_FOR_ROOM: "Set for this room.",
        Text.SET_FOR_SPACE: "Set for all rooms that have no setting of their own.",
        Text.SET_NOWHERE: "Nothing is set, so this is the default.",
        Text.SPACE_CHANGED: "Changed for all rooms that have no setting of their own.",
        Text.SPACE_CLEARED: "The setting for all rooms is taken back.",
        Text.ROOM_CHANGED: "Changed here.",
        Text.ROOM_CLEARED: "The setting made here is taken back.",
        Text.NOTHING_SET: "There was nothing to take back.",
        Text.RELOADING: "The documents are being read. This takes a moment.",
        Text.RELOAD_JOINED: "A reload is under way already. Its result is this one's, too.",
        Text.WORKING: "This takes a moment.",
        Text.STILL_WORKING: "This takes longer than {seconds} seconds and goes on by itself. "
        "Look at the status later.",
        Text.ADDED: _plural(
            "count",
            "Added {path} to the collection {collection}: {count} passage.",
            "Added {path} to the collection {collection}: {count} passages.",
        ),
        Text.REPLACED: _plural(
            "count",
            "Replaced {path} in the collection {collection}: {count} passage. The file that was "
            "there is kept in the state folder.",
            "Replaced {path} in the collection {collection}: {count} passages. The file that was "
            "there is kept in the state folder.",
        ),
        Text.NOT_ADDED: "{path} could not be served and was taken out again.",
        Text.DOCUMENT_REMOVED: "Removed {path}. The file is kept in the state folder.",
        Text.NOT_REMOVED: "Without {path} the documents could not be served, so it was put back.",
        Text.REMOVE_WHICH: "Remove “{title}” ({path})? The file will be kept in the state folder.",
        Text.STATUS_SERVED: "Documents: {documents}. Passages: {passages}.",
        Text.STATUS_COLLECTIONS: "Collections: {names}.",
        Text.STATUS_REVISION: "Corpus: {revision}.",
        Text.STATUS_LOADED: "Loaded: {when}.",
        Text.STATUS_FAILED: "Files that failed: {count}.",
        Text.STATUS_VERDICTS: "Replies found good: {up}. Not good: {down}.",
        Text.STATUS_UNANSWERED: "Questions without an answer: {count}.",
        Text.STATUS_UNANSWERED_MANY: "Questions without an answer: more than {count}.",
        Text.UNANSWERED: "Questions without an answer, and how often they were asked:",
        Text.UNANSWERED_NONE: "No question is without an answer.",
        Text.UNANSWERED_LINE: "{count} × {question}",
        Text.DEEDS: "What was done, the newest first:",
        Text.DEEDS_NONE: "Nothing was done yet.",
        Text.DEED_LINE: "{when} – {actor} – {action} {detail} – {outcome}",
        Text.DEED_FORGOTTEN: "{when} – {action} {detail} – {outcome}",
        Text.FORGOTTEN: _plural(
            "count",
            "You were named in {count} place. You no longer are.",
            "You were named in {count} places. You no longer are.",
        ),
        Text.FORGOTTEN_NOTHING: "Nothing that is kept here names you.",
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

_ENGLISH_SLASH: Mapping[str, str] = MappingProxyType(
    {
        "ask": "ask the documents a question",
        "sources": "list the documents, or those of one collection",
        "source": "what is known about one document",
        "help": "how to ask, and what else there is",
        "about": "what this bot is, and what it keeps",
        "privacy": "what is kept about you",
        "privacy forget": "take away what names you",
        "room": "what is seen and answered here",
        "room show": "what is set here",
        "room collections": "which collections are seen here",
        "room mode": "which messages are answered here",
        "room clear": "take back what is set here",
        "corpus": "see to the documents",
        "corpus reload": "read the documents again",
        "corpus status": "what is served, and how it is received",
        "corpus add": "add a document",
        "corpus remove": "take a document away",
        "corpus unanswered": "questions that met silence",
        "corpus log": "what curators did",
        "ask.question": "what you want to know",
        "ask.collection": "only in this collection",
        "ask.private": "only you see the reply",
        "sources.collection": "only this collection",
        "source.name": "title or file name",
        "room.names": "collections, with commas between them; empty: all",
        "room.mode": "which messages are questions",
        "room.server": "for the whole server, not only this channel",
        "corpus.file": "the document",
        "corpus.to": "collection to put it in",
        "corpus.replace": "in place of the file of that name",
        "corpus.document": "title or file name",
        "room.mentions": "mentions of the bot only",
        "room.everything": "every message",
        "room.off": "none",
    }
)

ENGLISH = Language(
    code="en",
    texts=_ENGLISH_TEXTS,
    help=_ENGLISH_HELP,
    slash=_ENGLISH_SLASH,
    form=lambda count: "one" if count == 1 else "many",
    number=_english_number,
)

LANGUAGES: Mapping[str, Language] = MappingProxyType({ENGLISH.code: ENGLISH})
"""Every language there is, by its ISO 639-1 code."""
