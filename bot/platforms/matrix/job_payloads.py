"""Payload of a job: an event as JSON, and back, so that a restart loses nothing."""

import json

from pydantic import TypeAdapter

from bot.platforms.matrix.api.events import (
    InviteEvent,
    JoinEvent,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    TombstoneEvent,
)

JobEvent = MessageEvent | RedactionEvent | ReactionEvent | InviteEvent | JoinEvent | TombstoneEvent
"""Events that become jobs."""

_TYPES: dict[str, type[JobEvent]] = {
    "Said": MessageEvent,
    "Redacted": RedactionEvent,
    "Reacted": ReactionEvent,
    "Invited": InviteEvent,
    "Joined": JoinEvent,
    "Tombstone": TombstoneEvent,
}
"""Event types by the names in stored jobs; a name never changes once it is in use."""

_ADAPTERS = {kind: TypeAdapter(event) for kind, event in _TYPES.items()}
_KINDS = {event: kind for kind, event in _TYPES.items()}


def kind_of(event: JobEvent) -> str:
    """The name under which events of this type are stored."""
    return _KINDS[type(event)]


def job_payload(event: JobEvent) -> str:
    """An event as one line of JSON."""
    kind = kind_of(event)
    return json.dumps({"kind": kind, **_ADAPTERS[kind].dump_python(event, mode="json")})


def parse_job(payload: str) -> JobEvent | None:
    """The event of a payload; None where this version does not understand it."""
    try:
        fields = json.loads(payload)
        return _ADAPTERS[fields.pop("kind")].validate_python(fields)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
