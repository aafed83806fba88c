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


Parameter = str | int | float | CommandName | IdOnPlatform


def written(value: Parameter) -> str:
    """A parameter as text, with commas in numbers; text as it is."""
    if isinstance(value, CommandName):
        return f"/{value.name} {value.argument}".rstrip()
    if isinstance(value, IdOnPlatform):
        return value.id
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"
