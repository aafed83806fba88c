"""The limits of application commands."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import regex

from tests.harness.discord_server.errors import Fault
from tests.harness.discord_server.world import JSON

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10
NAME = regex.compile(r"[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}")
ALL_TEXT = 8000
Path = tuple[str | int, ...]


def commands_faults(commands: Any) -> Iterator[Fault]:
    """Faults of a whole set of commands."""
    if not isinstance(commands, list):
        yield Fault((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    known = [c for c in commands if isinstance(c, dict)]
    kinds = Counter(c.get("type") or CHAT_INPUT for c in known)
    for kind, count in kinds.items():
        if count > MOST.get(kind, 1):
            said = f"Maximum number of application commands reached ({MOST.get(kind, 1)})."
            yield Fault((), "MAX_COMMANDS", said)
    for index, command in enumerate(known):
        yield from command_faults(command, (index,))
    names = Counter((c.get("type") or CHAT_INPUT, c.get("name")) for c in known)
    for (_, name), count in names.items():
        if count > 1:
            said = f"Command names must be unique: {name}"
            yield Fault((), "APPLICATION_COMMANDS_DUPLICATE_NAME", said)


def command_faults(command: JSON, at: Path = ()) -> Iterator[Fault]:
    """Faults of one command."""
    kind = command.get("type") or CHAT_INPUT
    description = command.get("description") or ""
    if kind == CHAT_INPUT:
        yield from _name((*at, "name"), command.get("name"))
        yield from _bounds((*at, "description"), description, 1, 100)
    else:
        yield from _bounds((*at, "name"), command.get("name"), 1, 32)
        if description or command.get("options"):
            said = "Context menu commands have neither description nor options."
            yield Fault((*at, "description"), "APPLICATION_COMMAND_INVALID_DESCRIPTION", said)
    yield from _options((*at, "options"), command.get("options"), depth=0)
    if _size(command) > ALL_TEXT:
        said = f"Command exceeds maximum size ({ALL_TEXT})"
        yield Fault(at, "APPLICATION_COMMAND_TOO_LARGE", said)


def _options(at: Path, options: Any, *, depth: int) -> Iterator[Fault]:
    if not isinstance(options, list):
        return
    if len(options) > 25:
        yield Fault(at, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    known = [o for o in options if isinstance(o, dict)]
    nested = [o.get("type") in (SUBCOMMAND, GROUP) for o in known]
    if any(nested) and not all(nested):
        said = "Sub-command and sub-command group option types are mutually exclusive to others."
        yield Fault(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", said)
    for name, count in Counter(o.get("name") for o in known).items():
        if count > 1:
            said = f"Option names must be unique: {name}"
            yield Fault(at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", said)
    optional = False
    for index, option in enumerate(known):
        here: Path = (*at, index)
        yield from _name((*here, "name"), option.get("name"))
        yield from _bounds((*here, "description"), option.get("description"), 1, 100)
        kind = option.get("type")
        if kind in (SUBCOMMAND, GROUP):
            if depth > 1 or (kind == GROUP and depth > 0):
                yield Fault(here, "APPLICATION_COMMAND_OPTIONS_NESTING", "Nested too deep.")
            yield from _options((*here, "options"), option.get("options"), depth=depth + 1)
            continue
        if option.get("required") and optional:
            said = "Required options must be placed before non-required options"
            yield Fault(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", said)
        optional = optional or not option.get("required")
        yield from _choices(here, option)


def _choices(at: Path, option: JSON) -> Iterator[Fault]:
    choices = option.get("choices") or []
    kind = option.get("type")
    if (choices or option.get("autocomplete")) and kind not in (STRING, INTEGER, NUMBER):
        said = "Choices and suggestions are for texts and numbers."
        yield Fault(at, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", said)
    if choices and option.get("autocomplete"):
        said = "An option has either choices or autocomplete."
        yield Fault(at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", said)
    if len(choices) > 25:
        yield Fault((*at, "choices"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, choice in enumerate(choices):
        yield from _bounds((*at, "choices", index, "name"), choice.get("name"), 1, 100)
        if kind == STRING:
            yield from _bounds((*at, "choices", index, "value"), choice.get("value"), 0, 100)
    for name, count in Counter(c.get("name") for c in choices).items():
        if count > 1:
            said = f"Choice names must be unique: {name}"
            yield Fault(at, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE", said)


def _name(at: Path, name: Any) -> Iterator[Fault]:
    if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
        said = "Command name is invalid: 1 to 32 lower-case letters, digits, - and _."
        yield Fault(at, "APPLICATION_COMMAND_INVALID_NAME", said)


def _bounds(at: Path, value: Any, least: int, most: int) -> Iterator[Fault]:
    if not isinstance(value, str) or not least <= len(value) <= most:
        said = f"Must be between {least} and {most} in length."
        yield Fault(at, "BASE_TYPE_BAD_LENGTH", said)


def _size(part: JSON) -> int:
    """Characters of names, descriptions and values, all levels together."""
    own = sum(len(str(part.get(key) or "")) for key in ("name", "description"))
    choices = part.get("choices") or ()
    own += sum(len(str(c.get("name", ""))) + len(str(c.get("value", ""))) for c in choices)
    return own + sum(_size(o) for o in part.get("options") or () if isinstance(o, dict))
