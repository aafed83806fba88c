"""Routes of messages, reactions and typing."""

from typing import Any
from urllib.parse import unquote

from tests.harness.discord_server import payloads, posting
from tests.harness.discord_server.composing import compose, recompose
from tests.harness.discord_server.errors import (
    ApiError,
    Fault,
    form_error,
    missing_access,
    missing_permissions,
    unknown,
)
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import Can, sending
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.rest import Call, RestAnswer, Route
from tests.harness.discord_server.world import JSON, Typing, User

CHANNEL = "/channels/{channel_id}"
MESSAGES = f"{CHANNEL}/messages"
ONE = f"{MESSAGES}/{{message_id}}"
EMOJI = f"{ONE}/reactions/{{emoji_name}}"
TWO_WEEKS = 14 * 24 * 3600
NONCE_SECONDS = 300


def place(call: Call, *needed: Can) -> Channel:
    """The channel of the path, where the bot can look in and has these permissions."""
    channel = call.world.channels.get(call.id("channel_id"))
    if channel is None:
        raise unknown("Channel")
    if not channel.allows(call.world.bot, Can.VIEW_CHANNEL):
        raise missing_access()
    if not all(channel.allows(call.world.bot, one) for one in needed):
        raise missing_permissions()
    return channel


def existing(call: Call, channel: Channel) -> ServerMessage:
    """The message of the path; ephemeral ones are not there for these routes."""
    message = channel.messages.get(call.id("message_id"))
    if message is None or message.deleted or message.ephemeral:
        raise unknown("Message")
    return message


def shown(call: Call, message: ServerMessage) -> JSON:
    """A message as REST shows it, blank where the application may not read."""
    return payloads.message(message, allowed=call.world.app.message_content)


async def send(call: Call) -> RestAnswer:
    channel = place(call)
    bot, data = call.world.bot, call.form
    if not channel.allows(bot, sending(channel)):
        raise missing_permissions()
    if call.uploads and not channel.allows(bot, Can.ATTACH_FILES):
        raise missing_permissions()
    if channel.locked and not channel.allows(bot, Can.MANAGE_THREADS):
        raise ApiError(400, 50083, "Thread is archived")
    if channel.guild is None and any(u.blocks_dms for u in channel.recipients):
        raise ApiError(403, 50007, "Cannot send messages to this user")
    if data.get("enforce_nonce") and (again := _sent_before(channel, bot, data.get("nonce"))):
        return RestAnswer(200, shown(call, again))
    message = compose(call, channel, data)
    if not channel.allows(bot, Can.EMBED_LINKS):
        message.embeds = []
    _refer(message, data.get("message_reference"))
    posting.write(message, data.get("allowed_mentions"))
    return RestAnswer(200, shown(call, message))


def _sent_before(channel: Channel, bot: User, nonce: Any) -> ServerMessage | None:
    """The message of the last minutes with this nonce, which a second try shall not repeat."""
    now = channel.world.clock.now()
    for old in channel.messages.values():
        fresh = (now - old.timestamp).total_seconds() < NONCE_SECONDS
        if old.author is bot and fresh and nonce is not None and old.nonce == nonce:
            return old
    return None


