"""Routes of application commands, global ones and those of a guild."""

from tests.harness.discord_server.command_limits import CHAT_INPUT, command_faults, commands_faults
from tests.harness.discord_server.errors import ApiError, missing_access, unknown
from tests.harness.discord_server.rest import Call, RestAnswer, Route
from tests.harness.discord_server.world import JSON, World

GLOBAL = "/applications/{application_id}/commands"
OF_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
PARTS = (
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "contexts",
    "integration_types",
    "nsfw",
    "dm_permission",
)


def shelf(call: Call) -> dict[int, JSON]:
    """The registered commands of the path's guild, or the global ones."""
    if call.id("application_id") != call.world.app.id:
        raise ApiError(
            403, 20012, "You are not authorized to perform this action on this application"
        )
    if "guild_id" not in call.ids:
        return call.world.commands[None]
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has_bot:
        raise missing_access()
    return call.world.commands.setdefault(guild.id, {})


def one(call: Call) -> JSON:
    """The command of the path."""
    found = shelf(call).get(call.id("command_id"))
    if found is None:
        raise unknown("application command")
    return found


def register(world: World, data: JSON, gid: int | None, old: JSON | None = None) -> JSON:
    """A command as Discord keeps it; the id of one with this name stays as it was."""
    kept: JSON = dict(old or {})
    kept |= {key: data[key] for key in PARTS if key in data}
    kept["id"] = old["id"] if old else str(world.snowflakes.next())
    kept["type"] = (old or data).get("type") or CHAT_INPUT
    kept["application_id"] = str(world.app.id)
    kept["version"] = str(world.snowflakes.next())
    kept["description"] = kept.get("description") or ""
    kept["integration_types"] = kept.get("integration_types") or [0]
    allowed = kept.get("default_member_permissions")
    kept["default_member_permissions"] = None if allowed is None else str(allowed)
    kept["nsfw"] = bool(kept.get("nsfw"))
    if gid is None:
        dm = kept.get("dm_permission")
        kept["dm_permission"] = True if dm is None else dm
        kept.setdefault("contexts", None)
    else:
        kept["guild_id"] = str(gid)
        for key in ("contexts", "dm_permission", "integration_types"):
            kept.pop(key, None)
    for key in ("name_localizations", "description_localizations"):
        kept.setdefault(key, None)
    kept["options"] = kept.get("options") or []
    return kept


def _guild(call: Call) -> int | None:
    return call.id("guild_id") if "guild_id" in call.ids else None


def _same(call: Call, data: JSON) -> JSON | None:
    wanted = (data.get("type") or CHAT_INPUT, data.get("name"))
    for kept in shelf(call).values():
        if (kept["type"], kept["name"]) == wanted:
            return kept
    return None


async def listing(call: Call) -> RestAnswer:
    return RestAnswer(200, list(shelf(call).values()))


async def replace(call: Call) -> RestAnswer:
    call.refuse(list(commands_faults(call.body)))
    fresh: list[JSON] = []
    for data in call.body:
        old = _same(call, data)
        same = {"id": old["id"], "type": old["type"]} if old else None
        fresh.append(register(call.world, data, _guild(call), same))
    kept = shelf(call)
    kept.clear()
    kept.update({int(c["id"]): c for c in fresh})
    return RestAnswer(200, fresh)


async def add(call: Call) -> RestAnswer:
    data = call.form
    old = _same(call, data)
    every = [c for c in shelf(call).values() if c is not old]
    call.refuse(list(command_faults(data)) or list(commands_faults([*every, data])))
    same = {"id": old["id"], "type": old["type"]} if old else None
    made = register(call.world, data, _guild(call), same)
    shelf(call)[int(made["id"])] = made
    return RestAnswer(200 if old else 201, made)


async def read(call: Call) -> RestAnswer:
    return RestAnswer(200, one(call))


async def change(call: Call) -> RestAnswer:
    old = one(call)
    call.refuse(list(command_faults({**old, **call.form})))
    made = register(call.world, call.form, _guild(call), old)
    shelf(call)[int(made["id"])] = made
    return RestAnswer(200, made)


async def delete(call: Call) -> RestAnswer:
    del shelf(call)[int(one(call)["id"])]
    return RestAnswer(204)


ROUTES: list[Route] = [
    (method, base + rest, handler)
    for base in (GLOBAL, OF_GUILD)
    for method, rest, handler in (
        ("GET", "", listing),
        ("PUT", "", replace),
        ("POST", "", add),
        ("GET", "/{command_id}", read),
        ("PATCH", "/{command_id}", change),
        ("DELETE", "/{command_id}", delete),
    )
]
