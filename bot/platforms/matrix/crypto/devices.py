"""Devices in a homeserver's answer to a key query: the well-formed ones."""

from collections.abc import Iterable

from bot.platforms.matrix.api.json_values import Json, table


def valid_devices(answer: Json, users: Iterable[str]) -> dict[str, dict[str, Json]]:
    """The devices of `users` whose keys have the shape nio expects, by user and device id."""
    return {
        user: {
            device: raw
            for device, raw in table(answer, "device_keys", user).items()
            if isinstance(raw, dict) and _is_valid(raw, user, device)
        }
        for user in users
    }


def _is_valid(raw: Json, user: str, device: str) -> bool:
    keys, signatures = table(raw, "keys"), table(raw, "signatures")
    return (
        raw.get("user_id") == user
        and raw.get("device_id") == device
        and all(f"{algorithm}:{device}" in keys for algorithm in ("ed25519", "curve25519"))
        and all(isinstance(key, str) for key in keys.values())
        and "signatures" in raw
        and all(
            isinstance(by_key, dict) and all(isinstance(one, str) for one in by_key.values())
            for by_key in signatures.values()
        )
    )
