"""Catalogue of fixed texts in English, in chat and on the command line.

Other languages have them in `locale`; `make texts` writes a new text there.
"""

from __future__ import annotations

from bot.chat.texts.templates import FixedText, Plural


class Text(FixedText):
    """The texts of the chat and of the command line."""

    # Around a reply
    LOW_CONFIDENCE = "Close, but it may not answer this."
    PINNED = "Pinned by a curator."
    PINNED_ALIKE = "Pinned by a curator for a question like this one."
    ALSO_FOUND = "Also found, but it may not answer this:"
    SPEAKING = Plural("speaking", "{speaking} of {documents} documents [speaks|speak] to this.")
    FURTHER = Plural("count", "{count} more excerpt[|s]: {more}")
    FIGURES_DIFFER = "Figures differ: {figures}."
    DATES_DIFFER = "Dates differ: {figures}."
    QUOTED_IN = "Quoted in {languages}."
    READ_AS = "Read {readings}."
    READ_WORD = "{typed} as {read}"
    ASKED = "Question: {question}"
    ASKED_ABOUT = "In the message {url}"
    BORROWED = "Read with the question before: {words}."
    ANSWER_ID = "Answer {id}, corpus {revision}."
    JUDGED = "A model chose these quotes. It wrote none of their words."
    JUDGED_SILENCE = "A model found no answer among the nearest passages."
    SILENCE_ID = "Silence {id}, corpus {revision}."
    SILENT = "The documents do not answer this."
    MISSING = "Found nowhere: {terms}."
    NEAREST = "Nearest, but not an answer:"
    NEAREST_ENTRY = "{number} · {title}, {place}"
    NEAREST_HOW = "To read one, write its number."
    NO_DOCUMENTS = "There are no documents here to ask."

    # In a citation
    PAGE = "page {number}"
    PARAGRAPH = "paragraph {number}"
    NOTE = "note {mark}"
    ITEM = "item {mark}"
    SLIDE = "slide {mark}"
    LINE = "line {mark}"
    ROW = "row {mark}"
    TIME = "at {mark}"
    RECOGNISED = "recognised text, may hold errors (confidence {confidence} %)"

    # Of a document
    COLLECTION = "collection {name}"
    PASSAGES = Plural("count", "{count} passage[|s]")
    FACT_AUTHOR = "Author: {author}"
    FACT_PUBLISHER = "Publisher: {publisher}"
    FACT_DATE = "Date: {date}"
    FACT_DATE_NOTE = "Date: {date} ({note})"
    FACT_ABOUT = "About: {about}"
    FACT_LINK = "Link: {url}"
    FACT_FILE = "File: {path}"
    FACT_REVISION = "Revision: {revision}"
    FACT_COLLECTION = "Collection: {name}"
    FACT_PASSAGES = "Passages: {count}"
    FACT_HEADINGS = "Headings:"
    FACT_HEADING = "- {heading}"
    AND_MORE = "and {count} more"
    SOURCES = Plural("count", "{count} document[|s]:")
    NO_SUCH_COLLECTION = "There is no document in a collection named {name}."

    # Of a conversation
    WELCOME = Plural(
        "documents",
        "{documents} [document is|documents are] ready. Ask a question, or type {help}.",
    )
    SERVER_WELCOME = Plural(
        "documents",
        "This bot was added to the server {server}. It answers questions with quotes from "
        "{documents} document[|s], each with its source. Mention it with a question, or use {ask}.",
    )
    SERVER_RIGHTS = (
        "Everybody may ask. Who manages the server sets with {setup} where the bot answers, and "
        "from what. Only curators, whom its operator names, change the documents."
    )
    PRESENCE = "Answers with quotes from documents"
    ASK_FIRST = "Ask a question first."
    NOTHING_FURTHER = "There is nothing further to show."
    NO_SUCH_EXCERPT = Plural("count", "There is no excerpt {number}; {count} [is|are] shown.")
    EMPTY = "Ask a question in words."
    TOO_LONG = "A question may be at most {most} characters long; this one has {length}."
    UNKNOWN_COMMAND = "There is no command {word}. The nearest is {nearest}."
    USAGE = "Write it as {usage}."
    FAULT = (
        "Something went wrong here, not with your question. "
        "The log has the reason under fault {number}."
    )
    # The words of others in a line of their own: a title, an error, a line of a report.
    WORDS = "{words}"
    TOOK_TOO_LONG = (
        "This took longer than {seconds} seconds and was stopped. Try again, or ask for less."
    )
    TALK_GREETING = "Hello."
    TALK_THANKS = "You are welcome."
    TALK_GOODBYE = "Goodbye."
    TALK_IDENTITY = "This bot quotes documents, each quote with its source, and adds no word."
    TALK_ABILITIES = "The reply to a question is quotes with their sources, or says there are none."
    TALK_REACTION = "That is no question."
    TALK_ARITHMETIC = "Documents are quoted here; nothing is calculated."
    TALK_STEPS = "Ask in your own words. {sources} lists the documents, {help} what else there is."

    # Buttons, and what they bring
    BUTTON_MORE = "More ({count})"
    BUTTON_NEXT = "Next"
    BUTTON_BACK = "Back"
    BUTTON_CONTEXT = "Context"
    BUTTON_SOURCE = "Source"
    BUTTON_OPEN = "Open"
    BUTTON_PAGE = "In the document"
    BUTTON_CHECK = "Still there?"
    BUTTON_PIN = "Pin"
    BUTTON_UNDO = "Undo"
    BUTTON_REMOVE = "Remove"
    BUTTON_SHARE = "Share"
    BUTTON_DROP = "Take it away"
    BUTTON_CANCEL = "Keep it"
    ASK_ON = "To ask on, mention the bot or answer this message."
    REPLY_NOT_KEPT = "This reply is no longer kept. Ask the question again."
    ALREADY_SHOWN = "This is shown already, further down."
    EXCERPT_CHANGED = (
        "The document of excerpt {number} has changed since, or is gone. Ask the question again."
    )
    NO_NEAREST = "Nothing is offered as nearest here."
    DOCUMENT_GONE = "This document is no longer there."
    STILL_THERE = "Excerpt {number}: unchanged in “{title}”."
    MOVED = "Excerpt {number}: the words are still there, now in “{title}”, {place}."
    UNSEEN = "Excerpt {number}: its document is not seen in this room."
    GONE = "Excerpt {number}: these words of “{title}” are no longer in the documents."
    VOTED_UP = "Noted: this helped."
    VOTED_DOWN = "Noted: this did not help."
    VOTE_WITHDRAWN = "Your vote is withdrawn."
    WHY = "What was wrong? You need not say. Curators see it without your name."
    WHY_TYPED = "To say why, write {down} and one of these, or words of your own: {reasons}."
    REASON_NO_ANSWER = "Not an answer"
    REASON_OUTDATED = "Outdated"
    REASON_ONE_SIDED = "One-sided"
    REASON_OTHER = "Something else"
    BUTTON_REMARK = "Remark"
    REMARK_FORM = "Why this did not help"
    REMARK_FIELD = "Curators read it without your name"
    REASON_NOTED = "Thank you. Noted: {reason}."
    REMARK_NOTED = "Thank you. Your remark is noted."
    REMARK_EMPTY = "A remark has words. Nothing was noted."
    VOTE_MISSING = "Nothing was noted, since your vote is withdrawn or changed."
    NOT_YOURS = "Only who asked, or a moderator, may remove this."
    TAKEN_DOWN = "The reply is taken down."
    NOT_HERE = "Questions are not answered in this room."
    OUTDATED = (
        "This command could not be carried out. Open the list of commands anew, and try again."
    )
    UPLOAD_TOO_LARGE = "That file is too large: more than {most} bytes."
    UPLOAD_FAILED = "The file could not be fetched. Send it again."
    TOO_FAST = Plural(
        "seconds", "That is a lot of questions at once. Ask again in {seconds} second[|s]."
    )
    TOO_BUSY = "Many questions are waiting now. Ask again in a minute."
    NOT_ALL_READ = (
        "More was written here while the bot was away than it reads back. "
        "Ask again where a reply is missing."
    )
    NO_WORDS = "That message has no words to ask about."

    # About the bot
    ABOUT = Plural(
        "documents",
        "Replies here are quotes from {documents} document[|s], each with its source. "
        "Nothing else is ever said.",
    )
    ABOUT_CORPUS = "Corpus {revision}. Passages: {passages}."
    PRIVACY_KEPT = (
        "Kept for a time: which reply was given where and to whom, so that its buttons work."
    )
    PRIVACY_QUESTIONS_KEPT = (
        "Questions are kept with their replies, since the operator wants it so."
    )
    PRIVACY_QUESTIONS = "Questions are not kept, but for those without an answer, without a name."
    PRIVACY_READER = (
        "A question may be sent with passages to a language model ({place}), which chooses among "
        "them. It is not told who asks, and writes no word of a reply."
    )
    PRIVACY_FORGET = "{command} takes away what names you."
    HELP_MENTION = (
        "Mention the bot with your question, answer one of its messages, or write to it alone."
    )
    HELP_SIGNS = (
        "As a reaction to a reply: ❓ shows the signs, ➕ more, 🔎 context, 📄 source, "
        "🔁 still there?, 👍 👎, ❌ remove, 1️⃣ 2️⃣ 3️⃣ a nearest quote. "
        "As words: more, context 2, nearest 1, source NAME, {down}."
    )
    ROOM_RIGHTS = (
        "Everybody may ask. Who manages this room sees with {setup} what is set here, and how to "
        "change it. Only curators, whom the bot's operator names, change the documents."
    )
    REPLY_WORDS = "To go on, write: {words}."
    CONFIRM_SIGNS = "React with ✅ to take it away, or with ❌ to keep it."
    UNREADABLE = (
        "A message here could not be decrypted. Send it again, or write to "
        "the bot in a room without encryption."
    )
    UNREADABLE_UNVERIFIED = (
        "A message here could not be decrypted: your client gives keys to verified devices only. "
        "Allow others in its settings, or, as a curator, verify the bot. Then send it again."
    )
    VERIFICATION_INTERRUPTED = "The bot was restarted meanwhile. Begin the verification again."
    NO_FILE = "Answer a message that holds a file with this command."

    # Of commands that take long, and of personal data
    WORKING = "This takes a moment."
    STILL_WORKING = (
        "This takes longer than {seconds} seconds and goes on by itself. Look at the status later."
    )
    FORGOTTEN = Plural("count", "You were named in {count} place[|s]. You no longer are.")
    FORGOTTEN_NOTHING = "Nothing that is kept here names you."

    # Help in chat
    HELP = "Ask a question: the reply is quotes from the documents, nothing else."
    HELP_ASK = "Where the documents do not answer, the reply says so."
    HELP_LINE = "{command} – {what}"

    # On the command line
    ACCOUNTS = "Set up: {platforms}. Not set up: {others}."
    ACCOUNTS_ALL = "Set up: {platforms}."
    ACCOUNTS_NONE = "Not set up: {others}."
    ACCOUNT_DISCORD = "Discord: logged in as {name}. Servers: {places}."
    ACCOUNT_MATRIX = "Matrix: logged in as {name}. Rooms: {places}."
    LOADING = "Loading documents"
    LOADING_LEFT = "left"
    JOINED = "On Discord as {name}. Servers: {servers}."
    INVITE = "To invite it: {url}"
    JOINED_MATRIX = "On Matrix as {name}. Rooms: {rooms}."
    WEB_LISTENS = "In a browser: {address}"
    NO_QUESTION = 'Give a question, as in: ask "How many people were evacuated?"'
    QUESTION_AND_LINES = (
        "With --jsonl the questions come from standard input, one a line; leave the question out."
    )
    BAD_SPAN = (
        "--at takes two numbers, as in 120-340, the second greater; {given} is no such range."
    )
    SPAN_BEYOND = "“{title}” has {length} characters; {span} reaches beyond its end."
    COLLECTION_UNKNOWN = "There is no collection {name}; there are: {known}."
    COLLECTION_BY_ROOM = (
        "--collection does not hold on Discord; leave it out, and say "
        "there with /room collections what a room sees."
    )
    CHECK_GOOD = "Nothing failed. Documents: {documents}. Passages: {passages}. Corpus: {revision}."
    CHECK_BAD = Plural("count", "{count} problem[|s] found.")
    CHECK_FAST = (
        "Only names, sizes, first bytes, sources.toml and glossary.toml were looked at;"
        " no document was read."
    )
    EVAL_REPLAYED = Plural("count", "{count} recorded repl[y|ies] of a reader [was|were] used.")
    EVAL_WRITTEN = Plural("count", "{count} prompt[|s] [was|were] written to {file}.")
    DOCTOR_ASKS = "Asking {url} ({place}); model: {model}."
    DOCTOR_REWRITING = "other words for a search"
    DOCTOR_CHOOSING = "the one passage of thirty that answers"
    DOCTOR_SILENCE = "thirty passages, none of which answers"
    DOCTOR_WORDS = Plural("count", "{count} word[|s]")
    DOCTOR_IS_RIGHT = "right"
    DOCTOR_IS_WRONG = "wrong"
    DOCTOR_SCHEMA = "JSON by a schema: yes."
    DOCTOR_NO_SCHEMA = (
        "JSON by a schema: no. Without it words and meaning answer alone: use a server and a model "
        "with JSON schema output."
    )
    DOCTOR_GAPS = (
        "JSON by a schema: yes, but not in every trial, for the reason above. Where there is none, "
        "words and meaning answer alone."
    )
    DOCTOR_RIGHT = "It chooses rightly, as far as three questions tell."
    DOCTOR_WRONG = "It chooses wrongly: use a larger model."
    DOCTOR_FAST = "A question takes it {takes} s; reader.seconds allows {allowed}."
    DOCTOR_SLOW = (
        "A question takes it {takes} s, but reader.seconds allows {allowed}: use a smaller model or"
        " a faster machine, or raise the setting."
    )
    DOCTOR_UNSURE = (
        "It is asked where words and meaning are not sure: for other words to search by, and which "
        "passages answer. It never speaks."
    )
    DOCTOR_ALWAYS = (
        "It is asked at every question: for other words to search by, and which passages answer. "
        "It never speaks."
    )
    EXPLAINED_ANSWER = "Answered: the signal, {signal}, reaches the level for an answer, {level}."
    EXPLAINED_CLOSE = (
        "Answered as close, but it may not answer: the signal, {signal}, "
        "reaches the lower level, {low}, and not the higher one, {high}."
    )
    EXPLAINED_UNSURE = (
        "Answered as close, but it may not answer: the signal, {signal}, reaches the level for an "
        "answer, {level}, but the best passage covers only {share} of the question."
    )
    EXPLAINED_SILENCE = (
        "Silence: the signal, {signal}, is {below} below the level from "
        "which the documents answer, {level}. Passages from {near} on are offered as nearest."
    )
    EXPLAINED_SAYS_NOTHING = "Silence: no word of the question says what it is about."
    EXPLAINED_NOTHING_SHARED = (
        "Silence: no passage shares a word, or a part of one, with the question."
    )
    EXPLAINED_CLOSE_ACROSS = (
        "Answered as close, but it may not answer: the signal, {signal}, reaches the level for "
        "questions in a language that the documents lack, {level}."
    )
    EXPLAINED_ACROSS = "Compared in meaning by {encoder}."
    EXPLAINED_NEARNESS = "In meaning, the best passage is near by {nearness} of 1 to: {question}."
    EXPLAINED_WORDS = "The judge had it searched for: {words}."
    EXPLAINED_JUDGE = "The judge chose {chosen} of {passages} passages."
    EXPLAINED_JUDGE_NONE = "The judge chose none of {passages} passages."
    EXPLAINED_PIN_SAME = "A curator pinned the answer to this question."
    EXPLAINED_PIN = "Its pin answers “{question}”. They are alike by {likeness}; {level} is enough."
    EXPLAINED_LACKING = "The best passage lacks: {terms}."
    EVAL_FAILED = Plural("count", "{count} question[|s] failed:")
    EVAL_UNKNOWN = Plural(
        "count",
        "{count} wanted quote[|s] [stands|stand] in no document, so correct the file first:",
    )
    LEVELS_SILENCE = Plural("count", "{count} answerable question[|s] would meet silence:")
    FEW_ANSWERABLE = Plural(
        "count",
        "The file has {count} answerable question[|s] only: with fewer than {least}, "
        "chance decides how many a level would silence.",
    )
    LEVELS = "an answer from {high}, a close one from {low}, the nearest offered from {near}"
    LEVELS_PRESENT = "With the present levels:"
    LEVELS_OWN = "With levels calibrated on the foreign questions of this file:"
    LEVELS_SET = "To use these levels, write {line} under [answer] in config/bot.toml."
    LEVELS_ALIKE = "Both treat these questions alike; nothing needs to be set."
    FEW_FOREIGN = (
        "To calibrate on this file it must hold at least {least} foreign "
        "questions (kinds silent and offtopic); it holds {count}."
    )