def _refer(message: ServerMessage, reference: JSON | None) -> None:
    """Make the message a reply, if it is one."""
    if not reference:
        return
    channel = message.channel
    if str(reference.get("channel_id", channel.id)) != str(channel.id):
        said = "Cannot reply to a message in another channel"
        raise form_error(
            [Fault(("message_reference",), "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", said)]
        )
    answered = channel.messages.get(int(reference["message_id"]))
    if answered is None or answered.deleted or answered.ephemeral:
        if reference.get("fail_if_not_exists") is not False:
            said = "Unknown message"
            fault = Fault(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", said)
            raise form_error([fault])
        return
    if not channel.allows(message.author, Can.READ_MESSAGE_HISTORY):
        said = "Cannot reply without permission to read message history"
        raise ApiError(400, 160002, said)
    message.type, message.reply_to, message.reply_id = 19, answered, answered.id


async def history(call: Call) -> RestAnswer:
    channel = place(call)
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= 100:
        said = "int value should be between 1 and 100."
        raise form_error([Fault(("limit",), "NUMBER_TYPE_MAX", said)])
    if not channel.allows(call.world.bot, Can.READ_MESSAGE_HISTORY):
        return RestAnswer(200, [])
    found = [m for m in channel.messages.values() if not m.deleted and not m.ephemeral]
    if "after" in call.query:
        after = int(call.query["after"])
        found = [m for m in found if m.id > after][:limit]
    elif "around" in call.query:
        around = int(call.query["around"])
        found = sorted(sorted(found, key=lambda m: abs(m.id - around))[:limit], key=lambda m: m.id)
    else:
        before = int(call.query.get("before", 1 << 63))
        found = [m for m in found if m.id < before][-limit:]
    return RestAnswer(200, [shown(call, m) for m in reversed(found)])


async def read(call: Call) -> RestAnswer:
    channel = place(call, Can.READ_MESSAGE_HISTORY)
    return RestAnswer(200, shown(call, existing(call, channel)))


async def edit(call: Call) -> RestAnswer:
    message = existing(call, place(call))
    if message.author is not call.world.bot:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    if message.channel.locked:
        raise ApiError(400, 50083, "Thread is archived")
    recompose(call, message, call.form)
    return RestAnswer(200, shown(call, message))


async def delete(call: Call) -> RestAnswer:
    channel = place(call)
    message = existing(call, channel)
    if message.author is not call.world.bot:
        if channel.guild is None:
            raise ApiError(403, 50003, "Cannot execute action on a DM channel")
        place(call, Can.MANAGE_MESSAGES)
    posting.remove(message)
    return RestAnswer(204)


async def bulk_delete(call: Call) -> RestAnswer:
    channel = place(call, Can.MANAGE_MESSAGES)
    ids = [int(i) for i in call.form.get("messages") or ()]
    if not 2 <= len(ids) <= 100:
        said = "You can only bulk delete between 2 and 100 messages"
        raise ApiError(400, 50016, said)
    found = [m for i in ids if (m := channel.messages.get(i)) is not None and not m.deleted]
    now = call.world.clock.now()
    if any((now - m.timestamp).total_seconds() > TWO_WEEKS for m in found):
        raise ApiError(400, 50034, "You can only bulk delete messages under 14 days old.")
    posting.remove_many(channel, found)
    return RestAnswer(204)


async def typing(call: Call) -> RestAnswer:
    channel = place(call)
    if not channel.allows(call.world.bot, sending(channel)):
        raise missing_permissions()
    world = call.world
    world.typings.append(Typing(channel, world.bot, world.clock.now()))
    return RestAnswer(204)


def _emoji(call: Call) -> str:
    name = unquote(call.ids["emoji_name"])
    if name.isascii() and ":" not in name:
        raise ApiError(400, 10014, "Unknown Emoji")
    return name


async def react(call: Call) -> RestAnswer:
    channel = place(call, Can.READ_MESSAGE_HISTORY)
    message, emoji = existing(call, channel), _emoji(call)
    if emoji not in message.reactions and not channel.allows(call.world.bot, Can.ADD_REACTIONS):
        raise missing_permissions()
    posting.react(message, call.world.bot, emoji)
    return RestAnswer(204)


async def unreact(call: Call) -> RestAnswer:
    message = existing(call, place(call))
    posting.unreact(message, call.world.bot, _emoji(call))
    return RestAnswer(204)


async def unreact_other(call: Call) -> RestAnswer:
    message = existing(call, place(call, Can.MANAGE_MESSAGES))
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise unknown("User")
    posting.unreact(message, user, _emoji(call))
    return RestAnswer(204)


async def who_reacted(call: Call) -> RestAnswer:
    message = existing(call, place(call))
    return RestAnswer(200, [payloads.user(u) for u in message.reactions.get(_emoji(call), [])])


async def clear_reactions(call: Call) -> RestAnswer:
    message = existing(call, place(call, Can.MANAGE_MESSAGES))
    for emoji, people in list(message.reactions.items()):
        for user in list(people):
            posting.unreact(message, user, emoji)
    return RestAnswer(204)


async def pin(call: Call) -> RestAnswer:
    existing(call, place(call, Can.MANAGE_MESSAGES)).pinned = call.method == "PUT"
    return RestAnswer(204)


ROUTES: list[Route] = [
    ("POST", MESSAGES, send),
    ("GET", MESSAGES, history),
    ("POST", f"{MESSAGES}/bulk-delete", bulk_delete),
    ("PUT", f"{MESSAGES}/pins/{{message_id}}", pin),
    ("DELETE", f"{MESSAGES}/pins/{{message_id}}", pin),
    ("GET", ONE, read),
    ("PATCH", ONE, edit),
    ("DELETE", ONE, delete),
    ("POST", f"{CHANNEL}/typing", typing),
    ("PUT", f"{EMOJI}/@me", react),
    ("DELETE", f"{EMOJI}/@me", unreact),
    ("DELETE", f"{EMOJI}/{{user_id}}", unreact_other),
    ("GET", EMOJI, who_reacted),
    ("DELETE", f"{ONE}/reactions", clear_reactions),
]
