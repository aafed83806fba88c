"""A small bot on the real discord.py, which tries every corner of the server."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands, ui

Seen = discord.Interaction["TrialBot"]
NOBODY = discord.AllowedMentions.none()


class Next(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"page:(?P<number>\d+)"):
    """A button that works after a restart too."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(ui.Button(label="Next", custom_id=f"page:{number}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str]
    ) -> Next:
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(view=page(self.number + 1))


def page(number: int) -> ui.LayoutView:
    """One page of a text, made of components v2."""
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay(f"Page {number}"),
            ui.Separator(),
            ui.Section(ui.TextDisplay("Beside a button"), accessory=Next(number)),
        )
    )
    return view


class TrialBot(discord.Client):
    """Answers mentions, and has a command for each kind of answer."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        super().__init__(intents=intents, guild_ready_timeout=0, allowed_mentions=NOBODY)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.log: list[str] = []

    async def setup_hook(self) -> None:
        add_commands(self.tree)
        self.add_dynamic_items(Next)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No pause before a new session: the one that discord.py makes is five seconds."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author == self.user:
            return
        self.heard.append(message)
        if self.user in message.mentions or message.guild is None:
            await self.answer(message)

    async def answer(self, message: discord.Message) -> None:
        """Do what the message says."""
        if "file" in message.content:
            data = await message.attachments[0].read()
            back = discord.File(__file__, "back.py")
            await message.reply(f"{len(data)} bytes", file=back)
        elif "thread" in message.content:
            thread = await message.create_thread(name="Aside")
            await thread.send("In here")
        elif "page" in message.content:
            await message.reply(view=page(1))
        else:
            async with message.channel.typing():
                await message.reply(f"You said: {message.clean_content}"[:2000])

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.log.append(f"edited {payload.data.get('content')}")

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self.log.append(f"deleted {payload.message_id}")

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.log.append(f"reaction {payload.emoji}")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.log.append(f"removed from {guild.name}")

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.log.append(f"thread {thread.name}")


def add_commands(tree: app_commands.CommandTree[Any]) -> None:
    """One command for each kind of answer."""

    @tree.command(description="Ask at once or later")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(question="What to ask", private="Only for you")
    async def ask(interaction: Seen, question: str, private: bool = False) -> None:
        await interaction.response.send_message(f"Asked: {question}", ephemeral=private)

    @tree.command(description="Think first")
    async def think(interaction: Seen, private: bool = False) -> None:
        await interaction.response.defer(thinking=True, ephemeral=private)
        await interaction.followup.send("Thought")
        await interaction.followup.send("And more", ephemeral=private)

    _add_options(tree)
    _add_group(tree)


def _add_options(tree: app_commands.CommandTree[Any]) -> None:
    @tree.command(description="Who and what")
    async def about(
        interaction: Seen,
        user: discord.Member,
        place: discord.TextChannel,
        role: discord.Role,
        paper: discord.Attachment,
    ) -> None:
        data = await paper.read()
        said = f"{user.name} {place.name} {role.name} {data.decode()}"
        await interaction.response.send_message(said)

    @tree.command(description="Choose a source")
    async def source(interaction: Seen, title: str) -> None:
        await interaction.response.send_message(f"Source: {title}")

    @source.autocomplete("title")
    async def titles(_: Seen, typed: str) -> list[app_commands.Choice[str]]:
        known = ["Almanac", "Gazette", "Albatross"]
        return [
            app_commands.Choice(name=one, value=one.lower())
            for one in known
            if one.lower().startswith(typed.lower())
        ]

    @tree.context_menu(name="Find in sources")
    async def find(interaction: Seen, message: discord.Message) -> None:
        await interaction.response.send_message(f"Looked up: {message.content}", ephemeral=True)


def _add_group(tree: app_commands.CommandTree[Any]) -> None:
    corpus = app_commands.Group(
        name="corpus",
        description="For curators",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    @corpus.command(description="Read again")
    async def reload(interaction: Seen, count: app_commands.Range[int, 1, 5] = 1) -> None:
        await interaction.response.send_message(f"Reloaded {count}", ephemeral=True)

    tree.add_command(corpus)
