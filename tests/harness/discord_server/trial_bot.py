"""A small bot on the real discord.py, which tries every corner of the server."""

from __future__ import annotations

import asyncio
import os
import re
from typing import Any

import aiohttp
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


class Form(ui.Modal, title="Feedback"):
    """A modal with both kinds of field."""

    why: ui.Label[Any] = ui.Label(text="Why", component=ui.TextInput(custom_id="why"))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        field = self.why.component
        assert isinstance(field, ui.TextInput)
        await interaction.response.send_message(f"Thanks: {field.value}", ephemeral=True)


class Picking(ui.View):
    """A message of the old kind, with a menu."""

    @ui.select(
        custom_id="pick",
        options=[
            discord.SelectOption(label="First", value="1"),
            discord.SelectOption(label="Second", value="2"),
        ],
    )
    async def chosen(self, interaction: Seen, select: ui.Select[Picking]) -> None:
        await interaction.response.edit_message(content=f"Picked {select.values}", view=None)


class TrialBot(discord.Client):
    """Answers mentions, and has a command for each kind of answer."""

    def __init__(self, *, content: bool = False, **options: Any) -> None:
        intents = discord.Intents.default()
        intents.message_content = content
        super().__init__(intents=intents, guild_ready_timeout=0, allowed_mentions=NOBODY, **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.log: list[str] = []
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()
        self.late = asyncio.Event()

    async def setup_hook(self) -> None:
        add_commands(self)
        self.add_dynamic_items(Next)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No pause before a new session: the one that discord.py makes is five seconds."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author == self.user:
            return
        self.heard.append(message)
        self.log.append(f"message {message.content}")
        if self.user in message.mentions or message.guild is None:
            try:
                await self.answer(message)
            except (discord.HTTPException, aiohttp.ClientError) as error:
                self.errors.put_nowait(error)

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
        elif "long" in message.content:
            await message.reply("x" * 2001)
        else:
            async with message.channel.typing():
                await message.reply(f"You said: {message.clean_content}"[:2000])

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.log.append(f"edited {payload.data.get('content')}")

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        self.log.append(f"deleted {payload.message_id}")

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.log.append(f"reaction {payload.emoji}")

    async def on_resumed(self) -> None:
        self.log.append("resumed")

    async def on_ready(self) -> None:
        self.log.append("ready")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.log.append(f"removed from {guild.name}")

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.log.append(f"thread {thread.name}")


def main() -> None:
    """Run in a process of its own, with the token from the environment."""
    TrialBot().run(os.environ["TRIAL_TOKEN"], log_handler=None)


def add_commands(bot: TrialBot) -> None:
    """One command for each kind of answer."""
    tree = bot.tree

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

    @tree.command(description="Answer when told")
    async def slow(interaction: Seen) -> None:
        await bot.late.wait()
        try:
            await interaction.response.send_message("Late")
        except discord.HTTPException as error:
            bot.errors.put_nowait(error)

    @tree.command(description="Answer twice")
    async def twice(interaction: Seen) -> None:
        await interaction.response.send_message("Once")
        try:
            # The library itself refuses a second answer on the same object.
            await discord.InteractionResponse(interaction).send_message("Again")
        except discord.HTTPException as error:
            bot.errors.put_nowait(error)

    _add_options(tree)
    _add_group(tree)


def _add_options(tree: app_commands.CommandTree[Any]) -> None:
    @tree.command(description="Fill in a form")
    async def form(interaction: Seen) -> None:
        await interaction.response.send_modal(Form())

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

    @corpus.command(description="Choose one")
    async def pick(interaction: Seen) -> None:
        await interaction.response.send_message("Pick", view=Picking(timeout=None))

    tree.add_command(corpus)


if __name__ == "__main__":
    main()
