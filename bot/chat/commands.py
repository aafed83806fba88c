"""What a message asks for: text to a command, as a pure function with a closed result."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from bot.chat.rendering.escape import without_hostile
from bot.chat.texts.catalogue import CommandName, Notice, Text, notice, shorten

MOST_CHARACTERS = 2_000
"""A question may be this long, in code points."""

PREFIX = "/"

_ARGUMENTS = {
    "sources": "[COLLECTION]",
    "source": "NAME",
    "more": "",
    "context": "N",
    "reload": "",
    "help": "",
    "quit": "",
}

COMMANDS = tuple(CommandName(name, argument) for name, argument in _ARGUMENTS.items())
"""Every command with its argument, in the order help lists them."""

_ALIASES = {"exit": "quit"}
_WORD_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, as it was typed but for blanks around it."""

    question: str


@dataclass(frozen=True, slots=True)
class ListSources:
    """The list of documents: all, or those of one collection."""

    collection: str | None = None


@dataclass(frozen=True, slots=True)
class ShowSource:
    """What is known about one document."""

    name: str


@dataclass(frozen=True, slots=True)
class More:
    """Further excerpts for the last question."""


@dataclass(frozen=True, slots=True)
class Context:
    """The paragraphs around an excerpt of the last reply, counted from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class Reload:
    """Read the documents again."""


@dataclass(frozen=True, slots=True)
class Help:
    """How to ask, and every command."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave; where one can."""


@dataclass(frozen=True, slots=True)
class Empty:
    """A message without a word."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """What cannot be understood, and the sentence that says how to put it right."""

    notice: Notice


Command = Ask | ListSources | ShowSource | More | Context | Reload | Help | Quit | Empty | Malformed


def parse(text: str) -> Command:
    """The command that `text` is; anything that does not begin with "/" is a question."""
    command = without_hostile(text).strip()
    if not command:
        return Empty()
    if not command.startswith(PREFIX):
        return _question(text.strip())
    word, _, argument = command.replace("\n", " ").partition(" ")
    return _command(word, " ".join(argument.split()))


def question(text: str) -> Command:
    """The question that `text` is, where a command is not expected: never a command."""
    return _question(text.strip()) if without_hostile(text).strip() else Empty()


def _question(text: str) -> Command:
    if len(text) > MOST_CHARACTERS:
        return Malformed(notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=len(text)))
    return Ask(text)


def _command(word: str, argument: str) -> Command:
    typed = word[len(PREFIX) :].casefold()
    name = _ALIASES.get(typed, typed)
    match name, argument:
        case "sources", _:
            return ListSources(argument or None)
        case "source", _ if argument:
            return ShowSource(argument)
        case "context", _ if _number(argument):
            return Context(_number(argument))
        case "more", "":
            return More()
        case "reload", "":
            return Reload()
        case "help", _:
            return Help()
        case "quit", "":
            return Quit()
        case _ if name in _ARGUMENTS:
            return Malformed(notice(Text.USAGE, usage=CommandName(name, _ARGUMENTS[name])))
    return unknown(word)


def unknown(word: str) -> Malformed:
    """There is no command `word`; the nearest there is, help where none is near."""
    near = get_close_matches(word[:_WORD_SHOWN].casefold().lstrip(PREFIX), _ARGUMENTS, n=1)
    nearest = CommandName(near[0] if near else "help")
    return Malformed(notice(Text.UNKNOWN_COMMAND, word=shorten(word, _WORD_SHOWN), nearest=nearest))


def _number(argument: str) -> int:
    """A whole number from 1 to 999,999; 0 for anything else."""
    return int(argument) if argument.isascii() and argument.isdigit() and len(argument) < 7 else 0
