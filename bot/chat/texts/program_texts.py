"""Catalogue of the texts about programs that ask, in English: their tokens, and MCP."""

from __future__ import annotations

from bot.chat.texts.templates import FixedText


class ProgramText(FixedText):
    """The texts of the command line about tokens and MCP."""

    ACCESS_ADDED = "The token of {name}, which is shown only now: {secret}"
    ACCESS_REMOVED = "Withdrawn: {name}."
    ACCESS_LINE = "{name}: {right}; {collections}; since {since}; {until}"
    ACCESS_ALL = "all collections"
    ACCESS_ENDS = "until {day}"
    ACCESS_ENDED = "ended on {day}"
    ACCESS_ENDLESS = "without an end"
    ACCESS_NONE = "There are no tokens."
    ACCESS_TAKEN = "There is a token {name} already; withdraw it first, or choose another name."
    ACCESS_UNKNOWN = "There is no token {name}."
    ACCESS_USE = (
        "Write: token add NAME --collections rules,minutes --rights read,"
        " token list, or token remove NAME. A name has at most 80 characters in one line."
    )
    ACCESS_DAYS = "--days takes a number from 1 to 3650."
    MCP_MISSING = "The command mcp needs a library that is not there; install the extra mcp."
