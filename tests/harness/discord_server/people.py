"""What a person does with Discord's program: write, press, choose, invoke, and what they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.harness.discord_server import posting
from tests.harness.discord_server.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    FORM,
    Interaction,
    start,
)
from tests.harness.discord_server.invoking import (
    Resolver,
    Value,
    find,
    nest,
    options,
    usable,
    wrap,
)
from tests.harness.discord_server.messages import Of, ServerMessage, walk
from tests.harness.discord_server.permissions import Can, sending
from tests.harness.discord_server.places import Channel, Kind
from tests.harness.discord_server.waiting import NotPossible
from tests.harness.discord_server.world import JSON, Upload, User, World

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3


@dataclass(eq=False, repr=False)
class DiscordPerson(User):
    """A member of the public with Discord's program in their hands.

    Every act raises NotPossible where the program would not let them.
    """

    world: World = field(kw_only=True)

    async def say(
        self,
        channel: Channel,
        text: str = "",
        *,
        reply_to: ServerMessage | None = None,
        mention_bot: bool = False,
        ping_author: bool = True,
        attachments: Sequence[Upload] = (),
        kind: int = 0,
    ) -> ServerMessage:
        """Write a message; `mention_bot` puts a mention of the bot in front.

        A `kind` other than 0 is what Discord writes in the person's name, like 7 when they join.
        """
        if not channel.allows(self, sending(channel)):
            raise NotPossible(f"{self} may not write in {channel}")
        if channel.locked:
            raise NotPossible(f"{channel} is locked")
        text = f"{self.world.bot.mention} {text}" if mention_bot else text
        if not text.strip() and not attachments and not kind:
            raise NotPossible("an empty message cannot be sent")
        message = ServerMessage(
            id=self.world.snowflakes.next(),
            channel=channel,
            author=self,
            content=text.strip(),
            timestamp=self.world.clock.now(),
            type=kind,
            attachments=[self.world.store(channel, upload) for upload in attachments],
        )
        if reply_to is not None:
            self._seen(reply_to)
            message.type, message.reply_to, message.reply_id = 19, reply_to, reply_to.id
        return posting.write(message, ping_author=ping_author)

    async def post(
        self, forum: Channel, title: str, text: str = "", *, attachments: Sequence[Upload] = ()
    ) -> ServerMessage:
        """Begin a post of a forum: a thread whose first message has its id."""
        if forum.type != Kind.FORUM or not forum.allows(self, Can.SEND_MESSAGES):
            raise NotPossible(f"{self} may not post in {forum}")
        thread = forum.add_thread(title, self)
        return self._first_in(thread, text, thread.id, attachments)

    async def begin_thread(
        self, channel: Channel, name: str, text: str = "", *, message: ServerMessage | None = None
    ) -> Channel:
        """Begin a thread, at a message or with one of one's own."""
        if not channel.allows(self, Can.CREATE_PUBLIC_THREADS):
            raise NotPossible(f"{self} may not begin a thread in {channel}")
        thread = posting.begin_thread(channel, name, self, message)
        if text:
            self._first_in(thread, text, self.world.snowflakes.next(), ())
        return thread

    def _first_in(
        self, thread: Channel, text: str, message_id: int, attachments: Sequence[Upload]
    ) -> ServerMessage:
        message = ServerMessage(message_id, thread, self, text.strip(), self.world.clock.now())
        message.attachments = [self.world.store(thread, upload) for upload in attachments]
        return posting.write(message)

    async def forward(self, message: ServerMessage, channel: Channel) -> ServerMessage:
        """Forward a message: the new one has no words of its own."""
        self._seen(message)
        made = ServerMessage(
            self.world.snowflakes.next(), channel, self, "", self.world.clock.now()
        )
        made.forwarded = message
        return posting.write(made)

    async def edit(self, message: ServerMessage, text: str) -> ServerMessage:
        """Rewrite one's own message."""
        if message.author is not self:
            raise NotPossible("one can only edit one's own messages")
        message.history.append(message.content)
        message.content = text.strip()
        posting.change(message)
        return message

    async def delete(self, message: ServerMessage) -> None:
        """Delete one's own message, or as a moderator that of somebody else."""
        if message.ephemeral:
            message.deleted = True
            return
        if message.author is not self and not message.channel.allows(self, Can.MANAGE_MESSAGES):
            raise NotPossible(f"{self} may not delete {message}")
        posting.remove(message)

    async def react(self, message: ServerMessage, emoji: str) -> None:
        """Add a reaction."""
        posting.react(self._seen(message), self, emoji)

    def commands(self, channel: Channel) -> list[str]:
        """Names of all commands one is offered here, slash commands with a slash."""
        offered = [chosen.command for chosen in usable(self.world, self, channel)]
        return [("/" if c["type"] == SLASH else "") + c["name"] for c in offered]

    async def slash(
        self, channel: Channel, name: str, given: dict[str, Value] | None = None, **more: Value
    ) -> Interaction:
        """Invoke a slash command: "corpus reload" names a sub-command."""
        first, *path = name.removeprefix("/").split()
        chosen = find(self.world, self, channel, SLASH, first)
        known, shells = nest(chosen.command, path)
        resolver = Resolver(channel)
        built = wrap(shells, options(resolver, known, {**(given or {}), **more}))
        return self._invoke(channel, chosen.command, chosen.owners, resolver, {"options": built})

    async def autocomplete(
        self, channel: Channel, name: str, option: str, text: str, **others: Value
    ) -> list[tuple[str, str]]:
        """The suggestions for what is typed so far, as (name, value); waits for them."""
        first, *path = name.removeprefix("/").split()
        chosen = find(self.world, self, channel, SLASH, first)
        known, shells = nest(chosen.command, path)
        asked = next((o for o in known if o["name"] == option), None)
        if asked is None or not asked.get("autocomplete"):
            raise NotPossible(f"the option {option!r} of {name!r} suggests nothing")
        resolver = Resolver(channel)
        built = wrap(shells, options(resolver, known, {**others, option: text}, focused=option))
        data = self._data(chosen.command, resolver, {"options": built})
        links: JSON = {"command": chosen.command}
        made = start(self.world, AUTOCOMPLETE, self, channel, data, chosen.owners, **links)
        await made.acknowledged()
        return [(c["name"], c["value"]) for c in made.choices]

    async def context_menu(
        self, name: str, target: ServerMessage | User, channel: Channel | None = None
    ) -> Interaction:
        """Choose a command in the menu of a message, or of a user in a channel."""
        place = target.channel if isinstance(target, ServerMessage) else channel
        if place is None:
            raise NotPossible("a user's menu is opened in a channel")
        kind = MESSAGE_MENU if isinstance(target, ServerMessage) else USER_MENU
        chosen = find(self.world, self, place, kind, name)
        resolver = Resolver(place)
        if isinstance(target, ServerMessage):
            tid = resolver.message(self._seen(target))
        else:
            tid = str(resolver.value(6, target))
        return self._invoke(place, chosen.command, chosen.owners, resolver, {"target_id": tid})

    async def press(self, message: ServerMessage, button: str) -> Interaction:
        """Press a button, named by its custom id or its label."""
        self._seen(message)
        for one in message.buttons:
            if button in (one.custom_id, one.label, one.emoji) and button:
                if one.disabled or one.custom_id is None:
                    raise NotPossible(f"the button {button!r} cannot be pressed: {one}")
                data = {"custom_id": one.custom_id, "component_type": Of.BUTTON}
                return self._act(message, data)
        raise NotPossible(f"no button {button!r} in {message}; there are {message.buttons}")

    async def choose(self, message: ServerMessage, menu: str, *values: str) -> Interaction:
        """Choose in a menu, named by its custom id."""
        self._seen(message)
        for part in walk(message.components):
            if part.get("type") == Of.SELECT and part["custom_id"] == menu:
                known = {option["value"] for option in part["options"]}
                if not part["min_values"] <= len(values) <= part["max_values"]:
                    raise NotPossible(f"{len(values)} choices in {part}")
                if unknown := set(values) - known:
                    raise NotPossible(f"no choices {unknown} in {part}")
                data = {"custom_id": menu, "component_type": Of.SELECT, "values": [*values]}
                return self._act(message, data)
        raise NotPossible(f"no menu {menu!r} in {message}")

    async def send_form(self, opened: Interaction, **typed: str) -> Interaction:
        """Fill in the form that a command or a button opened, by the ids of its fields; send it."""
        form = await opened.opened_form()
        fields = {part["component"]["custom_id"]: part["component"] for part in form["components"]}
        if unknown := typed.keys() - fields.keys():
            raise NotPossible(f"no fields {unknown} in {form}")
        parts: list[JSON] = []
        for number, (name, known) in enumerate(fields.items()):
            text, least = typed.get(name, ""), known.get("min_length") or 0
            if (known.get("required", True) and not text) or len(text) < least:
                raise NotPossible(f"the field {name!r} wants more than {text!r}")
            if len(text) > (known.get("max_length") or 4000):
                raise NotPossible(f"the field {name!r} takes no {len(text)} characters")
            sent = {"type": Of.INPUT, "id": 2 * number + 2, "custom_id": name, "value": text}
            parts.append({"type": Of.LABEL, "id": 2 * number + 1, "component": sent})
        data = {"custom_id": form["custom_id"], "components": parts}
        links: JSON = {"message": opened.message}
        return start(self.world, FORM, self, opened.channel, data, opened.owners, **links)

    def sees(self, channel: Channel) -> list[ServerMessage]:
        """The messages of a channel this person can see, oldest first."""
        if not channel.allows(self, Can.VIEW_CHANNEL):
            return []
        every = channel.messages.values()
        return [m for m in every if not m.deleted and m.visible_to in (None, self)]

    def _seen(self, message: ServerMessage) -> ServerMessage:
        if message not in self.sees(message.channel):
            raise NotPossible(f"{self} does not see {message}")
        return message

    def _data(self, command: JSON, resolver: Resolver, more: JSON) -> JSON:
        data: JSON = {"id": command["id"], "name": command["name"], "type": command["type"], **more}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data | ({"resolved": resolver.resolved} if resolver.resolved else {})

    def _invoke(
        self, place: Channel, command: JSON, owners: dict[str, str], resolver: Resolver, more: JSON
    ) -> Interaction:
        data = self._data(command, resolver, more)
        return start(self.world, COMMAND, self, place, data, owners, command=command)

    def _act(self, message: ServerMessage, data: JSON) -> Interaction:
        guild = message.channel.guild
        with_bot = guild is not None and guild.has_bot
        owners = {"0": str(guild.id)} if guild is not None and with_bot else {"0": "0"}
        if message.interaction is not None:
            owners = message.interaction.owners
        return start(self.world, COMPONENT, self, message.channel, data, owners, message=message)
