"""The grammar of typed commands: a table of commands (`SPECS`), and a syntax for each platform."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum, Flag, auto

import regex

from bot.chat import commands
from bot.chat.rendering.escape import without_hostile
from bot.chat.small_talk import SmallTalk, small_talk
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import LANGUAGES
from bot.chat.texts.notices import notice, shorten
from bot.chat.texts.parameters import CommandName
from bot.core.replies import MOST_NEAREST
from bot.state.records import Mode, Verdict

MOST_CHARACTERS = 2_000
"""Longest question, in code points."""

_WORD_SHOWN = 40
_NUMBER = regex.compile(r"0*[1-9]\d{0,5}", regex.ASCII)
_CHOICE = regex.compile(rf"[1-{MOST_NEAREST}]", regex.ASCII)
_MODES = {mode.value: mode for mode in Mode}

Reader = Callable[[str], commands.Command | None]
"""Parses the argument of a command; returns None if it is invalid."""


class Surface(Flag):
    """The places where a command is offered."""

    CONSOLE = auto()
    MENTION = auto()
    """Typed in a message on Discord."""
    MATRIX = auto()
    SLASH = auto()
    """Chosen from Discord's list of slash commands; help on Matrix lists the same commands."""
    SLASH_ONLY = auto()
    """The same, for what there is on Discord alone."""


class Audience(Enum):
    """The people whose help lists a command; their rights are checked when it is carried out."""

    ANYONE = auto()
    CURATORS = auto()
    MANAGERS = auto()
    ROOM_MANAGERS = auto()
    """Managers, except in a conversation with one person."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command: its name of one or two words, its argument as help shows it, its parsers.

    `bare` parses it when it is typed without the sign; it returns None for a question.
    """

    name: str
    argument: str
    surfaces: Surface
    read: Reader
    audience: Audience = Audience.ANYONE
    bare: Reader = lambda _: None
    aliases: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The first word of the name."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class Syntax:
    """How commands are typed on one platform.

    A command begins with `sign`; the word `prefix` begins a question. Those in `bare` need no
    sign. With `lenient` an unknown word with a sign may begin a question. `help` is the surface
    whose commands help lists; with `reactions` it explains the reactions that press buttons.
    """

    sign: str
    typed: Surface
    help: Surface
    prefix: str = ""
    bare: tuple[str, ...] = ("help",)
    lenient: bool = False
    reactions: bool = False

    @property
    def types_choices(self) -> bool:
        """Whether people type what they choose, since the platform has no buttons for it."""
        return self.typed in _TYPED

    def corpus_command(self, name: str, argument: str = "") -> CommandName:
        """A command about the corpus as this platform has it, with an argument that is typed."""
        if self.typed is Surface.CONSOLE:
            return CommandName(name, argument)
        return CommandName(f"corpus {name}", argument if self.types_choices else "")

    def specs(self, surface: Surface | None = None) -> tuple[CommandSpec, ...]:
        """The commands that can be typed, or those of another surface."""
        return tuple(spec for spec in SPECS if spec.surfaces & (surface or self.typed))

    def names(self) -> tuple[str, ...]:
        """The first words of all commands that can be typed, without duplicates."""
        words = [word for spec in self.specs() for word in (spec.group, *spec.aliases)]
        return tuple(dict.fromkeys(words))


CONSOLE = Syntax("/", Surface.CONSOLE, Surface.CONSOLE, bare=("help", "quit", "exit"))
DISCORD = Syntax("/", Surface.MENTION, Surface.SLASH | Surface.SLASH_ONLY)
MATRIX = Syntax(
    "!",
    Surface.MATRIX,
    Surface.SLASH,
    bare=("sources", "source", "more", "context", "nearest", "help"),
    lenient=True,
    reactions=True,
)


