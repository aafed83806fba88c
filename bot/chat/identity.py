"""People, places and rights, in ids of the platform, as strings."""

from collections.abc import Iterable
from dataclasses import dataclass

Scope = frozenset[str] | None
"""The visible collections; None for all."""

ALL = "*"
"""The name that stands for all collections in settings and for tokens."""


def scope_named(names: Iterable[str]) -> Scope:
    """The scope of these names."""
    scope = frozenset(names)
    return None if ALL in scope else scope


@dataclass(frozen=True, slots=True)
class Place:
    """A room, or a thread in it.

    `space` holds the room and its settings: a Discord server; a Matrix room is its own space.
    `parent` is the room of a thread, None if `room` is no thread. `direct` marks a
    conversation with one person, which sees no more than `collections`.
    """

    platform: str
    space: str
    room: str
    parent: str | None = None
    direct: bool = False
    collections: Scope = None

    @property
    def pin_space(self) -> str:
        """The space as pins name it: "discord:123"."""
        return f"{self.platform}:{self.space}"


@dataclass(frozen=True, slots=True)
class Person:
    """A person in a place; `manages` its space or `moderates` its room on the platform."""

    platform: str
    id: str
    roles: frozenset[str] = frozenset()
    manages: bool = False
    moderates: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """Rights by the settings of one platform.

    `curators` and `curator_roles` may change the corpus, which serves every space.
    `manager_roles` may change rooms, as may people who manage their space on the platform.
    """

    curators: frozenset[str] = frozenset()
    curator_roles: frozenset[str] = frozenset()
    manager_roles: frozenset[str] = frozenset()

    def curates(self, person: Person) -> bool:
        """Whether this person may reload, add and remove documents."""
        return person.id in self.curators or bool(person.roles & self.curator_roles)

    def moderates(self, person: Person) -> bool:
        """Whether this person may remove replies to others."""
        return person.moderates or self.manages(person)

    def manages(self, person: Person) -> bool:
        """Whether this person may change the rooms of the space they speak in."""
        return person.manages or bool(person.roles & self.manager_roles) or self.curates(person)
