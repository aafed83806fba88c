"""Actions of buttons: a closed set; each has a short name that stays valid after a restart."""

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

import regex

_KEY = 16


class Verb(Enum):
    """The kind of an action; the value stands in the button's name and never changes."""

    MORE = "more"
    CONTEXT = "context"
    SOURCE = "source"
    CHECK = "check"
    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"
    REMOVE = "remove"
    SHARE = "share"
    LIST = "list"
    DOCUMENT = "document"
    DROP = "drop"
    CANCEL = "cancel"
    REASON = "reason"
    REMARK = "remark"
    FEEDBACK = "feedback"
    REPLY = "reply"
    CANDIDATES = "candidates"
    PIN = "pin"
    UNPIN = "unpin"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and its object.

    `of` is the id of a reply, or the key of a document, collection, question or pin, or empty.
    `number` is the excerpt, counted from 1, or 0 for none. `page` counts from 0.
    """

    verb: Verb
    of: str = ""
    number: int = 0
    page: int = 0

    @property
    def name(self) -> str:
        """The custom id of the button: at most 60 characters of ASCII."""
        return f"say:{self.verb.value}:{self.of}:{self.number}:{self.page}"


NAME = r"say:(?P<verb>[a-z]{2,10}):(?P<of>[0-9a-f]{0,32}):(?P<number>\d{1,4}):(?P<page>\d{1,6})"
"""Regular expression that matches the name of every action."""

_NAME = regex.compile(NAME)


def action_named(name: str) -> Action | None:
    """The action with that name; None for any other text."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        verb = Verb(match["verb"])
    except ValueError:
        return None
    return Action(verb, match["of"], int(match["number"]), int(match["page"]))


def key_of(name: str) -> str:
    """A short hash of a path or collection, for use in the name of an action."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]
