"""Mapping of Matrix's values to those of the chat: places, people, the words of a message."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import unquote

import regex
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.chat.identity import Person, Place
from bot.chat.rooms import EffectiveSettings
from bot.platforms.matrix.api.events import MessageEvent
from bot.platforms.matrix.api.room_state import DEFAULT_LEVEL, RoomState
from bot.state.records import Mode

PLATFORM = "matrix"

_USER_LINK = "https://matrix.to/#/"
_USER_ID = regex.compile(r"(?<!\w)@([^\s:@]+):([\w.-]*\w|\[[\da-fA-F:.]+\])(:\d+)?")
_PUBLIC_SERVER = regex.compile(r"(?=.*\p{L}).+\..+|\d+(\.\d+){3}|\[.*")
_QUOTED = regex.compile(r"(?:>[^\n]*(?:\n|$))+\n?")


def room_place(room: str) -> Place:
    """A room as the place that settings are stored for; it is its own space."""
    return Place(PLATFORM, room, room)


def is_pair(state: RoomState | None) -> bool:
    """Whether a room has only the bot and one person, who may still be invited."""
    return state is not None and len(state.members) <= 2


def place_of(room: str, state: RoomState | None, effective: EffectiveSettings) -> Place:
    """A room as a place with its settings.

    A room of two is a direct conversation unless it is bound to collections or turned off.
    Then it may be a larger room that people have left, and its limits stay in force.
    """
    limited = effective.collections is not None or effective.mode is Mode.OFF
    return Place(PLATFORM, room, room, direct=is_pair(state) and not limited)


def person_of(user: str, state: RoomState | None, place: Place) -> Person:
    """A user with the rights that the room's power levels give them."""
    moderates = state is not None and state.level(user) >= DEFAULT_LEVEL
    return Person(PLATFORM, user, manages=moderates and not place.direct, moderates=moderates)


def thread_key(message: MessageEvent) -> str:
    """The key under which questions follow up each other: the thread, elsewhere room and sender."""
    if message.thread_root is not None:
        return f"{message.room}:{message.thread_root}"
    return f"{message.room}:{message.sender}"


def mentions(message: MessageEvent, me: str, name: str) -> bool:
    """Whether a message mentions the bot: by `m.mentions`, or by its words where that is absent."""
    if message.mentions is not None:
        return me in message.mentions
    html = message.formatted or ""
    if me in message.body or f"{_USER_LINK}{me}" in html.replace("%40", "@"):
        return True
    # Clients put the name first where they address somebody.
    pattern = rf"^@?{regex.escape(name)}(?!\w)"
    return bool(name) and regex.search(pattern, message.body, regex.IGNORECASE) is not None


def words_of(message: MessageEvent, me: str, name: str) -> str:
    """The words of a message without the quoted message and the bot's name.

    Of other people's ids the names before the colon stay: questions are kept.
    """
    text = message.body
    if message.reply_to is not None or "<mx-reply>" in (message.formatted or ""):
        text = _QUOTED.sub("", text, count=1) if text.startswith(">") else text
    for label in _pill_labels(message.formatted or "", me):
        text = _without_pill(label, text)
    text = _without_ids(_without(me, text), me.partition(":")[2])
    if name and mentions(message, me, name):
        text = _without(name, text.strip(), at_ends=True)
    return text.strip()


def _without_ids(text: str, own: str) -> str:
    """The text with the names of users for their ids, of the server `own` or of a public one.

    Other words look much like ids, such as "@click:append" and "@8:30".
    """

    def name_or_all(match: regex.Match[str]) -> str:
        name, server, port = match.groups("")
        is_id = server + port == own or _PUBLIC_SERVER.fullmatch(server)
        return name if is_id else match[0]

    return _USER_ID.sub(name_or_all, text)


def _pill_labels(html: str, user: str) -> Iterator[str]:
    """The texts of the links to a user, which stand in the plain body, too, as names."""
    if _USER_LINK not in html:
        return
    for link in HTMLParser(html).css("a[href]"):
        target = unquote(link.attributes.get("href") or "")
        if target.partition("?")[0] == _USER_LINK + user and (label := link.text().strip()):
            yield label


def _without_pill(label: str, text: str) -> str:
    """The text without the link to the bot, or else without one whole word that is its label.

    The question may use the label as a word, too, so one at the start or the end goes first.
    """
    name = regex.escape(label)
    word = rf"(?<!\w)@?{name}(?!\w)[:,]?"
    link = rf"\[@?{name}\]\({_USER_LINK}[^)\s]*+\)[:,]?"
    # A bound on the marks at the end: without it, a label of marks takes quadratic time.
    for pattern in (link, rf"^\s*+{word}", rf"{word}(?=[?!.\s]{{0,9}}$)", word):
        rest, count = regex.subn(pattern, " ", text, count=1)
        if count:
            return rest
    return text


def _without(name: str, text: str, *, at_ends: bool = False) -> str:
    pattern = regex.escape(name)
    if not at_ends:
        return regex.sub(rf"{pattern}[:,]?", " ", text)
    rest = regex.sub(rf"^@?{pattern}(?!\w)[\s:,;–—-]*", "", text, flags=regex.IGNORECASE)
    if rest != text:
        return rest
    # A pattern with the blanks before the name takes quadratic time, so a loop skips them.
    match = regex.search(rf"@?(?<!\w){pattern}(?=[?!.\s]*+$)", text, flags=regex.IGNORECASE)
    if match is None:
        return text
    end = match.start()
    while end and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return text[:end] + text[match.end() :]


def may_invite(user: str, allowed: tuple[str, ...]) -> bool:
    """Whether a user may invite the bot: by id, by a pattern of ids, or by their server.

    Examples of `allowed`: `@ann:example.org`, `@*:example.org`, `example.org`,
    `*.example.org`.
    """
    server = user.partition(":")[2]
    return any(
        fnmatchcase(user if pattern.startswith("@") else server, pattern) for pattern in allowed
    )
