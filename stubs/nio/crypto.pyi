# What we use of nio's encryption, which ships no types.
from collections.abc import Iterator
from typing import Any

from nio.events import Event, MegolmEvent
from nio.responses import (
    KeysClaimResponse,
    KeysQueryResponse,
    KeysUploadResponse,
    ToDeviceResponse,
)
from nio.store import MatrixStore

class OlmAccount:
    shared: bool
    @property
    def identity_keys(self) -> dict[str, str]: ...

class OlmDevice:
    user_id: str
    id: str
    deleted: bool
    @property
    def curve25519(self) -> str: ...
    @property
    def ed25519(self) -> str: ...

class DeviceStore:
    def __getitem__(self, user_id: str) -> dict[str, OlmDevice]: ...
    def active_user_devices(self, user_id: str) -> Iterator[OlmDevice]: ...

class OutboundGroupSession:
    id: str
    shared: bool
    users_shared_with: set[tuple[str, str]]

class InboundGroupSession:
    id: str
    room_id: str
    sender_key: str
    first_known_index: int
    def __init__(
        self, session_key: str, signing_key: str, sender_key: str, room_id: str
    ) -> None: ...

class GroupSessionStore:
    def __iter__(self) -> Iterator[InboundGroupSession]: ...
    def get(self, room_id: str, sender_key: str, session_id: str) -> InboundGroupSession | None: ...
    def add(self, session: InboundGroupSession) -> bool: ...

class ToDeviceMessage:
    type: str
    def as_dict(self) -> dict[str, Any]: ...

class Olm:
    user_id: str
    device_id: str
    account: OlmAccount
    device_store: DeviceStore
    inbound_group_store: GroupSessionStore
    tracked_users: set[str]
    users_for_key_query: set[str]
    uploaded_key_count: int | None
    outbound_group_sessions: dict[str, OutboundGroupSession]
    outgoing_to_device_messages: list[ToDeviceMessage]
    outgoing_key_requests: dict[str, object]
    wedged_devices: list[OlmDevice]
    key_request_devices_no_session: list[OlmDevice]

    def __init__(self, user_id: str, device_id: str, store: MatrixStore) -> None: ...
    @property
    def should_upload_keys(self) -> bool: ...
    def share_keys(self) -> dict[str, Any]: ...
    def save_account(self) -> None: ...
    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None: ...
    def sign_json(self, json_dict: dict[str, Any]) -> str: ...
    def handle_to_device_event(self, event: object) -> object: ...
    def collect_key_requests(self) -> list[object]: ...
    def handle_response(
        self,
        response: KeysUploadResponse | KeysQueryResponse | KeysClaimResponse | ToDeviceResponse,
    ) -> None: ...
    def get_missing_sessions(self, users: list[str]) -> dict[str, list[str]]: ...
    def get_users_for_key_claiming(self) -> dict[str, list[str]]: ...
    def should_share_group_session(self, room_id: str) -> bool: ...
    def share_group_session_parallel(
        self, room_id: str, users: list[str], ignore_unverified_devices: bool = ...
    ) -> Iterator[tuple[set[tuple[str, str]], dict[str, Any]]]: ...
    def group_encrypt(self, room_id: str, plaintext_dict: dict[str, Any]) -> dict[str, Any]: ...
    def decrypt_megolm_event(self, event: MegolmEvent, room_id: str | None = ...) -> Event: ...
