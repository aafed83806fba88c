"""Devices as a homeserver tells of them: those whose keys are whole, in the shape nio expects."""

from __future__ import annotations

from collections.abc import Iterable

from bot.platforms.matrix.api.json_values import Json, table


def sound_devices(answer: Json, users: Iterable[str]) -> dict[str, dict[str, Json]]:
    """The devices that are told properly, of those who were asked for."""
    found: dict[str, dict[str, Json]] = {}
    for user in users:
        sane = found.setdefault(user, {})
        for device, raw in table(answer, "device_keys", user).items():
            if isinstance(raw, dict) and _is_sound(raw, user, device):
                sane[device] = raw
    return found


def _is_sound(raw: Json, user: str, device: str) -> bool:
    kept = table(raw, "keys")
    named = raw.get("user_id") == user and raw.get("device_id") == device
    whole = all(isinstance(kept.get(f"{kind}:{device}"), str) for kind in ("ed25519", "curve25519"))
    signed = all(
        isinstance(by, dict) and all(isinstance(sign, str) for sign in by.values())
        for by in table(raw, "signatures").values()
    )
    shown = all(isinstance(key, str) for key in kept.values())
    return named and whole and signed and shown and "signatures" in raw
