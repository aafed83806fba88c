"""Components and embeds as Discord gives them back: numbered, complete, with media resolved."""

from typing import Any

from tests.harness.discord_server.messages import Of, walk
from tests.harness.discord_server.world import JSON, Attachment

CHOICE: JSON = {"min_values": 1, "max_values": 1, "disabled": False}
DEFAULTS: dict[int, JSON] = {
    Of.BUTTON: {"disabled": False},
    **dict.fromkeys(Of.SELECTS, CHOICE),
    Of.CONTAINER: {"accent_color": None, "spoiler": False},
    Of.SEPARATOR: {"divider": True, "spacing": 1},
    Of.THUMBNAIL: {"description": None, "spoiler": False},
    Of.FILE: {"spoiler": False},
}


def finish_components(components: list[JSON], files: list[Attachment]) -> list[JSON]:
    """Fill in what the sender may leave out; media that name a sent file get its address."""
    by_name = {f"attachment://{f.filename}": f for f in files}
    taken = {part["id"] for part in walk(components) if part.get("id")}
    free = (number for number in range(1, 1000) if number not in taken)
    for part in walk(components):
        for whole in (part, part.get("emoji") or {}):
            for key in [key for key, value in whole.items() if value is None]:
                whole.pop(key)
        part.update(id=part.get("id") or next(free))
        for key, value in DEFAULTS.get(part["type"], {}).items():
            part.setdefault(key, value)
        for item in part.get("items") or ():
            item.setdefault("description", None)
            item.setdefault("spoiler", False)
            _resolve(item.get("media"), by_name)
        _resolve(part.get("media"), by_name)
        if part["type"] == Of.FILE:
            kept = _resolve(part["file"], by_name)
            known = {"name": kept.filename, "size": len(kept.data)} if kept else {}
            part.update({"name": "unknown", "size": 0} | known)
    return components


def _resolve(media: Any, by_name: dict[str, Attachment]) -> Attachment | None:
    """Put the real address of a file in place of its attachment:// one."""
    if not isinstance(media, dict) or "url" not in media:
        return None
    file = by_name.get(media["url"])
    url = file.url if file else media["url"]
    media |= {"url": url, "proxy_url": url, "id": str(file.id if file else 0), "flags": 0}
    return file


def finish_embeds(embeds: list[JSON]) -> list[JSON]:
    """Embeds get their type."""
    return [{**embed, "type": "rich", "content_scan_version": 0} for embed in embeds]
