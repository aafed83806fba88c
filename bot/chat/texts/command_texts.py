"""The texts of help and of Discord on each command and its options."""

COMMAND_NAME = "command"
"""The context, in the catalogues, of the names of commands and options at Discord."""

MENU = "Ask the sources"
"""The entry in Discord's menu of a message."""

HELP = {
    "sources": "list the documents, or those of one collection",
    "source": "what is known about one document",
    "more": "further excerpts for the last question",
    "context": "the paragraphs around excerpt N of the last reply",
    "up": "the last reply helped",
    "down": "the last reply did not help; why, in a word or in words of your own",
    "feedback": "replies that did not help; with a number, the reply as it was given",
    "nearest": "a quote that is near, where the documents do not answer",
    "reload": "read the documents again",
    "help": "this list",
    "quit": "leave",
}
"""The commands of the console."""

SLASH = {
    "ask": "ask the documents a question",
    "sources": "list the documents, or those of one collection",
    "source": "what is known about one document",
    "help": "how to ask, and what else there is",
    "about": "what this bot is, and what it keeps",
    "privacy": "what is kept about you",
    "privacy forget": "take away what names you",
    "setup": "how this room is set up",
    "room": "what is seen and answered here",
    "room show": "what is set here",
    "room collections": "which collections are seen here",
    "room mode": "which messages are answered here",
    "room threads": "whether replies open threads here",
    "room language": "in which language the bot writes here",
    "room clear": "take back what is set here",
    "corpus": "see to the documents",
    "corpus reload": "read the documents again",
    "corpus status": "what is served, and how it is received",
    "corpus add": "add a document",
    "corpus remove": "take a document away",
    "corpus unanswered": "questions that met silence",
    "corpus feedback": "replies that did not help, and why",
    "corpus log": "what curators did",
    "ask.question": "what you want to know",
    "ask.collection": "only in this collection",
    "ask.private": "only you see the reply",
    "sources.collection": "only this collection",
    "source.name": "title or file name",
    "room.names": "collections, with commas between them; empty: all",
    "room.mode": "which messages are questions",
    "room.threads": "open a thread for each reply",
    "room.language": "the language of the bot's texts",
    "room.default": "default",
    "room.server": "for the whole server, not only this channel",
    "setup.collections": "collections that are seen here; none chosen: all",
    "setup.mode": "which messages are questions",
    "setup.threads": "whether replies open threads here",
    "setup.on": "each reply opens a thread",
    "setup.off": "replies open no thread",
    "corpus.file": "the document",
    "corpus.to": "collection to put it in",
    "corpus.replace": "in place of the file of that name",
    "corpus.document": "title or file name",
    "room.mentions": "mentions of the bot only",
    "room.everything": "every message",
    "room.forum": "mentions, and first posts where it is sure",
    "room.off": "none",
}
"""The commands of the platforms, their groups, and the options that Discord lists."""
