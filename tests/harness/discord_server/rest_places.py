"""Routes of the application, users, guilds, channels and threads."""

import hashlib

from tests.harness.discord_server import payloads
from tests.harness.discord_server.errors import (
    ApiError,
    Fault,
    form_error,
    missing_access,
    missing_permissions,
    unknown,
)
from tests.harness.discord_server.limits import too_long
from tests.harness.discord_server.permissions import Can
from tests.harness.discord_server.places import Channel, Guild, Kind, open_dm
from tests.harness.discord_server.posting import begin_thread
from tests.harness.discord_server.rest import Call, RestAnswer, Route
from tests.harness.discord_server.rest_messages import CHANNEL, ONE, existing, place
from tests.harness.discord_server.world import JSON, Event

GUILD = "/guilds/{guild_id}"
THREAD_MEMBERS = f"{CHANNEL}/thread-members"


def home(call: Call) -> Guild:
    """The guild of the path, which the bot is a member of."""
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None:
        raise unknown("Guild")
    if not guild.has_bot:
        raise missing_access()
    return guild


async def gateway(call: Call) -> RestAnswer:
    return RestAnswer(200, {"url": call.world.base_url.replace("http", "ws", 1) + "/gateway/"})


async def gateway_bot(call: Call) -> RestAnswer:
    limit = {"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}
    url = call.world.base_url.replace("http", "ws", 1) + "/gateway/"
    body = {"url": url, "shards": call.world.app.shards, "session_start_limit": limit}
    return RestAnswer(200, body)


async def me(call: Call) -> RestAnswer:
    return RestAnswer(200, payloads.me(call.world.app))


async def change_me(call: Call) -> RestAnswer:
    world, form = call.world, call.form
    world.bot.name = form["username"]
    if form.get("avatar"):
        world.bot.avatar = hashlib.md5(form["avatar"].encode(), usedforsecurity=False).hexdigest()
    body = payloads.me(world.app)
    world.publish(Event("USER_UPDATE", body))
    return RestAnswer(200, body)


async def application(call: Call) -> RestAnswer:
    return RestAnswer(200, payloads.application(call.world.app))


async def user(call: Call) -> RestAnswer:
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise unknown("User")
    return RestAnswer(200, payloads.user(found))


async def my_guilds(call: Call) -> RestAnswer:
    world = call.world
    mine = [g for g in world.guilds.values() if g.has_bot]
    bodies: list[JSON] = [
        {
            "id": str(g.id),
            "name": g.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(g.everyone.permissions)),
            "features": [],
        }
        for g in mine
    ]
    return RestAnswer(200, bodies)


async def leave(call: Call) -> RestAnswer:
    home(call).remove_member(call.world.bot)
    return RestAnswer(204)


async def make_dm(call: Call) -> RestAnswer:
    who = call.form.get("recipient_id")
    found = call.world.users.get(int(str(who))) if str(who).isdigit() else None
    if found is None:
        raise form_error([Fault(("recipient_id",), "BASE_TYPE_REQUIRED", "Unknown user.")])
    if found.bot:
        raise ApiError(400, 50007, "Cannot send messages to this user")
    return RestAnswer(200, payloads.channel(open_dm(call.world, found)))


async def guild(call: Call) -> RestAnswer:
    return RestAnswer(200, payloads.guild(home(call)))


async def channels(call: Call) -> RestAnswer:
    return RestAnswer(200, [payloads.channel(c) for c in home(call).channels])


async def roles(call: Call) -> RestAnswer:
    found = home(call)
    return RestAnswer(200, [payloads.role(r) for r in (found.everyone, *found.roles)])


async def members(call: Call) -> RestAnswer:
    if not call.world.app.members_intent:
        raise missing_access()
    limit, after = int(call.query.get("limit", 1)), int(call.query.get("after", 0))
    found = [m for uid, m in sorted(home(call).members.items()) if uid > after][:limit]
    return RestAnswer(200, [payloads.member(m) for m in found])


async def member(call: Call) -> RestAnswer:
    found = home(call).members.get(call.id("user_id"))
    if found is None:
        raise unknown("Member")
    return RestAnswer(200, payloads.member(found))


async def active_threads(call: Call) -> RestAnswer:
    guild, bot = home(call), call.world.bot
    found = [t for t in guild.threads if not t.archived and t.allows(bot, Can.VIEW_CHANNEL)]
    mine = [payloads.thread_member(t, bot.id) for t in found if bot.id in t.thread_members]
    body = {"threads": [payloads.channel(t) for t in found], "members": mine, "has_more": False}
    return RestAnswer(200, body)


async def archived_threads(call: Call) -> RestAnswer:
    """The archived public threads of a channel, those archived last first."""
    parent = place(call, Can.READ_MESSAGE_HISTORY)
    before = call.query.get("before")
    kept = [
        thread
        for thread in call.world.channels.values()
        if thread.parent is parent and thread.type == Kind.PUBLIC_THREAD and thread.archived
    ]
    if before is not None:
        kept = [t for t in kept if payloads.archived_at(t) < before]
    kept.sort(key=payloads.archived_at, reverse=True)
    limit = int(call.query.get("limit", 50))
    found = [payloads.channel(thread) for thread in kept[:limit]]
    return RestAnswer(200, {"threads": found, "members": [], "has_more": len(kept) > limit})


