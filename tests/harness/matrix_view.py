"""What a client shows of a room: messages with their edits, redactions and reactions applied."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
"""An event as `/sync` gives it; one that was decrypted has `encrypted` and `trusted` as well."""

UNREADABLE = "m.room.encrypted"
"""The kind of a message that could not be decrypted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it stands now.

    `kind` is its msgtype; `mentions` is None where `m.mentions` is absent, `reactions` are
    pairs of a user and a sign. `encrypted` tells that it came encrypted, `trusted` that its
    device was signed by its owner. `content` is the newest whole content.
    """

    event_id: str
    sender: str
    kind: str
    body: str
    html: str | None
    reply_to: str | None
    thread: str | None
    mentions: tuple[str, ...] | None
    edited: bool = False
    gone: bool = False
    encrypted: bool = False
    trusted: bool = False
    reactions: tuple[tuple[str, str], ...] = ()
    content: dict[str, Any] = field(default_factory=dict, repr=False)

    def signs(self, sender: str) -> set[str]:
        """The reactions of one user."""
        return {sign for who, sign in self.reactions if who == sender}


def seen(events: Iterable[Event]) -> list[Seen]:
    """The messages of a timeline, in the order they were first said."""
    held = list(events)
    redacted = {_redacts(event) for event in held if event["type"] == "m.room.redaction"}
    edits: dict[str, list[Event]] = {}
    reactions: dict[str, list[tuple[str, str]]] = {}
    for event in held:
        relation = _relation(event)
        target = relation.get("event_id")
        if event["event_id"] in redacted or not isinstance(target, str):
            continue
        if relation.get("rel_type") == "m.replace" and "m.new_content" in event["content"]:
            edits.setdefault(target, []).append(event)
        elif event["type"] == "m.reaction" and relation.get("rel_type") == "m.annotation":
            sign = (str(event["sender"]), str(relation.get("key")))
            reactions.setdefault(target, []).append(sign)
    return [
        _message(
            event,
            [e for e in edits.get(event["event_id"], []) if e["sender"] == event["sender"]],
            tuple(reactions.get(event["event_id"], [])),
            event["event_id"] in redacted or "redacted_because" in event.get("unsigned", {}),
        )
        for event in held
        if event["type"] in {"m.room.message", "m.room.encrypted"}
        and _relation(event).get("rel_type") != "m.replace"
    ]


def _message(
    event: Event, edits: list[Event], reactions: tuple[tuple[str, str], ...], gone: bool
) -> Seen:
    first = {} if gone else event["content"]
    content = edits[-1]["content"]["m.new_content"] if edits and not gone else first
    relation = first.get("m.relates_to", {})
    kind = UNREADABLE if event["type"] == "m.room.encrypted" else content.get("msgtype", "")
    mentions = content.get("m.mentions")
    return Seen(
        event_id=event["event_id"],
        sender=event["sender"],
        kind="" if gone else kind,
        body=content.get("body", ""),
        html=content.get("formatted_body"),
        reply_to=relation.get("m.in_reply_to", {}).get("event_id"),
        thread=relation.get("event_id") if relation.get("rel_type") == "m.thread" else None,
        mentions=None if mentions is None else tuple(mentions.get("user_ids", ())),
        edited=bool(edits),
        gone=gone,
        encrypted=bool(event.get("encrypted")),
        trusted=bool(event.get("trusted")),
        reactions=reactions,
        content=content,
    )


def _relation(event: Event) -> dict[str, Any]:
    relation = event.get("content", {}).get("m.relates_to")
    return relation if isinstance(relation, dict) else {}


def _redacts(event: Event) -> str | None:
    """What it takes down; the field moved into the content with room version 11."""
    return event.get("content", {}).get("redacts") or event.get("redacts")
