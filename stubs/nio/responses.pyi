# What we use of nio's responses, which ship no types.
from typing import Any

from nio.crypto import OlmDevice, ToDeviceMessage

class ErrorResponse: ...

class KeysUploadResponse:
    def __init__(self, curve25519_count: int, signed_curve25519_count: int) -> None: ...

class KeysQueryResponse:
    changed: dict[str, dict[str, OlmDevice]]
    @classmethod
    def from_dict(cls, parsed_dict: dict[str, Any]) -> KeysQueryResponse | ErrorResponse: ...

class KeysClaimResponse:
    @classmethod
    def from_dict(cls, parsed_dict: dict[str, Any]) -> KeysClaimResponse | ErrorResponse: ...

class ToDeviceResponse:
    def __init__(self, to_device_message: ToDeviceMessage) -> None: ...
