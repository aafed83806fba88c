"""What happened as the payload of a job, and back: so that a restart loses nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.platforms.matrix.api.events import Invited, Joined, Reacted, Redacted, Said, Tombstone

Taken = Said | Redacted | Reacted | Invited | Joined | Tombstone
"""What is taken as a job: noted, then done, once."""

_KINDS: dict[str, TypeAdapter[Taken]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (Said, Redacted, Reacted, Invited, Joined, Tombstone)
}


def written(taken: Taken) -> str:
    """One line of JSON."""
    return json.dumps({"kind": type(taken).__name__, **asdict(taken)}, default=_plain)


def read(payload: str) -> Taken | None:
    """What was written; None for what this version does not understand."""
    try:
        given = json.loads(payload)
        return _KINDS[given.pop("kind")].validate_python(given)
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)
