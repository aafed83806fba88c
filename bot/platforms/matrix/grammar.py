"""What a message to the bot asks for: its words to a wish, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from bot.chat.commands import (
    Ask,
    Context,
    Empty,
    Help,
    ListSources,
    Malformed,
    More,
    question,
    unknown,
)
from bot.chat.rendering.escape import without_hostile
from bot.chat.texts.catalogue import CommandName, Text, notice

SIGN = "!"
"""What every command begins with; the prefix for a question is a setting."""

CORPUS = CommandName(
    "corpus", "reload | status | unanswered | log | add [COLLECTION] [replace] | remove NAME"
)
ROOM = CommandName("room", "show | collections NAMES | mode mentions|everything|off | clear")

_CORPUS_WORDS = frozenset(("reload", "status", "unanswered", "log"))
_NUMBER = regex.compile(r"\d{1,4}", regex.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """What is known about one document; `or_ask` where the words may be a question, too."""

    name: str
    or_ask: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What the bot is, and what it keeps."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Take away what names this person."""


@dataclass(frozen=True, slots=True)
class CorpusLook:
    """`!corpus reload | status | unanswered | log`."""

    verb: str


@dataclass(frozen=True, slots=True)
class CorpusAdd:
    """`!corpus add`, as an answer to a file, or as its caption."""

    collection: str | None
    replace: bool


@dataclass(frozen=True, slots=True)
class CorpusRemove:
    """`!corpus remove NAME`."""

    name: str


@dataclass(frozen=True, slots=True)
class RoomShow:
    """`!room show`."""


@dataclass(frozen=True, slots=True)
class RoomCollections:
    """`!room collections NAMES`; None takes the binding back."""

    names: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class RoomMode:
    """`!room mode MODE`, the mode as it was typed, in small letters."""

    mode: str


@dataclass(frozen=True, slots=True)
class RoomClear:
    """`!room clear`."""


Managing = CorpusLook | CorpusAdd | CorpusRemove | RoomShow | RoomCollections | RoomMode | RoomClear
"""What is for those who see to documents and rooms; works in any room."""

Wish = (
    Ask
    | ListSources
    | Source
    | More
    | Context
    | Help
    | Empty
    | Malformed
    | About
    | Forget
    | Managing
)
"""What is wished for; a closed type."""

_KNOWN = frozenset(
    ("corpus", "room", "sources", "source", "more", "context", "help", "about", "privacy")
)


def is_command(text: str, prefix: str) -> bool:
    """Whether a message is for the bot by its first word alone."""
    word, _ = _first(text)
    return word == prefix.casefold() or (word.startswith(SIGN) and word[1:] in _KNOWN)


def is_managing(wish: Wish) -> bool:
    """Whether a wish is one of those who see to documents and rooms."""
    return isinstance(wish, Managing)


def wish_of(text: str, prefix: str) -> Wish:
    """What a message to the bot asks for; what is no command is a question."""
    word, rest = _first(text)
    if not word:
        return Empty()
    if word == prefix.casefold():
        # As it was typed: the same question has the same answer however it was asked.
        return wish_of(text.split(maxsplit=1)[-1], "") if rest else Empty()
    name = word.removeprefix(SIGN)
    if word.startswith(SIGN) and name in _KNOWN:
        return _command(name, rest)
    if word.startswith(SIGN) and len(name) > 1 and not rest:
        return unknown(word)
    return _bare(name, rest) or _asked(text)


def _first(text: str) -> tuple[str, str]:
    """The first word in small letters, and the rest."""
    pieces = without_hostile(text).split(maxsplit=1)
    if not pieces:
        return "", ""
    word = pieces[0].casefold()
    return word.rstrip(":,") or word, (pieces[1].strip() if pieces[1:] else "")


def _asked(text: str) -> Ask | Malformed | Empty:
    asked = question(text)
    return asked if isinstance(asked, Ask | Malformed) else Empty()


def _bare(word: str, rest: str) -> Wish | None:
    """Words that are commands without a sign, where they are nothing else."""
    match word, rest:
        case "more" | "help" | "sources", "":
            return _command(word, "")
        case "context", _ if not rest or _NUMBER.fullmatch(rest):
            return _command(word, rest)
        case "source", _ if rest and not rest.endswith("?"):
            several = len(rest.split()) > 1
            return Source(rest, f"{word} {rest}" if several else None)
    return None


def _command(name: str, rest: str) -> Wish:
    match name, rest:
        case "sources", _:
            return ListSources(rest or None)
        case "source", _ if rest:
            return Source(rest)
        case "more", "":
            return More()
        case "context", "":
            return Context(1)
        case "context", _ if _NUMBER.fullmatch(rest):
            return Context(int(rest))
        case "help", _:
            return Help()
        case "about", _:
            return About()
        case "privacy", _ if rest.casefold() == "forget":
            return Forget()
        case "corpus", _:
            return _corpus(rest)
        case "room", _:
            return _room(rest)
    usages = {"source": "NAME", "context": "N", "privacy": "forget"}
    return Malformed(notice(Text.USAGE, usage=CommandName(name, usages.get(name, ""))))


def _corpus(rest: str) -> Wish:
    verb, argument = _first(rest)
    if verb in _CORPUS_WORDS and not argument:
        return CorpusLook(verb)
    if verb == "remove" and argument:
        return CorpusRemove(argument)
    if verb == "add":
        words = argument.split()
        replace = bool(words) and words[-1].casefold() == "replace"
        return CorpusAdd(" ".join(words[:-1] if replace else words) or None, replace)
    return Malformed(notice(Text.USAGE, usage=CORPUS))


def _room(rest: str) -> Wish:
    verb, argument = _first(rest)
    match verb, argument:
        case "show" | "collections", "":
            return RoomShow()
        case "clear", "":
            return RoomClear()
        case "mode", _ if argument:
            return RoomMode(argument.casefold())
        case "collections", _:
            if argument.casefold() == "all":
                return RoomCollections(None)
            names = frozenset(name.strip() for name in argument.split(",") if name.strip())
            return RoomCollections(names or None)
    return Malformed(notice(Text.USAGE, usage=ROOM))
