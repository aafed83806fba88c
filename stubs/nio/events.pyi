# What we use of nio's events, which ship no types.
from typing import Any

from nio.crypto import ToDeviceMessage

class Event:
    source: dict[str, Any]

class MegolmEvent(Event):
    sender: str
    device_id: str
    sender_key: str
    session_id: str
    room_id: str
    # What is no valid event comes back as an event of another kind.
    @classmethod
    def from_dict(cls, event_dict: dict[str, Any]) -> Event: ...
    def as_key_request(
        self,
        user_id: str,
        requesting_device_id: str,
        request_id: str | None = ...,
        device_id: str | None = ...,
    ) -> ToDeviceMessage: ...

class ToDeviceEvent:
    @classmethod
    def parse_event(cls, event_dict: dict[str, Any]) -> object: ...
