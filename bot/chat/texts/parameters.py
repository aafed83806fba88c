"""Parameters of fixed texts: text, numbers, and what each platform writes in its own way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandName:
    """A command as a parameter; each dialect writes it as its platform does."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class IdOnPlatform:
    """The id of a person or a room as a parameter; a dialect may write the name instead."""

    platform: str
    id: str
    is_room: bool = False


@dataclass(frozen=True, slots=True)
class MessageOnPlatform:
    """A message as a parameter, by its ids; a dialect writes the link that its platform has."""

    platform: str
    space: str
    room: str
    message: str


Written = str | CommandName | IdOnPlatform | MessageOnPlatform
"""A parameter as a dialect writes it; numbers are text by then."""

Parameter = Written | int | float


def written(value: Written) -> str:
    """A parameter as text, a command as it is typed at the console."""
    if isinstance(value, CommandName):
        return f"/{value.name} {value.argument}".rstrip()
    if isinstance(value, IdOnPlatform):
        return value.id
    if isinstance(value, MessageOnPlatform):
        return value.message
    return value