def parse(text: str, syntax: Syntax) -> commands.Command:
    """Parse a message to a command; any other message is a question."""
    word, rest = _first_word(text)
    if not word:
        return commands.Empty()
    if syntax.prefix and word == syntax.prefix.casefold():
        if not rest:
            return commands.Empty()
        # Split the original text: the question must keep its characters to find its cached reply.
        return parse(text.split(maxsplit=1)[-1], replace(syntax, prefix=""))
    if _CHOICE.fullmatch(text.strip()):
        return commands.Nearest(int(text), or_ask=text.strip())
    if not word.startswith(syntax.sign):
        return _bare_command(word.rstrip("?!."), rest, syntax) or question(text)
    name = word.removeprefix(syntax.sign)
    if name in syntax.names():
        return _parse_argument(name, rest, syntax)
    if syntax.lenient and (len(name) < 2 or rest):
        return question(text)
    if syntax.typed is Surface.MENTION and name in CONSOLE.names():
        return commands.Help()  # Discord has buttons for what the console has words for
    return _unknown(word, name, syntax)


def question(text: str) -> commands.Ask | SmallTalk | commands.Malformed | commands.Empty:
    """Parse `text` as a question or small talk, never as another command."""
    if not without_hostile(text).strip():
        return commands.Empty()
    text = text.strip()
    if len(text) > MOST_CHARACTERS:
        return commands.Malformed(notice(Text.TOO_LONG, most=MOST_CHARACTERS, length=len(text)))
    return small_talk(text) or commands.Ask(text)


def is_command(text: str, syntax: Syntax) -> bool:
    """Whether the first word of a message addresses the bot."""
    word, _ = _first_word(text)
    if syntax.prefix and word == syntax.prefix.casefold():
        return True
    return word.startswith(syntax.sign) and word.removeprefix(syntax.sign) in syntax.names()


def usage(name: str, syntax: Syntax) -> CommandName:
    """The usage of a command; for a group, that of each of its commands."""
    specs = [spec for spec in syntax.specs() if spec.group == name]
    ways = [f"{spec.name} {spec.argument}".removeprefix(name).strip() for spec in specs]
    return CommandName(name, " | ".join(ways))


def _first_word(text: str) -> tuple[str, str]:
    """The first word, case-folded and without a colon or comma at its end, and the rest."""
    pieces = without_hostile(text).split(maxsplit=1)
    if not pieces:
        return "", ""
    word = pieces[0].casefold()
    return word.rstrip(":,") or word, (pieces[1].strip() if pieces[1:] else "")


def _bare_command(word: str, rest: str, syntax: Syntax) -> commands.Command | None:
    """The command of a message without a sign; None if it may be a question."""
    specs = syntax.specs() if word in syntax.bare else ()
    return next((spec.bare(rest) for spec in specs if word in (spec.name, *spec.aliases)), None)


def _parse_argument(name: str, rest: str, syntax: Syntax) -> commands.Command:
    verb, argument = _first_word(rest)
    for spec in syntax.specs():
        if spec.name == name or name in spec.aliases:
            command = spec.read(rest)
        elif spec.name == f"{name} {verb}":
            command = spec.read(argument)
        else:
            continue
        if command is not None:
            return command
    return commands.Malformed(notice(Text.USAGE, usage=usage(name, syntax)))


def _unknown(word: str, name: str, syntax: Syntax) -> commands.Malformed:
    """The message for the unknown command `word`; suggests a similar one, or help."""
    similar = get_close_matches(name[:_WORD_SHOWN], syntax.names(), n=1)
    nearest = CommandName(similar[0] if similar else "help")
    return commands.Malformed(
        notice(Text.UNKNOWN_COMMAND, word=shorten(word, _WORD_SHOWN), nearest=nearest)
    )


def _no_args(command: commands.Command) -> Reader:
    """The parser of a command that takes no argument."""
    return lambda argument: None if argument else command


def _one_line(argument: str) -> str:
    return " ".join(argument.split())