async def channel(call: Call) -> RestAnswer:
    return RestAnswer(200, payloads.channel(place(call)))


async def change_channel(call: Call) -> RestAnswer:
    found, data = place(call), call.form
    call.refuse(list(too_long(("name",), data.get("name"), 100, least=1)))
    needed = Can.MANAGE_THREADS if found.is_thread else Can.MANAGE_CHANNELS
    own = found.is_thread and found.owner is call.world.bot
    if not own and not found.allows(call.world.bot, needed):
        raise missing_permissions()
    found.name = data.get("name") or found.name
    found.topic = data.get("topic", found.topic)
    if found.is_thread:
        found.archived = bool(data.get("archived", found.archived))
        found.locked = bool(data.get("locked", found.locked))
    found.tell_change()
    return RestAnswer(200, payloads.channel(found))


async def delete_channel(call: Call) -> RestAnswer:
    found = place(call)
    if found.guild is not None:
        place(call, Can.MANAGE_THREADS if found.is_thread else Can.MANAGE_CHANNELS)
        found.delete()
    return RestAnswer(200, payloads.channel(found))


async def thread_from_message(call: Call) -> RestAnswer:
    parent = place(call, Can.CREATE_PUBLIC_THREADS)
    message = existing(call, parent)
    if message.thread is not None:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    _can_hold_threads(parent)
    name = _thread_name(call)
    return RestAnswer(201, _opened(begin_thread(parent, name, call.world.bot, message)))


async def thread(call: Call) -> RestAnswer:
    kind = call.form.get("type", int(Kind.PRIVATE_THREAD))
    private = kind == Kind.PRIVATE_THREAD
    needed = Can.CREATE_PRIVATE_THREADS if private else Can.CREATE_PUBLIC_THREADS
    parent = place(call, needed)
    _can_hold_threads(parent)
    return RestAnswer(
        201, _opened(parent.add_thread(_thread_name(call), call.world.bot, private=private))
    )


def _can_hold_threads(parent: Channel) -> None:
    if parent.type not in (Kind.TEXT, Kind.NEWS):
        raise ApiError(400, 50024, "Cannot execute action on this channel type")


def _thread_name(call: Call) -> str:
    name = call.form.get("name")
    call.refuse(list(too_long(("name",), name, 100, least=1)))
    return str(name)


def _opened(made: Channel) -> JSON:
    own = payloads.thread_member(made, made.world.bot.id)
    return {**payloads.channel(made), "member": own}


async def join_thread(call: Call) -> RestAnswer:
    found = place(call)
    who = call.ids.get("user_id", "@me")
    uid = call.world.bot.id if who == "@me" else call.id("user_id")
    if call.method == "PUT":
        found.thread_members.add(uid)
    else:
        found.thread_members.discard(uid)
    return RestAnswer(204)


async def thread_members(call: Call) -> RestAnswer:
    found = place(call)
    people = sorted(found.thread_members)
    return RestAnswer(200, [payloads.thread_member(found, uid) for uid in people])


ROUTES: list[Route] = [
    ("GET", "/gateway", gateway),
    ("GET", "/gateway/bot", gateway_bot),
    ("GET", "/users/@me", me),
    ("PATCH", "/users/@me", change_me),
    ("GET", "/users/@me/guilds", my_guilds),
    ("DELETE", "/users/@me/guilds/{guild_id}", leave),
    ("POST", "/users/@me/channels", make_dm),
    ("GET", "/users/{user_id}", user),
    ("GET", "/applications/@me", application),
    ("GET", "/oauth2/applications/@me", application),
    ("GET", GUILD, guild),
    ("GET", f"{GUILD}/channels", channels),
    ("GET", f"{GUILD}/roles", roles),
    ("GET", f"{GUILD}/members", members),
    ("GET", f"{GUILD}/members/{{user_id}}", member),
    ("GET", f"{GUILD}/threads/active", active_threads),
    ("GET", f"{CHANNEL}/threads/archived/public", archived_threads),
    ("GET", CHANNEL, channel),
    ("PATCH", CHANNEL, change_channel),
    ("DELETE", CHANNEL, delete_channel),
    ("POST", f"{ONE}/threads", thread_from_message),
    ("POST", f"{CHANNEL}/threads", thread),
    ("GET", THREAD_MEMBERS, thread_members),
    ("PUT", f"{THREAD_MEMBERS}/@me", join_thread),
    ("DELETE", f"{THREAD_MEMBERS}/@me", join_thread),
    ("PUT", f"{THREAD_MEMBERS}/{{user_id}}", join_thread),
    ("DELETE", f"{THREAD_MEMBERS}/{{user_id}}", join_thread),
]
