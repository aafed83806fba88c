"""Every fixed text in English, and the list of languages there are."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.chat.texts.catalogue import Language, Plural, Text


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
        Text.HELP_SIGNS: "As a reaction to a reply: ➕ more, 🔎 context, 📄 source, "
        "🔁 still there?, 👍 👎, ❌ remove. As words: more, context 2, source NAME.",
        Text.CONFIRM_SIGNS: "React with ✅ to take it away, or with ❌ to keep it.",
        Text.UNREADABLE: "A message here could not be decrypted. Send it again, or write to "
        "the bot in a room without encryption.",
        Text.NO_FILE: "Answer a message that holds a file with this command.",
        Text.HELP: "Ask a question: the reply is quotes from the documents, nothing else.",
        Text.HELP_ASK: "Where the documents do not answer, the reply says so.",
        Text.HELP_LINE: "{command} – {what}",
        Text.JOINED: "On Discord as {name}. Servers: {servers}.",
        Text.JOINED_MATRIX: "On Matrix as {name}. Rooms: {rooms}.",
        Text.LOADING: "Loading documents",
        Text.NO_QUESTION: 'Give a question, as in: ask "How many people were evacuated?"',
        Text.QUESTION_AND_LINES: "With --jsonl the questions come from standard input, "
        "one a line; leave the question out.",
        Text.BAD_SPAN: "--at takes two numbers, as in 120-340, the second greater; "
        "{given} is no such range.",
        Text.SPAN_BEYOND: "“{title}” has {length} characters; {span} reaches beyond its end.",
        Text.COLLECTION_UNKNOWN: "There is no collection {name}; there are: {known}.",
        Text.COLLECTION_BY_ROOM: "--collection does not hold on Discord; leave it out, and say "
        "there with /room collections what a room sees.",
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
        Text.STATUS_REPLIES: "Replies kept: {count}.",
        Text.STATUS_VERDICTS: "Replies found good: {up}. Not good: {down}.",
        Text.STATUS_UNANSWERED: "Questions without an answer: {count}.",
        Text.STATUS_UNANSWERED_MANY: "Questions without an answer: more than {count}.",
        Text.UNANSWERED: "Questions without an answer, and how often they were asked:",
        Text.UNANSWERED_NONE: "No question is without an answer.",
        Text.UNANSWERED_LINE: "{count} × {question}",
        Text.LOG: "What was done, the newest first:",
        Text.LOG_NONE: "Nothing was done yet.",
        Text.LOG_LINE: "{when} – {actor} – {action} {detail} – {outcome}",
        Text.LOG_LINE_FORGOTTEN: "{when} – {action} {detail} – {outcome}",
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
