"""Writing, changing and removing messages, by whomever: what both people and the bot cause."""

import re
from typing import Any

from tests.harness.discord_server import payloads
from tests.harness.discord_server.messages import Of, ServerMessage, walk
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Channel, Intent
from tests.harness.discord_server.world import JSON, Event, Member, Payload, User

THREAD_CREATED, THREAD_STARTER = 18, 21
"""Kinds of messages that Discord writes in the name of who begins a thread."""

KINDS = ("users", "roles", "everyone")


def publish(message: ServerMessage, name: str, body: Payload | None = None) -> None:
    """Tell the gateway about a message; of an ephemeral one nobody is told."""
    channel = message.channel
    if message.ephemeral:
        channel.world.changed()
        return
    if body is None:

        def body(intents: int) -> JSON:
            return payloads.message_event(message, intents)

    channel.world.publish(
        Event(name, body, channel.guild, channel, Intent.GUILD_MESSAGES, Intent.DMS)
    )


def resolve_mentions(message: ServerMessage, rule: Any = None, *, ping_author: bool = True) -> None:
    """Work out whom a message notifies, under a bot's `allowed_mentions` if there are any."""
    texts = [message.content]
    texts += [p["content"] for p in walk(message.components) if p.get("type") == Of.TEXT]
    text = "\n".join(texts)
    allowed = dict.fromkeys(KINDS, True)
    listed: dict[str, set[str]] = {"users": set(), "roles": set()}
    if isinstance(rule, dict):
        parse = rule.get("parse")
        allowed = {kind: parse is None or kind in parse for kind in KINDS}
        listed = {kind: {str(i) for i in rule.get(kind) or ()} for kind in listed}
        allowed |= {kind: False for kind, ids in listed.items() if ids}
        ping_author = bool(rule.get("replied_user"))
    channel, world = message.channel, message.channel.world
    may_all = channel.guild is None or channel.allows(message.author, Can.MENTION_EVERYONE)
    users: list[User] = []
    for found in dict.fromkeys(re.findall(r"<@!?(\d+)>", text)):
        user = world.users.get(int(found))
        if user is not None and (allowed["users"] or found in listed["users"]):
            users.append(user)
    answered = message.reply_to
    if answered is not None and ping_author and answered.author not in users:
        users.append(answered.author)
    message.mentions = users
    roles = channel.guild.roles if channel.guild else []
    message.mention_roles = [
        role
        for role in roles
        if role.mention in text
        and (role.mentionable or may_all)
        and (allowed["roles"] or str(role.id) in listed["roles"])
    ]
    every = re.search(r"@(everyone|here)\b", text) is not None
    message.mention_everyone = every and may_all and allowed["everyone"]


def write(message: ServerMessage, rule: Any = None, *, ping_author: bool = True) -> ServerMessage:
    """Put a new message into its channel and tell the gateway."""
    channel = message.channel
    message.allowed_mentions = rule if isinstance(rule, dict) else None
    resolve_mentions(message, rule, ping_author=ping_author)
    channel.messages[message.id] = message
    channel.archived = False
    publish(message, "MESSAGE_CREATE")
    return message


def begin_thread(
    parent: Channel, name: str, owner: User, message: ServerMessage | None = None
) -> Channel:
    """Open a thread, from a message if one is given, with what Discord writes about it."""
    thread = parent.add_thread(name, owner, message=message)
    now, place = parent.world.clock.now(), parent if message is None else thread
    kind = THREAD_CREATED if message is None else THREAD_STARTER
    text = name if message is None else ""
    news = ServerMessage(parent.world.snowflakes.next(), place, owner, text, now, kind)
    news.reply_to = message
    news.reply_id = thread.id if message is None else message.id
    if message is not None:
        publish(message, "MESSAGE_UPDATE")
    write(news, ping_author=False)
    return thread


def change(message: ServerMessage, rule: Any = None) -> None:
    """Tell that a message was edited, after its parts were changed."""
    message.edited = message.channel.world.clock.now()
    if isinstance(rule, dict):
        message.allowed_mentions = rule
    resolve_mentions(message, message.allowed_mentions)
    publish(message, "MESSAGE_UPDATE")


def remove(message: ServerMessage) -> None:
    """Delete a message."""
    message.deleted = True
    body = {"id": str(message.id), **_where(message.channel)}
    publish(message, "MESSAGE_DELETE", body)


def remove_many(channel: Channel, messages: list[ServerMessage]) -> None:
    """Delete several messages at once, as moderators do."""
    for message in messages:
        message.deleted = True
    body = {"ids": [str(m.id) for m in messages], **_where(channel)}
    channel.world.publish(
        Event(
            "MESSAGE_DELETE_BULK", body, channel.guild, channel, Intent.GUILD_MESSAGES, Intent.DMS
        )
    )


def react(message: ServerMessage, user: User, emoji: str) -> None:
    """Add a reaction."""
    people = message.reactions.setdefault(emoji, [])
    if user not in people:
        people.append(user)
        _reaction(message, user, emoji, "MESSAGE_REACTION_ADD")


def unreact(message: ServerMessage, user: User, emoji: str) -> None:
    """Take a reaction away."""
    people = message.reactions.get(emoji, [])
    if user in people:
        people.remove(user)
        if not people:
            del message.reactions[emoji]
        _reaction(message, user, emoji, "MESSAGE_REACTION_REMOVE")


def _reaction(message: ServerMessage, user: User, emoji: str, name: str) -> None:
    channel = message.channel
    body: JSON = {
        "user_id": str(user.id),
        "message_id": str(message.id),
        "message_author_id": str(message.author.id),
        "emoji": {"id": None, "name": emoji},
        "burst": False,
        "type": 0,
        **_where(channel),
    }
    member: Member | None = channel.guild.members.get(user.id) if channel.guild else None
    if member is not None and name.endswith("ADD"):
        body["member"] = payloads.member(member)
    intents = (Intent.GUILD_REACTIONS, Intent.DM_REACTIONS)
    channel.world.publish(Event(name, body, channel.guild, channel, *intents))


def _where(channel: Channel) -> JSON:
    body: JSON = {"channel_id": str(channel.id)}
    return body | ({"guild_id": str(channel.guild.id)} if channel.guild else {})
