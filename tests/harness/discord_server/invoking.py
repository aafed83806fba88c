"""Looking a command up among those registered, as Discord's own program does for a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.harness.discord_server import payloads
from tests.harness.discord_server.interactions import BOT_DM, GUILD, PRIVATE, context_of
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.permissions import Can, permissions
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.waiting import NotPossible
from tests.harness.discord_server.world import JSON, Role, Upload, User, World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = range(
    1, 12
)
GUILD_INSTALL, USER_INSTALL = 0, 1
Value = str | int | float | bool | User | Channel | Role | Upload


@dataclass
class Chosen:
    """A command a person may use here, and how the bot came to be there."""

    command: JSON
    owners: dict[str, str]


def usable(world: World, user: User, channel: Channel) -> list[Chosen]:
    """All commands that this person is offered in this channel."""
    guild = channel.guild
    own = world.commands.get(guild.id, {}) if guild is not None and guild.has_bot else {}
    every = [*own.values(), *world.commands[None].values()]
    return [chosen for command in every if (chosen := _offered(world, command, user, channel))]


def _offered(world: World, command: JSON, user: User, channel: Channel) -> Chosen | None:
    guild, context = channel.guild, context_of(channel)
    owners: dict[str, str] = {}
    installs = command.get("integration_types") or [GUILD_INSTALL]
    if GUILD_INSTALL in installs:
        if guild is not None and guild.has_bot:
            owners["0"] = str(guild.id)
        elif context == BOT_DM:
            owners["0"] = "0"
    if USER_INSTALL in installs and user.app_installed:
        owners["1"] = str(user.id)
    contexts = command.get("contexts")
    if contexts is None:
        contexts = [GUILD, BOT_DM] if command.get("dm_permission", True) else [GUILD]
        contexts += [PRIVATE] if USER_INSTALL in installs else []
    if not owners or context not in contexts:
        return None
    if guild is not None:
        held = permissions(user, channel)
        needed = command.get("default_member_permissions")
        if Can.USE_APPLICATION_COMMANDS not in held:
            return None
        if needed is not None and Can.ADMINISTRATOR not in held:
            bits = Can(int(needed))
            if not bits or bits not in held:
                return None
    return Chosen(command, owners)


def find(world: World, user: User, channel: Channel, kind: int, name: str) -> Chosen:
    """The command of this kind and name; NotPossible says why there is none."""
    offered = usable(world, user, channel)
    for chosen in offered:
        if chosen.command["type"] == kind and chosen.command["name"] == name:
            return chosen
    every = [c for shelf in world.commands.values() for c in shelf.values()]
    known = any(c["type"] == kind and c["name"] == name for c in every)
    names = sorted(c.command["name"] for c in offered)
    why = "may not be used here by this person" if known else "is not registered by the bot"
    raise NotPossible(f"{name!r} {why} ({user} in {channel}); offered: {names}")


class Resolver:
    """Turns what a person gave into option values, and gathers the objects they name."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.resolved: dict[str, JSON] = {}

    def value(self, kind: int, given: Value | None) -> Any:
        """The value as the bot gets it."""
        if isinstance(given, User):
            self._keep("users", given.id, payloads.user(given))
            guild = self.channel.guild
            if guild is not None and (who := guild.members.get(given.id)) is not None:
                held = {"permissions": str(int(permissions(given, self.channel)))}
                body = payloads.member(who, with_user=False) | held
                self._keep("members", given.id, body)
            return str(given.id)
        if isinstance(given, Channel):
            held = {"permissions": str(int(permissions(self.channel.world.bot, given)))}
            self._keep("channels", given.id, payloads.channel(given) | held)
            return str(given.id)
        if isinstance(given, Role):
            self._keep("roles", given.id, payloads.role(given))
            return str(given.id)
        if isinstance(given, Upload):
            file = self.channel.world.store(self.channel, given, hide=True)
            self._keep("attachments", file.id, payloads.attachment(file))
            return str(file.id)
        return given

    def message(self, message: ServerMessage) -> str:
        """A message that a context menu was opened on."""
        self._keep("messages", message.id, payloads.message(message, allowed=True))
        return str(message.id)

    def _keep(self, kind: str, one: int, body: JSON) -> None:
        self.resolved.setdefault(kind, {})[str(one)] = body


FITTING: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (User,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (User, Role),
    NUMBER: (int, float),
    FILE: (Upload,),
}


def options(
    resolver: Resolver, known: list[JSON], given: dict[str, Value], *, focused: str | None = None
) -> list[JSON]:
    """The options of an invocation; with `focused` one is still being typed.

    Raises NotPossible where Discord's program would not let the person send it.
    """
    names = [o["name"] for o in known]
    if strange := [name for name in given if name not in names]:
        raise NotPossible(f"no such option: {strange}; there are {names}")
    built: list[JSON] = []
    for option in known:
        name = option["name"]
        if name not in given:
            if option.get("required") and focused is None:
                raise NotPossible(f"the option {name!r} is required")
            continue
        value = given[name]
        kind = option["type"]
        if name != focused:
            _check(option, value)
        body: JSON = {"name": name, "type": kind, "value": resolver.value(kind, value)}
        built.append(body | ({"focused": True} if name == focused else {}))
    return built


def _check(option: JSON, value: Value) -> None:
    """Whether the program would take this value for this option."""
    name, kind = option["name"], option["type"]
    fits = isinstance(value, FITTING[kind])
    if not fits or (kind in (INTEGER, NUMBER) and isinstance(value, bool)):
        raise NotPossible(f"the option {name!r} does not take {value!r}")
    choices = option.get("choices") or ()
    if choices and value not in [c["value"] for c in choices]:
        raise NotPossible(f"{value!r} is not among the choices of {name!r}")
    size: Any = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if kind == STRING else ("min_value", "max_value")
    if option.get(low) is not None and size < option[low]:
        raise NotPossible(f"{value!r} is below the least of {name!r}")
    most = option.get(high) if option.get(high) is not None else (6000 if kind == STRING else None)
    if most is not None and size > most:
        raise NotPossible(f"{value!r} is above the most of {name!r}")


def nest(command: JSON, path: Iterable[str]) -> tuple[list[JSON], list[JSON]]:
    """Walk down to a sub-command: its options, and the shells to wrap them in, outermost first."""
    here, shells = command.get("options") or [], []
    for name in path:
        found = next(
            (o for o in here if o["name"] == name and o["type"] in (SUBCOMMAND, GROUP)), None
        )
        if found is None:
            raise NotPossible(f"{command['name']!r} has no sub-command {name!r}")
        shells.append({"name": name, "type": found["type"]})
        here = found.get("options") or []
    if any(o["type"] in (SUBCOMMAND, GROUP) for o in here):
        names = [o["name"] for o in here]
        raise NotPossible(f"{command['name']!r} needs a sub-command: {names}")
    return here, shells


def wrap(shells: list[JSON], built: list[JSON]) -> list[JSON]:
    """Options inside of their sub-command and its group."""
    for shell in reversed(shells):
        built = [{**shell, "options": built}]
    return built
