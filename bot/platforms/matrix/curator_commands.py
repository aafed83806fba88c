"""What those who see to documents and rooms write with a sign: `!corpus` and `!room`.

Whether they may is looked at where it is carried out.
"""

from __future__ import annotations

import logging

from bot.chat.buttons import key_of
from bot.chat.curation import RemovalToConfirm
from bot.chat.identity import Person, Place
from bot.chat.operations import Blocks, Progress
from bot.chat.rendering.blocks import said as saying
from bot.chat.texts.catalogue import Text, notice
from bot.platforms.matrix.api.events import Attachment, MessageEvent
from bot.platforms.matrix.api.port import CallError, Port
from bot.platforms.matrix.grammar import (
    ROOM,
    CorpusAdd,
    CorpusLook,
    CorpusRemove,
    Managing,
    RoomClear,
    RoomCollections,
    RoomMode,
    RoomShow,
)
from bot.platforms.matrix.mapping import person_of, room_place
from bot.platforms.matrix.response import Response
from bot.platforms.services import PlatformServices
from bot.state.records import Mode

LARGEST_UPLOAD = 100_000_000
"""Bytes of a file that are fetched at all; the corpus has its own limit below."""

_MODES = {mode.value: mode for mode in Mode}
_log = logging.getLogger(__name__)


class MatrixCuratorCommands:
    """Carries out what is for curators and for those who manage a room."""

    def __init__(self, parts: PlatformServices, port: Port) -> None:
        self._parts = parts
        self._port = port

    async def do(
        self, wish: Managing, said: MessageEvent, place: Place, person: Person, progress: Progress
    ) -> Response:
        """What is said about it."""
        desk, curating = self._parts.desk, self._parts.curating
        match wish:
            case CorpusRemove(name):
                found = await curating.removal(person, place, name)
                if not isinstance(found, RemovalToConfirm):
                    return Response(desk.tell(found))
                blocks = (*found.blocks, saying(notice(Text.CONFIRM_SIGNS)))
                return Response(desk.confirm(blocks, key_of(found.path)), removes=found.path)
            case CorpusAdd():
                return Response(desk.tell(await self._add(wish, said, place, person, progress)))
            case CorpusLook(verb):
                return Response(desk.tell(await self._look(verb, place, person, progress)))
            case _:
                state = self._port.room(said.room)
                person = person_of(person.id, state, room_place(said.room))
                if place.direct and state is not None and not state.is_direct:
                    # For two by chance only: it can be made ready before the others come.
                    place = room_place(said.room)
                return Response(desk.tell(await self._room(wish, place, person)))

    async def _look(self, verb: str, place: Place, person: Person, progress: Progress) -> Blocks:
        curating = self._parts.curating
        match verb:
            case "reload":
                return await curating.reload(person, place, progress)
            case "status":
                return await curating.status(person, place)
            case "unanswered":
                return await curating.unanswered(person, place)
            case _:
                return await curating.deeds(person, place)

    async def _room(
        self,
        wish: RoomShow | RoomCollections | RoomMode | RoomClear,
        place: Place,
        person: Person,
    ) -> Blocks:
        curating = self._parts.curating
        match wish:
            case RoomShow():
                return await curating.describe(person, place)
            case RoomClear():
                return await curating.clear(person, place)
            case RoomCollections(names):
                return await curating.set_collections(person, place, names)
            case RoomMode(typed):
                mode = _MODES.get(typed)
                if mode is None:
                    return (saying(notice(Text.USAGE, usage=ROOM)),)
                return await curating.set_mode(person, place, mode, hears_everything=True)

    async def _add(
        self, wish: CorpusAdd, said: MessageEvent, place: Place, person: Person, progress: Progress
    ) -> Blocks:
        if not self._parts.rights.curates(person):
            return (saying(notice(Text.CURATORS_ONLY)),)
        try:
            file = await self._file(said)
            if file is None:
                return (saying(notice(Text.NO_FILE)),)
            if file.size is not None and file.size > LARGEST_UPLOAD:
                return (saying(notice(Text.UPLOAD_TOO_LARGE, most=LARGEST_UPLOAD)),)
            data = await self._port.download(file, LARGEST_UPLOAD)
        except CallError as fault:
            _log.warning("a file could not be fetched: %s", fault)
            return (saying(notice(Text.UPLOAD_FAILED)),)
        return await self._parts.curating.add(
            person, place, wish.collection, file.name, data, wish.replace, progress
        )

    async def _file(self, said: MessageEvent) -> Attachment | None:
        """The file a command is about: of the message that it answers, or its own."""
        if said.attachment is not None or said.reply_to is None:
            return said.attachment
        answered = await self._port.said(said.room, said.reply_to)
        return None if answered is None else answered.attachment
