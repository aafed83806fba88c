"""Parser of the homeserver's events; a malformed event is None, never an exception."""

from datetime import UTC, datetime

from bot.platforms.matrix.api.events import (
    EncryptionDetails,
    JoinEvent,
    LeaveEvent,
    MatrixAttachment,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    RoomEvent,
    TombstoneEvent,
    UndecryptableEvent,
)
from bot.platforms.matrix.api.json_values import Json, number, table, text, texts

ENCRYPTED = "m.room.encrypted"

_FILE_TYPES = frozenset(("m.file", "m.image", "m.audio", "m.video"))
_MESSAGE_TYPES = frozenset(("m.text", "m.notice", "m.emote")) | _FILE_TYPES

_LATEST = datetime(9999, 12, 1, tzinfo=UTC).timestamp()


_EventFields = tuple[str, str, str, datetime]
"""The arguments that every class of events begins with."""


def _fields(room: str, raw: Json) -> _EventFields | None:
    event_id, sender = text(raw, "event_id"), text(raw, "sender")
    if not event_id or not sender:
        return None
    seconds = (number(raw, "origin_server_ts") or 0) / 1000
    at = datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC)
    return room, event_id, sender, at


def parse_event(room: str, raw: Json, me: str) -> RoomEvent | None:
    """An event from its JSON in clear; None where it is malformed or of no use to the bot `me`."""
    fields = _fields(room, raw)
    if fields is None:
        return None
    content, event_type = table(raw, "content"), text(raw, "type")
    if event_type == "m.room.message":
        return _message(fields, content)
    if event_type == "m.reaction":
        relation = table(content, "m.relates_to")
        to, key = text(relation, "event_id"), text(relation, "key")
        valid = text(relation, "rel_type") == "m.annotation" and to and key
        return ReactionEvent(*fields, to=to or "", key=key or "") if valid else None
    if event_type == "m.room.redaction":
        # Room versions 11 and up have the id in the content.
        redacts = text(raw, "redacts") or text(content, "redacts")
        return RedactionEvent(*fields, redacts=redacts) if redacts else None
    if event_type == "m.room.member":
        return _membership(fields, raw, me)
    if event_type == "m.room.tombstone" and raw.get("state_key") == "":
        return TombstoneEvent(*fields, replacement=text(content, "replacement_room") or "")
    return None


def parse_decrypted(room: str, clear: Json, me: str) -> MessageEvent | ReactionEvent | None:
    """A decrypted event: a message or a reaction, and nothing else.

    The server could not check the encrypted part. It alone decides on membership, redactions
    and replaced rooms, so an encrypted event of these types is forged.
    """
    event = parse_event(room, clear, me)
    return event if isinstance(event, MessageEvent | ReactionEvent) else None


def parse_undecryptable(room: str, raw: Json, withheld: str = "") -> UndecryptableEvent | None:
    """An encrypted message that cannot be read; its thread is not encrypted."""
    fields = _fields(room, raw)
    if fields is None:
        return None
    thread = _thread(table(raw, "content", "m.relates_to"))
    return UndecryptableEvent(*fields, thread_root=thread, withheld=withheld)


def membership_change(raw: Json) -> tuple[str, str, str] | None:
    """The user of a member event, their membership now, and their membership before."""
    user, now = text(raw, "state_key"), text(table(raw, "content"), "membership")
    if text(raw, "type") != "m.room.member" or not user or not now:
        return None
    before = table(raw, "unsigned", "prev_content") or table(raw, "prev_content")
    return user, now, text(before, "membership") or "leave"


def _membership(fields: _EventFields, raw: Json, me: str) -> JoinEvent | LeaveEvent | None:
    user, now, before = membership_change(raw) or ("", "", "")
    if now == "join" and before != "join":
        return JoinEvent(*fields, user=user, me=user == me)
    if now in ("leave", "ban") and before == "join":
        return LeaveEvent(*fields, user=user, me=user == me)
    return None


def _message(fields: _EventFields, content: Json) -> MessageEvent | None:
    relation = table(content, "m.relates_to")
    edits = None
    if text(relation, "rel_type") == "m.replace":
        edits, content = text(relation, "event_id"), table(content, "m.new_content")
        if not edits:
            return None
    message_type, body = text(content, "msgtype"), text(content, "body")
    if message_type not in _MESSAGE_TYPES or body is None:
        return None
    has_html = text(content, "format") == "org.matrix.custom.html"
    mentions = content.get("m.mentions")
    # Within a thread, a reply is for old clients unless the event says otherwise.
    is_reply = relation.get("is_falling_back") is not True
    return MessageEvent(
        *fields,
        body=body,
        formatted=text(content, "formatted_body") if has_html else None,
        mentions=frozenset(texts(mentions, "user_ids")) if isinstance(mentions, dict) else None,
        reply_to=text(table(relation, "m.in_reply_to"), "event_id") if is_reply else None,
        thread_root=_thread(relation),
        edits=edits,
        attachment=_attachment(content) if message_type in _FILE_TYPES else None,
        notice=message_type == "m.notice",
        emote=message_type == "m.emote",
    )


def _thread(relation: Json) -> str | None:
    return text(relation, "event_id") if text(relation, "rel_type") == "m.thread" else None


def _attachment(content: Json) -> MatrixAttachment | None:
    file, info = table(content, "file"), table(content, "info")
    url = text(file, "url") if file else text(content, "url")
    if not url:
        return None
    size = number(info, "size")
    # Missing parts stay empty: the decryption then fails with a reason.
    key, hashes = table(file, "key"), table(file, "hashes")
    parts = (text(key, "k"), text(file, "iv"), text(hashes, "sha256"))
    return MatrixAttachment(
        url=url,
        name=text(content, "filename") or text(content, "body") or "",
        size=size if size is not None and size >= 0 else None,
        seal=EncryptionDetails(*(part or "" for part in parts)) if file else None,
    )
