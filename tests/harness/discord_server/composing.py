"""From a request's body to a message: checked, and with its files kept."""

from collections.abc import Callable
from typing import Any

from tests.harness.discord_server.errors import ApiError, Fault
from tests.harness.discord_server.finishing import finish_components, finish_embeds
from tests.harness.discord_server.limits import file_faults, is_empty, message_faults
from tests.harness.discord_server.messages import Flag, ServerMessage
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.posting import change
from tests.harness.discord_server.rest import Call
from tests.harness.discord_server.world import JSON, Attachment

Rename = Callable[[Fault], Fault]


def compose(
    call: Call, channel: Channel, data: JSON, *, interaction: bool = False, prefix: str = ""
) -> ServerMessage:
    """A message as the body asks for it, not yet written anywhere.

    `prefix` is where the message stands in the body ("data" in interaction callbacks).
    """
    faults = message_faults(data, ephemeral_allowed=interaction)
    faults += file_faults(data, list(call.uploads), set())
    _refuse(call, faults, prefix)
    if is_empty(data, files=len(call.uploads)):
        raise ApiError(400, 50006, "Cannot send an empty message")
    world = call.world
    flags = Flag(data.get("flags") or 0)
    hide = Flag.EPHEMERAL in flags
    files = [
        world.store(channel, upload, description=_description(data, name), hide=hide)
        for name, upload in call.uploads.items()
    ]
    return ServerMessage(
        id=world.snowflakes.next(),
        channel=channel,
        author=world.bot,
        content=str(data.get("content") or "").strip(),
        timestamp=world.clock.now(),
        embeds=finish_embeds(data.get("embeds") or []),
        components=finish_components(data.get("components") or [], files),
        attachments=files,
        flags=flags,
        nonce=data.get("nonce"),
    )


def recompose(call: Call, message: ServerMessage, data: JSON, *, prefix: str = "") -> None:
    """Change a message as the body asks for it, and tell the gateway."""
    layout = Flag.COMPONENTS_V2 in message.flags
    faults = message_faults(data, ephemeral_allowed=True, layout=layout)
    faults += file_faults(data, list(call.uploads), {a.id for a in message.attachments})
    becomes = bool((data.get("flags") or 0) & Flag.COMPONENTS_V2)
    if becomes and not layout:
        kept = (("content", message.content), ("embeds", message.embeds))
        said = "The field cannot be used with MessageFlags.IS_COMPONENTS_V2."
        faults += [
            Fault((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", said)
            for key, value in kept
            if value and key not in data
        ]
    _refuse(call, faults, prefix)
    kept_files = _kept(message, data)
    after: JSON = {
        "content": data.get("content", message.content),
        "embeds": data.get("embeds", message.embeds),
        "components": data.get("components", message.components),
        "attachments": kept_files,
    }
    if is_empty(after, files=len(call.uploads)):
        raise ApiError(400, 50006, "Cannot send an empty message")
    message.history.append(message.text)
    files = [
        call.world.store(message.channel, upload, description=_description(data, name))
        for name, upload in call.uploads.items()
    ]
    message.attachments = kept_files + files
    message.content = str(after["content"] or "").strip()
    if "embeds" in data:
        message.embeds = finish_embeds(data["embeds"] or [])
    if "components" in data:
        message.components = finish_components(data["components"] or [], message.attachments)
    quiet = Flag.SUPPRESS_EMBEDS
    message.flags = (message.flags & ~(Flag.LOADING | quiet)) | (
        Flag(data["flags"] or 0) & (quiet | Flag.COMPONENTS_V2)
        if "flags" in data
        else message.flags & quiet
    )
    change(message, data.get("allowed_mentions"))


def _refuse(call: Call, faults: list[Fault], prefix: str) -> None:
    at = (prefix,) if prefix else ()
    call.refuse([Fault((*at, *f.path), f.code, f.message) for f in faults])


def _description(data: JSON, name: str) -> str | None:
    number = name[len("files[") : -1]
    for one in data.get("attachments") or ():
        if str(one.get("id")) == number:
            said: Any = one.get("description")
            return str(said) if said else None
    return None


def _kept(message: ServerMessage, data: JSON) -> list[Attachment]:
    listed = data.get("attachments")
    if listed is None and "attachments" not in data:
        return list(message.attachments)
    ids = {str(a.get("id")) for a in listed or ()}
    return [a for a in message.attachments if str(a.id) in ids]
