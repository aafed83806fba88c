"""People, places and rights, in ids of the platform, as strings."""

from dataclasses import dataclass

Scope = frozenset[str] | None
"""The collections that may be seen; None: all."""


@dataclass(frozen=True, slots=True)
class Place:
    """A room, or a thread in it.

    `space` is what holds the room and its settings (a Discord server; a Matrix room stands
    for itself); `parent` is the room a thread belongs to, None where `room` is no thread;
    `direct` marks a conversation with one person.
    """

    platform: str
    space: str
    room: str
    parent: str | None = None
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a place, who may manage its space or moderate its room on the platform."""

    platform: str
    id: str
    roles: frozenset[str] = frozenset()
    manages: bool = False
    moderates: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """Rights by the settings of one platform.

    `curators` and `curator_roles` may do what concerns the corpus, which serves every
    space; `manager_roles` may, besides those who manage a space, see to its rooms.
    """

    curators: frozenset[str] = frozenset()
    curator_roles: frozenset[str] = frozenset()
    manager_roles: frozenset[str] = frozenset()

    def curates(self, person: Person) -> bool:
        """Whether this person may reload, add and remove documents."""
        return person.id in self.curators or bool(person.roles & self.curator_roles)

    def moderates(self, person: Person) -> bool:
        """Whether this person may take down what others asked for."""
        return person.moderates or self.manages(person)

    def manages(self, person: Person) -> bool:
        """Whether this person may see to the rooms of the space they speak in."""
        return person.manages or bool(person.roles & self.manager_roles) or self.curates(person)