def _source(argument: str) -> commands.Command | None:
    return commands.ShowSource(_one_line(argument)) if argument else None


def _bare_source(argument: str) -> commands.Command | None:
    """Parse "source NAME" without a sign; several words may be a question after all."""
    if not argument or argument.endswith("?"):
        return None
    several = len(argument.split()) > 1
    return commands.ShowSource(_one_line(argument), f"source {argument}" if several else None)


def _context(argument: str) -> commands.Command | None:
    if not argument:
        return commands.Context()
    return commands.Context(int(argument)) if _NUMBER.fullmatch(argument) else None


def _vote(verdict: Verdict) -> Reader:
    """The parser of a vote on the last reply; only one against it takes words."""
    against = verdict is Verdict.DOWN
    return lambda why: commands.VoteOnLast(verdict, why) if against or not why else None


def _feedback(argument: str) -> commands.Command | None:
    if not argument:
        return commands.ListFeedback()
    return commands.ListFeedback(int(argument)) if _NUMBER.fullmatch(argument) else None


def _nearest(argument: str) -> commands.Command | None:
    if not argument:
        return commands.Nearest()
    return commands.Nearest(int(argument)) if _NUMBER.fullmatch(argument) else None


def _collections(argument: str) -> commands.Command | None:
    """Parse names separated by commas; `all` removes the binding, no name shows the settings."""
    if not argument:
        return commands.ShowRoom()
    names = frozenset(name.strip() for name in argument.split(",") if name.strip())
    return commands.SetCollections(None if argument.casefold() == "all" else names or None)


def _mode(argument: str) -> commands.Command | None:
    mode = _MODES.get(argument.casefold())
    return None if mode is None else commands.SetMode(mode)


def _language(argument: str) -> commands.Command | None:
    """Parse a language by its code; `default` unsets it."""
    code = argument.casefold()
    if code == "default":
        return commands.SetLanguage(None)
    return next((commands.SetLanguage(each) for each in LANGUAGES if each == code), None)


def _add(argument: str) -> commands.Command | None:
    words = argument.split()
    in_place = bool(words) and words[-1].casefold() == "replace"
    return commands.AddDocument(" ".join(words[:-1] if in_place else words) or None, in_place)


def _pin(argument: str) -> commands.Command | None:
    """Parse "N", "N M", "QUESTION = WORDS" or "QUESTION"."""
    if not argument:
        return None
    numbers = argument.split()
    if len(numbers) <= _MOST_NUMBERS and all(map(_NUMBER.fullmatch, numbers)):
        number, *place = map(int, numbers)
        if place:
            return commands.PinCandidate(number, place[0])
        return commands.ShowCandidates(number)
    question, _, words = argument.partition(" = ")
    return commands.FindQuote(_one_line(question), _one_line(words))


def _unpin(argument: str) -> commands.Command | None:
    return commands.Unpin(int(argument)) if _NUMBER.fullmatch(argument) else None


_MOST_NUMBERS = 2
_PIN_ARGUMENT = "N, N M or QUESTION = WORDS"
_EVERYWHERE = Surface.CONSOLE | Surface.MENTION | Surface.MATRIX | Surface.SLASH
_CHAT = Surface.MATRIX | Surface.SLASH
_TYPED = Surface.CONSOLE | Surface.MATRIX
_ROOMS, _MANAGERS = Audience.ROOM_MANAGERS, Audience.MANAGERS
_CURATORS = Audience.CURATORS

