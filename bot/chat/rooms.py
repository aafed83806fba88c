"""Room policies: the collections a room sees, and which of its messages are questions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cachetools import LRUCache

from bot.chat.identity import Place
from bot.chat.rendering.blocks import Block, NoticeBlock, notice_block
from bot.chat.texts.catalogue import Text
from bot.chat.texts.curator_texts import CuratorText
from bot.chat.texts.languages import (
    Language,
    current_language,
    in_language,
    language_list,
    language_of_locale,
)
from bot.chat.texts.notices import Notice, notice, shorten
from bot.chat.texts.parameters import CommandName
from bot.state.records import Mode, RoomSettings

if TYPE_CHECKING:
    from bot.state.store import Store

SPACES_REMEMBERED = 1_000
"""Spaces whose settings are cached; the least recently used are dropped."""

NAMES_SHOWN = 20
"""Most collections that one sentence names."""

_NAME_CHARACTERS = 80

_Space = tuple[str, str]
_Setting = TypeVar("_Setting")


@dataclass(frozen=True, slots=True)
class EffectiveSettings:
    """The settings in force for a place: the collections it may see (None: all), and its mode.

    A bound collection without documents makes nothing visible. `language` is None where none is
    set. `threads` is whether the reply to a question opens a thread, where the platform has both.
    """

    collections: frozenset[str] | None
    mode: Mode
    language: Language | None = None
    threads: bool = False


@dataclass(frozen=True, slots=True)
class _Origins:
    """The settings in force, None where none is made, each with where it is set."""

    collections: tuple[frozenset[str] | None, CuratorText]
    mode: tuple[Mode | None, CuratorText]
    language: tuple[Language | None, CuratorText]
    threads: tuple[bool | None, CuratorText]


@dataclass(frozen=True, slots=True)
class RoomChange:
    """The answer to a change of settings, and whether the change was made."""

    done: bool
    blocks: tuple[Block, ...]


class RoomPolicies:
    """The settings of rooms, read once and cached until they change.

    `known` returns the collections that hold a document now; `direct` are the collections
    visible in conversations with one person (None: all). Callers check rights. Every method
    may raise StateError; then the visible collections are unknown, and nothing may be shown.
    """

    def __init__(
        self,
        store: Store,
        known: Callable[[], frozenset[str]],
        direct: frozenset[str] | None = None,
    ) -> None:
        self._store = store
        self._known = known
        self._direct = direct
        self._spaces: LRUCache[_Space, Mapping[str | None, RoomSettings]] = LRUCache(
            SPACES_REMEMBERED
        )
        self._changes = 0

    async def effective(self, place: Place) -> EffectiveSettings:
        """The settings in force: those of `place`, else of its room, of its space, the default.

        In a conversation with one person every message is a question.
        """
        if place.direct:
            collections = [each for each in (self._direct, place.collections) if each is not None]
            seen = frozenset.intersection(*collections) if collections else None
            return EffectiveSettings(seen, Mode.EVERYTHING)
        origins = await self._origins(place)
        return EffectiveSettings(
            origins.collections[0],
            origins.mode[0] or Mode.MENTIONS,
            origins.language[0],
            bool(origins.threads[0]),
        )

    async def set_collections(
        self,
        place: Place,
        names: frozenset[str] | None,
        by_space: bool = False,
        *,
        by_curator: bool = False,
    ) -> RoomChange:
        """Bind `place`, or all of its space, to collections; None removes the binding.

        The empty set makes nothing visible. An unknown name is refused, and whoever is no curator
        where a curator made the binding in force.
        """
        if place.direct:
            return _refused(notice(CuratorText.ROOM_DIRECT))
        if not by_curator and await self._is_held(place, by_space):
            return _refused(notice(CuratorText.BOUND_BY_CURATOR))
        if names is not None:
            # A bound collection that is empty at the moment may stay bound.
            known = self._known() | ((await self.effective(place)).collections or frozenset())
            matches = {name: _match(name, known) for name in names}
            if unknown := sorted(name for name, match in matches.items() if match is None):
                return _refused(await self._unknown(place, unknown))
            names = frozenset(match for match in matches.values() if match is not None)
        async with self._changing(place):
            room = None if by_space else place.room
            at = place.platform, place.space, room
            await self._store.rooms.set_collections(*at, names, by_curator)
        return await self._changed(place, by_space)

    async def set_mode(
        self, place: Place, mode: Mode, by_space: bool = False, *, hears_everything: bool
    ) -> RoomChange:
        """Set which messages of `place`, or of all its space, are questions.

        `EVERYTHING` and `FORUM` are refused unless the platform delivers messages that do not
        mention the bot (`hears_everything`).
        """
        if place.direct:
            return _refused(notice(CuratorText.ROOM_DIRECT))
        if mode in {Mode.EVERYTHING, Mode.FORUM} and not hears_everything:
            return _refused(notice(CuratorText.ROOM_DEAF))
        async with self._changing(place):
            room = None if by_space else place.room
            await self._store.rooms.set_mode(place.platform, place.space, room, mode)
        return await self._changed(place, by_space)

    async def set_language(
        self, place: Place, language: Language | None, by_space: bool = False
    ) -> RoomChange:
        """Set the language of the bot's texts in `place`, or in all its space; None unsets it."""
        if place.direct:
            return _refused(notice(CuratorText.ROOM_DIRECT))
        async with self._changing(place):
            room = None if by_space else place.room
            await self._store.rooms.set_language(place.platform, place.space, room, language)
        with in_language(language or current_language()):
            return await self._changed(place, by_space)

    async def set_threads(self, place: Place, threads: bool, by_space: bool = False) -> RoomChange:
        """Set whether the reply to a question in `place`, or in all its space, opens a thread."""
        if place.direct:
            return _refused(notice(CuratorText.ROOM_DIRECT))
        async with self._changing(place):
            room = None if by_space else place.room
            await self._store.rooms.set_threads(place.platform, place.space, room, threads)
        return await self._changed(place, by_space)

    async def clear(
        self, place: Place, by_space: bool = False, *, by_curator: bool = True
    ) -> RoomChange:
        """Delete the settings of `place` itself, or the default of its space.

        Whoever is no curator is refused where a curator made the binding.
        """
        if place.direct:
            return _refused(notice(CuratorText.ROOM_DIRECT))
        own = (await self._rows((place.platform, place.space))).get(
            None if by_space else place.room
        )
        if not by_curator and own is not None and own.by_curator:
            return _refused(notice(CuratorText.BOUND_BY_CURATOR))
        async with self._changing(place):
            room = None if by_space else place.room
            any_set = await self._store.rooms.clear(place.platform, place.space, room)
        if not any_set:
            text = CuratorText.NOTHING_SET
        else:
            text = CuratorText.SPACE_CLEARED if by_space else CuratorText.ROOM_CLEARED
        return RoomChange(any_set, (notice_block(notice(text)), *await self.describe(place)))

    async def carry(self, old: Place, new: Place) -> bool:
        """Copy the settings of `old` to `new`, which replaces it; returns whether any were copied.

        If `new` has settings already, nothing is copied. Collections are not checked against
        the corpus: a binding to an empty one must not open the new room to all of them.
        """
        rows = await self._store.rooms.of_space(old.platform, old.space)
        settings = [row for row in rows if row.room in {None, old.room}]
        if not settings or await self._store.rooms.of_space(new.platform, new.space):
            return False
        async with self._changing(new):
            for each in settings:
                at = new.platform, new.space, None if each.room is None else new.room
                await self._store.rooms.set_collections(*at, each.collections, each.by_curator)
                await self._store.rooms.set_mode(*at, each.mode)
                await self._store.rooms.set_language(*at, each.language)
                await self._store.rooms.set_threads(*at, each.threads)
        return True

    async def describe(self, place: Place) -> tuple[Block, ...]:
        """The settings in force for `place`, and where each was set."""
        if place.direct:
            return (notice_block(notice(CuratorText.ROOM_DIRECT)),)
        origins = await self._origins(place)
        (collections, by), (mode, mode_by) = origins.collections, origins.mode
        (language, language_by), (threads, threads_by) = origins.language, origins.threads
        lines: list[tuple[Notice, ...]] = [(_visible_collections(collections), notice(by))]
        if empty := sorted((collections or frozenset()) - self._known()):
            lines.append((notice(CuratorText.ROOM_WITHOUT, names=join_names(empty)),))
        lines.append((notice(_MODES[mode or Mode.MENTIONS]), notice(mode_by)))
        if threads is not None:
            text = CuratorText.ROOM_THREADS if threads else CuratorText.ROOM_NO_THREADS
            lines.append((notice(text), notice(threads_by)))
        if language is not None:
            named = notice(CuratorText.ROOM_LANGUAGE, language=language_list((language,)))
            lines.append((named, notice(language_by)))
        return (NoticeBlock(tuple(lines)),)

    def choices(self, names: Collection[str]) -> Block:
        """The settings of a room that sees the collections `names`, each with its command."""
        command = CommandName("room collections", "NAMES")
        listed = join_names(names)
        lines: list[tuple[Notice, ...]] = []
        if names:
            lines.append((notice(CuratorText.SETUP_COLLECTIONS, command=command, names=listed),))
        lines.append((notice(CuratorText.SETUP_MODE),))
        for mode, text in _MODES.items():
            set_it = CommandName("room mode", mode.value)
            lines.append((notice(CuratorText.SETUP_MODE_LINE, command=set_it), notice(text)))
        return NoticeBlock(tuple(lines))

    async def _is_held(self, place: Place, by_space: bool) -> bool:
        """Whether a curator made a binding that a new one would change or set aside."""
        rows = await self._rows((place.platform, place.space))
        rooms = {None} if by_space else {None, place.parent, place.room}
        return any(rows[room].by_curator for room in rooms & rows.keys())

    async def _unknown(self, place: Place, names: Collection[str]) -> Notice:
        """The refusal of unknown names; it lists only what the room sees, which all may read."""
        seen, known = (await self.effective(place)).collections, self._known()
        if shown := known if seen is None else known & seen:
            known_names = join_names(shown)
            return notice(Text.COLLECTION_UNKNOWN, name=join_names(names), known=known_names)
        return notice(Text.NO_SUCH_COLLECTION, name=join_names(names))

    async def _changed(self, place: Place, by_space: bool) -> RoomChange:
        changed = notice(CuratorText.SPACE_CHANGED if by_space else CuratorText.ROOM_CHANGED)
        return RoomChange(True, (notice_block(changed), *await self.describe(place)))

    async def _origins(self, place: Place) -> _Origins:
        """The settings in force, each with where it is set: the nearest wins."""
        rows = await self._rows((place.platform, place.space))
        places = [
            (place.parent or place.room, CuratorText.SET_FOR_ROOM),
            (None, CuratorText.SET_FOR_SPACE),
        ]
        if place.parent is not None:
            places.insert(0, (place.room, CuratorText.SET_FOR_THREAD))
        near = [(rows[room], where) for room, where in places if room in rows]
        return _Origins(
            _nearest((each.collections, where) for each, where in near),
            _nearest((each.mode, where) for each, where in near),
            _nearest((language_of_locale(each.language or ""), where) for each, where in near),
            _nearest((each.threads, where) for each, where in near),
        )

    async def _rows(self, space: _Space) -> Mapping[str | None, RoomSettings]:
        """All settings of a space, by room."""
        rows = self._spaces.get(space)
        if rows is None:
            before = self._changes
            rows = {row.room: row for row in await self._store.rooms.of_space(*space)}
            if before == self._changes:  # otherwise the rows may be out of date
                self._spaces[space] = rows
        return rows

    @asynccontextmanager
    async def _changing(self, place: Place) -> AsyncIterator[None]:
        """Drop the cached settings of a space after the body changed them, also after a fault."""
        try:
            yield
        finally:
            self._changes += 1
            self._spaces.pop((place.platform, place.space), None)


