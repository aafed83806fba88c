"""What exists, written the way Discord writes it in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.harness.discord_server.clock import iso
from tests.harness.discord_server.messages import Flag, ServerMessage
from tests.harness.discord_server.permissions import permissions
from tests.harness.discord_server.world import (
    JSON,
    App,
    Attachment,
    Member,
    Role,
    User,
)

if TYPE_CHECKING:
    from tests.harness.discord_server.interactions import Interaction
    from tests.harness.discord_server.places import Channel, Guild

MESSAGE_CONTENT = 1 << 15


def user(who: User) -> JSON:
    """A user object."""
    return {
        "id": str(who.id),
        "username": who.name if who.bot else who.name.lower().replace(" ", "_"),
        "global_name": who.display_name or who.name,
        "discriminator": "0001" if who.bot else "0",
        "avatar": who.avatar,
        "bot": who.bot,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "primary_guild": None,
    }


def me(app: App) -> JSON:
    """The bot as it sees itself."""
    own = {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}
    return {**user(app.bot), **own}


def application(app: App) -> JSON:
    """The application as its bot sees it."""
    install: JSON = {"0": {"oauth2_install_params": {"scopes": ["bot"], "permissions": "0"}}}
    if app.user_install:
        install["1"] = {}
    return {
        "id": str(app.id),
        "name": app.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(app.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": app.flags,
        "flags_new": str(app.flags),
        "owner": user(app.owner),
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "integration_types_config": install,
    }


def role(one: Role) -> JSON:
    """A role object."""
    tags = {"tags": {"bot_id": str(one.bot.id)}} if one.bot else {}
    return tags | {
        "id": str(one.id),
        "name": one.name,
        "description": None,
        "permissions": str(int(one.permissions)),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.bot is not None,
        "mentionable": one.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member(one: Member, *, with_user: bool = True) -> JSON:
    """A member object."""
    body: JSON = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(one.joined),
        "nick": one.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(r.id) for r in one.roles],
        "mute": False,
        "deaf": False,
    }
    return {**body, "user": user(one.user)} if with_user else body


def channel(place: Channel) -> JSON:
    """A channel, thread or DM object."""
    body: JSON = {
        "id": str(place.id),
        "type": int(place.type),
        "flags": 0,
        "last_message_id": str(max(place.messages)) if place.messages else None,
    }
    if place.guild is None:
        people = [u for u in place.recipients if u is not place.world.bot]
        body["recipients"] = [user(u) for u in people]
        if place.owner is not None:
            body |= {"name": None, "icon": None, "owner_id": str(place.owner.id)}
        return body
    body |= {
        "guild_id": str(place.guild.id),
        "name": place.name,
        "parent_id": str(place.parent.id) if place.parent else None,
        "rate_limit_per_user": 0,
    }
    if not place.is_thread:
        return (
            body
            | _voice(place)
            | {
                "position": 0,
                "topic": place.topic,
                "nsfw": False,
                "permission_overwrites": [
                    {
                        "id": str(rule.target),
                        "type": 0 if rule.is_role else 1,
                        "allow": str(int(rule.allow)),
                        "deny": str(int(rule.deny)),
                    }
                    for rule in place.overwrites.values()
                ],
            }
        )
    return body | _thread(place)


def archived_at(place: Channel) -> str:
    """The time at which a thread was archived last, or else was begun."""
    return iso(place.archived_at or place.created or place.world.clock.now())


def _thread(place: Channel) -> JSON:
    created = iso(place.created or place.world.clock.now())
    return {
        "owner_id": str(place.owner.id) if place.owner else None,
        "message_count": len(place.messages),
        "total_message_sent": len(place.messages),
        "member_count": len(place.thread_members),
        "thread_metadata": {
            "archived": place.archived,
            "archive_timestamp": archived_at(place),
            "create_timestamp": created,
            "auto_archive_duration": 4320,
            "locked": place.locked,
        },
    }


def _voice(place: Channel) -> JSON:
    return {"bitrate": 64000, "user_limit": 0, "rtc_region": None} if place.has_voice else {}


def guild(place: Guild) -> JSON:
    """A guild object without its channels and members."""
    return {
        "id": str(place.id),
        "name": place.name,
        "owner_id": str(place.owner.id),
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": ["COMMUNITY"] if place.locale != "en-US" else [],
        "banner": None,
        "region": "deprecated",
        "application_id": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": str(place.system_channel.id) if place.system_channel else None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(r) for r in (place.everyone, *place.roles)],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": place.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(place: Guild) -> JSON:
    """A guild as it arrives over the gateway, with what the bot may see of it."""
    bot = place.world.bot
    mine = [m for m in place.members.values() if m.user is bot]
    return guild(place) | {
        "joined_at": iso(mine[0].joined) if mine else iso(place.world.clock.now()),
        "large": False,
        "unavailable": False,
        "member_count": len(place.members),
        "members": [member(m) for m in mine],
        "channels": [channel(c) for c in place.channels],
        "threads": [channel(t) for t in place.threads if permissions(bot, t) and not t.archived],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment(file: Attachment) -> JSON:
    """An attachment object."""
    body: JSON = {
        "id": str(file.id),
        "filename": file.filename,
        "size": len(file.data),
        "url": file.url,
        "proxy_url": file.url,
    }
    if file.content_type:
        body["content_type"] = file.content_type
    if file.description:
        body["description"] = file.description
    if file.ephemeral:
        body["ephemeral"] = True
    return body


def readable(one: ServerMessage, *, allowed: bool) -> bool:
    """Whether the bot is shown what a message says, given whether it may read them all."""
    bot = one.channel.world.bot
    return allowed or one.author is bot or one.channel.guild is None or bot in one.mentions


def message(one: ServerMessage, *, allowed: bool, depth: int = 1) -> JSON:
    """A message object; its words are blank for a bot that may not read them."""
    shown = readable(one, allowed=allowed)
    body: JSON = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": one.type,
        "author": user(one.author),
        "content": one.content if shown else "",
        "timestamp": iso(one.timestamp),
        "edited_timestamp": iso(one.edited) if one.edited else None,
        "tts": False,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(u) for u in one.mentions],
        "mention_roles": [str(r.id) for r in one.mention_roles],
        "mention_channels": [],
        "attachments": [attachment(a) for a in one.attachments] if shown else [],
        "embeds": one.embeds if shown else [],
        "components": one.components if shown else [],
        "pinned": one.pinned,
        "flags": int(one.flags | (Flag.HAS_THREAD if one.thread else Flag.NONE)),
    }
    if one.nonce is not None:
        body["nonce"] = one.nonce
    if one.reactions:
        body["reactions"] = [reaction(one, emoji) for emoji in one.reactions]
    if one.thread is not None:
        body["thread"] = channel(one.thread)
    if one.forwarded is not None:
        body["message_reference"] = _reference(one.forwarded) | {"type": 1}
        body["message_snapshots"] = [{"message": _snapshot(one.forwarded)}] if shown else []
    if one.reply_id is not None:
        body["message_reference"] = _reference(one, one.reply_id)
        if depth:
            kept = one.reply_to
            gone = kept is None or kept.deleted
            body["referenced_message"] = (
                None if gone or kept is None else message(kept, allowed=allowed, depth=0)
            )
    if one.interaction is not None:
        body |= _of_interaction(one, one.interaction)
    return body


def _of_interaction(one: ServerMessage, asked: Interaction) -> JSON:
    """The fields of a message that answers an interaction."""
    application = str(one.channel.world.app.id)
    body: JSON = {
        "application_id": application,
        "webhook_id": application,
        "interaction_metadata": asked.metadata(),
    }
    if asked.command is not None:
        body["interaction"] = {
            "id": str(asked.id),
            "type": asked.type,
            "name": asked.command["name"],
            "user": user(asked.user),
        }
    return body


def message_event(one: ServerMessage, intents: int) -> JSON:
    """A message as the gateway brings it to a session with these intents."""
    body = message(one, allowed=bool(intents & MESSAGE_CONTENT))
    place = one.channel
    if place.guild is not None:
        body["guild_id"] = str(place.guild.id)
        if (who := place.guild.members.get(one.author.id)) is not None:
            body["member"] = member(who, with_user=False)
    return body | {"channel_type": int(place.type)}


def reaction(one: ServerMessage, emoji: str) -> JSON:
    """How often an emoji was added to a message."""
    people = one.reactions[emoji]
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(people),
        "count_details": {"burst": 0, "normal": len(people)},
        "burst_colors": [],
        "me_burst": False,
        "burst_me": False,
        "burst_count": 0,
        "me": one.channel.world.bot in people,
    }


def _snapshot(one: ServerMessage) -> JSON:
    """What a forwarded message carries of the one it forwards."""
    body = message(one, allowed=True, depth=0)
    kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags")
    more = ("mentions", "mention_roles", "components")
    return {key: body[key] for key in (*kept, *more)}


def _reference(one: ServerMessage, target: int | None = None) -> JSON:
    body: JSON = {
        "type": 0,
        "message_id": str(target or one.id),
        "channel_id": str((one.reply_to or one).channel.id if target else one.channel.id),
    }
    if one.channel.guild is not None:
        body["guild_id"] = str(one.channel.guild.id)
    return body


def thread_member(thread: Channel, uid: int) -> dict[str, Any]:
    """A user's place in a thread."""
    joined = iso(thread.created or thread.world.clock.now())
    return {"id": str(thread.id), "user_id": str(uid), "join_timestamp": joined, "flags": 0}
