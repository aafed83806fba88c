"""Events as the homeserver sends them, read into our own; what makes no sense is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict

from bot.platforms.matrix.api.events import (
    Attachment,
    EncryptionDetails,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    RoomEvent,
    TombstoneEvent,
    UndecryptableEvent,
)
from bot.platforms.matrix.api.json_values import Json, flag, number, table, text, texts

ENCRYPTED = "m.room.encrypted"

_ATTACHED = frozenset(("m.file", "m.image", "m.audio", "m.video"))
_SPOKEN = frozenset(("m.text", "m.notice", "m.emote")) | _ATTACHED

_LATEST = datetime(9999, 12, 1, tzinfo=UTC).timestamp()


class Common(TypedDict):
    """What every event has, as arguments of its class."""

    room: str
    event_id: str
    sender: str
    at: datetime


def common(room: str, raw: Json) -> Common | None:
    """What every event has; None where it is missing."""
    event_id, sender = text(raw, "event_id"), text(raw, "sender")
    if not event_id or not sender:
        return None
    seconds = (number(raw, "origin_server_ts") or 0) / 1000
    at = datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC)
    return Common(room=room, event_id=event_id, sender=sender, at=at)


def happening(room: str, raw: Json, me: str, *, encrypted: bool = False) -> RoomEvent | None:
    """What an event tells; None for what nobody here has to know of.

    `raw` is in clear; `encrypted` says whether it came so.
    """
    shared = common(room, raw)
    if shared is None:
        return None
    content, kind = table(raw, "content"), text(raw, "type")
    if kind == "m.room.message":
        return _said(shared, content, encrypted)
    if kind == "m.reaction":
        relation = table(content, "m.relates_to")
        to, key = text(relation, "event_id"), text(relation, "key")
        known = text(relation, "rel_type") == "m.annotation" and to and key
        return ReactionEvent(**shared, to=to or "", key=key or "") if known else None
    if kind == "m.room.redaction":
        # Room versions 11 and up have it inside.
        gone = text(raw, "redacts") or text(content, "redacts")
        return RedactionEvent(**shared, redacts=gone) if gone else None
    if kind == "m.room.member":
        return _member(shared, raw, me)
    if kind == "m.room.tombstone" and raw.get("state_key") == "":
        return TombstoneEvent(**shared, replacement=text(content, "replacement_room") or "")
    return None


def unsealed(room: str, clear: Json, me: str) -> MessageEvent | ReactionEvent | None:
    """What a decrypted event tells: what a person may say, and nothing else.

    The server has not seen what is inside. Who may replace a room, come into it or take
    things down is its business, so anything of that kind that comes sealed is forged.
    """
    found = happening(room, clear, me, encrypted=True)
    return found if isinstance(found, MessageEvent | ReactionEvent) else None


def undecryptable(room: str, raw: Json) -> UndecryptableEvent | None:
    """An encrypted message that cannot be read; its place in a thread stands outside."""
    shared = common(room, raw)
    if shared is None:
        return None
    return UndecryptableEvent(**shared, thread_root=_thread(table(raw, "content", "m.relates_to")))


def membership(raw: Json) -> tuple[str, str, str] | None:
    """Of a member event: who, what they are now, and what they were before."""
    user, now = text(raw, "state_key"), text(table(raw, "content"), "membership")
    if text(raw, "type") != "m.room.member" or not user or not now:
        return None
    before = table(raw, "unsigned", "prev_content") or table(raw, "prev_content")
    return user, now, text(before, "membership") or "leave"


def _member(shared: Common, raw: Json, me: str) -> JoinEvent | LeaveEvent | None:
    told = membership(raw)
    if told is None:
        return None
    user, now, before = told
    if now == "join" and before != "join":
        return JoinEvent(**shared, user=user, me=user == me)
    if now in ("leave", "ban") and before == "join":
        return LeaveEvent(**shared, user=user, me=user == me)
    return None


def _said(shared: Common, content: Json, encrypted: bool) -> MessageEvent | None:
    relation = table(content, "m.relates_to")
    edits = None
    if text(relation, "rel_type") == "m.replace":
        edits, content = text(relation, "event_id"), table(content, "m.new_content")
        if not edits:
            return None
    kind, body = text(content, "msgtype"), text(content, "body")
    if kind not in _SPOKEN or body is None:
        return None
    html = text(content, "format") == "org.matrix.custom.html"
    named = content.get("m.mentions")
    mentions = None
    if isinstance(named, dict):
        mentions = frozenset(texts(named, "user_ids"))
    # In a thread a reply is there for old clients, unless it says otherwise.
    meant = not flag(relation, "is_falling_back")
    return MessageEvent(
        **shared,
        body=body,
        formatted=text(content, "formatted_body") if html else None,
        mentions=mentions,
        mentions_room=flag(table(content, "m.mentions"), "room"),
        reply_to=text(table(relation, "m.in_reply_to"), "event_id") if meant else None,
        thread_root=_thread(relation),
        edits=edits,
        attachment=_attachment(content) if kind in _ATTACHED else None,
        encrypted=encrypted,
        notice=kind == "m.notice",
        emote=kind == "m.emote",
    )


def _thread(relation: Json) -> str | None:
    return text(relation, "event_id") if text(relation, "rel_type") == "m.thread" else None


def _attachment(content: Json) -> Attachment | None:
    file, info = table(content, "file"), table(content, "info")
    url = text(file, "url") if file else text(content, "url")
    if not url:
        return None
    size = number(info, "size")
    return Attachment(
        url=url,
        name=text(content, "filename") or text(content, "body") or "",
        media_type=text(info, "mimetype"),
        size=size if size is not None and size >= 0 else None,
        seal=_seal(file) if file else None,
    )


def _seal(file: Json) -> EncryptionDetails:
    # What is missing stays empty: opening the file then fails, with a reason.
    return EncryptionDetails(
        key=text(table(file, "key"), "k") or "",
        iv=text(file, "iv") or "",
        sha256=text(table(file, "hashes"), "sha256") or "",
    )