def _nearest(
    settings: Iterable[tuple[_Setting | None, CuratorText]],
) -> tuple[_Setting | None, CuratorText]:
    """The first setting that is made, with where it is set."""
    none: tuple[None, CuratorText] = (None, CuratorText.SET_NOWHERE)
    return next((each for each in settings if each[0] is not None), none)


def _refused(reason: Notice) -> RoomChange:
    return RoomChange(False, (notice_block(reason),))


_MODES: Mapping[Mode, CuratorText] = {
    Mode.MENTIONS: CuratorText.ROOM_MENTIONS,
    Mode.EVERYTHING: CuratorText.ROOM_EVERYTHING,
    Mode.FORUM: CuratorText.ROOM_FORUM,
    Mode.OFF: CuratorText.ROOM_OFF,
}


def _visible_collections(collections: frozenset[str] | None) -> Notice:
    if collections is None:
        return notice(CuratorText.ROOM_SEES_ALL)
    if not collections:
        return notice(CuratorText.ROOM_SEES_NONE)
    return notice(CuratorText.ROOM_SEES, names=join_names(collections))


def _match(name: str, known: frozenset[str]) -> str | None:
    """The collection with that name, else the only one that equals it case-folded."""
    if name in known:
        return name
    near = [each for each in known if each.casefold() == name.strip().casefold()]
    return near[0] if len(near) == 1 else None


def join_names(names: Collection[str]) -> str:
    """Sorted names with commas; beyond `NAMES_SHOWN` they are only counted."""
    shown = ", ".join(shorten(name, _NAME_CHARACTERS) for name in sorted(names)[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    return f"{shown} {notice(Text.AND_MORE, count=more).plain()}" if more > 0 else shown
