"""What happened as the payload of a job, and back: so that a restart loses nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.platforms.matrix.api.events import (
    InviteEvent,
    JoinEvent,
    MessageEvent,
    ReactionEvent,
    RedactionEvent,
    TombstoneEvent,
)

JobEvent = MessageEvent | RedactionEvent | ReactionEvent | InviteEvent | JoinEvent | TombstoneEvent
"""What is taken as a job: noted, then done, once."""

_KINDS: dict[str, type[JobEvent]] = {
    "Said": MessageEvent,
    "Redacted": RedactionEvent,
    "Reacted": ReactionEvent,
    "Invited": InviteEvent,
    "Joined": JoinEvent,
    "Tombstone": TombstoneEvent,
}
"""Kinds by the names under which jobs are stored; a name, once stored, never changes."""

_NAMES = {event: name for name, event in _KINDS.items()}


def kind_of(taken: JobEvent) -> str:
    """The stored name of what kind of event this is."""
    return _NAMES[type(taken)]


def job_payload(taken: JobEvent) -> str:
    """One line of JSON."""
    return json.dumps({"kind": kind_of(taken), **asdict(taken)}, default=_plain)


def parse_job(payload: str) -> JobEvent | None:
    """What was written; None for what this version does not understand."""
    try:
        given = json.loads(payload)
        return TypeAdapter(_KINDS[given.pop("kind")]).validate_python(given)
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)