SPECS = (
    CommandSpec("ask", "QUESTION", Surface.SLASH, lambda _: None),
    CommandSpec(
        "sources",
        "[COLLECTION]",
        _EVERYWHERE,
        lambda argument: commands.ListSources(_one_line(argument) or None),
        bare=_no_args(commands.ListSources()),
    ),
    CommandSpec("source", "NAME", _EVERYWHERE, _source, bare=_bare_source),
    CommandSpec("more", "", _TYPED, _no_args(commands.More()), bare=_no_args(commands.More())),
    CommandSpec("context", "N", _TYPED, _context, bare=_context),
    CommandSpec("up", "", _TYPED, _vote(Verdict.UP)),
    CommandSpec("down", "[WHY]", _TYPED, _vote(Verdict.DOWN)),
    CommandSpec("feedback", "[N]", Surface.CONSOLE, _feedback, Audience.CURATORS),
    CommandSpec("nearest", "N", _TYPED, _nearest, bare=_nearest),
    CommandSpec("reload", "", Surface.CONSOLE, _no_args(commands.Reload()), Audience.CURATORS),
    CommandSpec(
        "unanswered",
        "",
        Surface.CONSOLE,
        _no_args(commands.ListUnanswered()),
        Audience.CURATORS,
    ),
    CommandSpec("pin", _PIN_ARGUMENT, Surface.CONSOLE, _pin, Audience.CURATORS),
    CommandSpec("pins", "", Surface.CONSOLE, _no_args(commands.ListPins()), Audience.CURATORS),
    CommandSpec("unpin", "N", Surface.CONSOLE, _unpin, Audience.CURATORS),
    CommandSpec("undo", "", Surface.CONSOLE, _no_args(commands.Undo()), Audience.CURATORS),
    CommandSpec("help", "", _EVERYWHERE, lambda _: commands.Help(), bare=_no_args(commands.Help())),
    CommandSpec(
        "quit",
        "",
        Surface.CONSOLE,
        _no_args(commands.Quit()),
        bare=_no_args(commands.Quit()),
        aliases=("exit",),
    ),
    CommandSpec("about", "", _CHAT, lambda _: commands.About()),
    CommandSpec("privacy forget", "", _CHAT, _no_args(commands.Forget())),
    CommandSpec("setup", "", _CHAT, _no_args(commands.ShowRoom(with_choices=True)), _ROOMS),
    CommandSpec("room show", "", _CHAT, _no_args(commands.ShowRoom()), _ROOMS),
    CommandSpec("room collections", "NAMES", _CHAT, _collections, _ROOMS),
    CommandSpec("room mode", "|".join(_MODES), _CHAT, _mode, _ROOMS),
    CommandSpec("room threads", "on|off", Surface.SLASH_ONLY, lambda _: None, _ROOMS),
    CommandSpec("room language", "|".join((*LANGUAGES, "default")), _CHAT, _language, _ROOMS),
    CommandSpec("room clear", "", _CHAT, _no_args(commands.ClearRoom()), _ROOMS),
    CommandSpec("corpus reload", "", _CHAT, _no_args(commands.Reload()), _CURATORS),
    CommandSpec("corpus status", "", _CHAT, _no_args(commands.ShowStatus()), _MANAGERS),
    CommandSpec("corpus add", "[COLLECTION] [replace]", _CHAT, _add, _CURATORS),
    CommandSpec(
        "corpus remove",
        "NAME",
        _CHAT,
        lambda argument: commands.RemoveDocument(argument) if argument else None,
        _CURATORS,
    ),
    CommandSpec("corpus unanswered", "", _CHAT, _no_args(commands.ListUnanswered()), _MANAGERS),
    CommandSpec("corpus feedback", "[N]", _CHAT, _feedback, _MANAGERS),
    CommandSpec("corpus pin", _PIN_ARGUMENT, _CHAT, _pin, _MANAGERS),
    CommandSpec("corpus pins", "", _CHAT, _no_args(commands.ListPins()), _MANAGERS),
    CommandSpec("corpus unpin", "N", Surface.MATRIX, _unpin, _MANAGERS),
    CommandSpec("corpus undo", "", _CHAT, _no_args(commands.Undo()), _MANAGERS),
    CommandSpec("corpus log", "", _CHAT, _no_args(commands.ShowLog()), _CURATORS),
)
"""All named commands, in the order of help."""
