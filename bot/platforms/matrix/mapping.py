"""Matrix's values as the chat knows them: places, people, and what is asked."""

from __future__ import annotations

from fnmatch import fnmatchcase

import regex

from bot.chat.identity import Person, Place
from bot.chat.rooms import EffectiveSettings
from bot.platforms.matrix.api.events import DEFAULT_LEVEL, MessageEvent, RoomState
from bot.state.records import Mode

PLATFORM = "matrix"

_QUOTED = regex.compile(r"(?:>[^\n]*(?:\n|$))+\n?")
_BESIDE = r"[\s:,;–—-]*"


def room_place(room: str) -> Place:
    """A room as a place that settings are made for; it stands for itself."""
    return Place(PLATFORM, room, room)


def is_pair(state: RoomState | None) -> bool:
    """Whether a room is of the bot and one person, who may only be invited yet."""
    return state is not None and state.members + state.invited <= 2


def place_of(room: str, state: RoomState | None, effective: EffectiveSettings) -> Place:
    """Where something is said.

    A room for two is a conversation with one person, unless it is bound or shut: it could
    be a room for many that shrank, and its limits stay. A mode alone makes it see no more.
    """
    limited = effective.collections is not None or effective.mode is Mode.OFF
    return Place(PLATFORM, room, room, direct=is_pair(state) and not limited)


def person_of(user: str, state: RoomState | None, place: Place) -> Person:
    """Who says it, with what the room's power levels let them do."""
    may = state is not None and state.level(user) >= DEFAULT_LEVEL
    return Person(PLATFORM, user, manages=may and not place.direct, moderates=may)


def talk_of(said: MessageEvent) -> str:
    """The talk a question belongs to: a thread is one, elsewhere each person has their own."""
    if said.thread_root is not None:
        return f"{said.room}:{said.thread_root}"
    return f"{said.room}:{said.sender}"


def root_of(said: MessageEvent) -> str:
    """The first event of the thread that the answer belongs in."""
    return said.thread_root or said.event_id


def mentions(said: MessageEvent, me: str, name: str) -> bool:
    """Whether a message names the bot: as its client says, by its words where that is unsaid."""
    if said.mentions is not None:
        return me in said.mentions
    html = said.formatted or ""
    if me in said.body or f"https://matrix.to/#/{me}" in html.replace("%40", "@"):
        return True
    return bool(name) and _named(name).search(said.body) is not None


def words_of(said: MessageEvent, me: str, name: str) -> str:
    """The words of a message, without the message it answers and without the bot's name."""
    text = said.body
    if said.reply_to is not None or "<mx-reply>" in (said.formatted or ""):
        text = _QUOTED.sub("", text, count=1) if text.startswith(">") else text
    text = _without(me, text)
    if name and mentions(said, me, name):
        text = _without(name, text.strip(), at_ends=True)
    return text.strip()


def _named(name: str) -> regex.Pattern[str]:
    """A name as a word of its own, at the beginning of a message as people address someone."""
    return regex.compile(rf"^@?{regex.escape(name)}(?!\w)", regex.IGNORECASE)


def _without(name: str, text: str, *, at_ends: bool = False) -> str:
    named = regex.escape(name)
    if not at_ends:
        return regex.sub(rf"{named}[:,]?", " ", text)
    rest = regex.sub(rf"^@?{named}(?!\w){_BESIDE}", "", text, flags=regex.IGNORECASE)
    if rest != text:
        return rest
    # Found from its end: a search from the front tries every run of blanks at every place.
    found = regex.search(rf"@?(?<!\w){named}(?=[?!.\s]*+$)", text, flags=regex.IGNORECASE)
    if found is None:
        return text
    end = found.start()
    while end and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return text[:end] + text[found.end() :]


def is_welcome(user: str, allowed: tuple[str, ...]) -> bool:
    """Whether this user may invite the bot: by id, by a pattern of ids, or by their server.

    `@ann:example.org`, `@*:example.org`, `example.org` and `*.example.org` are all known.
    """
    server = user.partition(":")[2]
    return any(
        fnmatchcase(user if pattern.startswith("@") else server, pattern) for pattern in allowed
    )
