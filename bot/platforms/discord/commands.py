"""What members find behind the slash: asking, sources, help; and the command on a message.

Everything that is done stands in the chat; here are names, options and who is offered them.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.chat.buttons import key_of
from bot.chat.commands import MOST_CHARACTERS, Ask, Empty, Malformed, parse
from bot.chat.message import Message
from bot.chat.rate_limits import Admitted, refusal_blocks
from bot.chat.service import AskRequest
from bot.chat.texts.catalogue import Text, notice
from bot.core.errors import SourcesSayError
from bot.platforms.discord.client import Client
from bot.platforms.discord.mapping import (
    person_of_interaction,
    place_of_interaction,
    talk_of,
)

Seen = discord.Interaction[Any]

_log = logging.getLogger(__name__)

MOST_CHOICES = 25
CHOICE_CHARACTERS = 100

EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
INSTALLS = app_commands.AppInstallationType(guild=True, user=True)


class MemberCommands:
    """The commands that anybody may use."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._desk = client.parts.desk
        self._slash = client.parts.language.slash

    def add_to(self, tree: app_commands.CommandTree[Client]) -> None:
        """Add all of them to the commands of the bot."""
        for command in (self._ask(), self._sources(), self._source(), self._help(), self._about()):
            tree.add_command(command)
        tree.add_command(self._privacy())
        menu = app_commands.ContextMenu(
            name="Ask the sources",
            callback=self._asked_of_message,
            allowed_contexts=EVERYWHERE,
            allowed_installs=INSTALLS,
        )
        tree.add_command(menu)

    def _ask(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(
            question=self._slash["ask.question"],
            collection=self._slash["ask.collection"],
            private=self._slash["ask.private"],
        )
        @app_commands.autocomplete(collection=self._collections)
        async def ask(
            interaction: Seen,
            question: app_commands.Range[str, 1, MOST_CHARACTERS],
            collection: str | None = None,
            private: bool = False,
        ) -> None:
            await self._question(interaction, question, collection, private)

        return self._command("ask", ask)

    def _sources(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(collection=self._slash["sources.collection"])
        @app_commands.autocomplete(collection=self._collections)
        async def sources(interaction: Seen, collection: str | None = None) -> None:
            place = place_of_interaction(interaction)
            await self._private(interaction, self._desk.sources(place, collection))

        return self._command("sources", sources)

    def _source(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.describe(name=self._slash["source.name"])
        @app_commands.autocomplete(name=self.titles)
        async def source(interaction: Seen, name: str) -> None:
            place = place_of_interaction(interaction)
            await self._private(interaction, self._desk.source(place, name))

        return self._command("source", source)

    def _help(self) -> app_commands.Command[Any, ..., None]:
        async def help_(interaction: Seen) -> None:
            place, person = place_of_interaction(interaction), person_of_interaction(interaction)
            work = self._desk.help(place, person, self._client.parts.language)
            await self._private(interaction, work)

        return self._command("help", help_)

    def _about(self) -> app_commands.Command[Any, ..., None]:
        async def about(interaction: Seen) -> None:
            place = place_of_interaction(interaction)
            await self._private(interaction, self._desk.about(place, "privacy forget"))

        return self._command("about", about)

    def _privacy(self) -> app_commands.Group:
        group = app_commands.Group(
            name="privacy",
            description=self._slash["privacy"],
            allowed_contexts=EVERYWHERE,
            allowed_installs=INSTALLS,
        )

        async def forget(interaction: Seen) -> None:
            person = person_of_interaction(interaction)

            async def work() -> Message:
                return self._desk.tell(await self._client.parts.curating.forget(person))

            await self._private(interaction, work())

        group.add_command(
            app_commands.Command[Any, ..., None](
                name="forget", description=self._slash["privacy forget"], callback=forget
            )
        )
        return group

    def _command(self, name: str, callback: Any) -> app_commands.Command[Any, ..., None]:
        return app_commands.Command[Any, ..., None](
            name=name,
            description=self._slash[name],
            callback=callback,
            allowed_contexts=EVERYWHERE,
            allowed_installs=INSTALLS,
        )

    async def _asked_of_message(self, interaction: Seen, message: discord.Message) -> None:
        text = message.content.strip()
        if not text:
            told = self._desk.say(notice(Text.NO_WORDS))
            await self._client.sender.respond(interaction, _at_once(told), private=True)
            return
        await self._question(interaction, text, None, private=False)

    async def _question(
        self, interaction: Seen, text: str, collection: str | None, private: bool
    ) -> None:
        client = self._client
        place, person = place_of_interaction(interaction), person_of_interaction(interaction)
        async with client.inbox.working():
            if refused := await client.questions.refusal(place):
                await client.sender.respond(interaction, _at_once(refused), private=True)
                return
            admission = client.parts.turnstile.admit(person.id, place.room)
            if not isinstance(admission, Admitted):
                # Only who used the command sees this: it is told each time.
                blocks = refusal_blocks(replace(admission, told_before=False))
                told = self._desk.tell(blocks)
                await client.sender.respond(interaction, _at_once(told), private=True)
                return

            turn = client.parts.turnstile.turn()
            turn.queue()  # at once, for others may be admitted before the work below begins

            async def work() -> Message:
                async with turn:
                    match parse(text):
                        case Ask(question):
                            talk = talk_of(place, person, private)
                            asked = AskRequest(question, place, person, talk, collection, private)
                            return await self._desk.ask(asked)
                        case Malformed(wrong):
                            return self._desk.say(wrong)
                        case Empty():
                            return self._desk.say(notice(Text.EMPTY))
                        case _:
                            return await self._desk.help(place, person, client.parts.language)

            safe = self._desk.safely(work(), "a question")
            try:
                message, sent = await client.sender.respond(interaction, safe, private)
            finally:
                turn.leave()
            if sent is not None and not message.private:
                await self._desk.posted(message, place, person, None, [sent])

    async def _private(self, interaction: Seen, work: Awaitable[Message]) -> None:
        async with self._client.inbox.working():

            async def privately() -> Message:
                return (await work).privately()

            safe = self._desk.safely(privately(), "a command")
            await self._client.sender.respond(interaction, safe, private=True)

    async def _collections(self, interaction: Seen, current: str) -> list[Choice[str]]:
        try:
            names = await self._desk.collections(place_of_interaction(interaction))
        except SourcesSayError as fault:
            return _none(fault)
        wanted = current.casefold()
        fitting = [n for n in names if wanted in n.casefold() and len(n) <= CHOICE_CHARACTERS]
        return [Choice(name=name, value=name) for name in fitting[:MOST_CHOICES]]

    async def titles(self, interaction: Seen, current: str) -> list[Choice[str]]:
        """Documents to choose from, by what was typed of their title or path so far."""
        place = place_of_interaction(interaction)
        try:
            found = await self._desk.suggestions(place, current, MOST_CHOICES)
        except SourcesSayError as fault:
            return _none(fault)
        return [
            Choice(
                name=_short(info.document.source.title or info.document.path),
                value=_value(info.document.path),
            )
            for info in found
        ]


def _none(fault: SourcesSayError) -> list[Choice[str]]:
    """No suggestions, and why: whoever types can be told nothing then."""
    _log.error("nothing could be suggested: %s", fault)
    return []


def _short(name: str) -> str:
    line = " ".join(name.split()) or "?"
    return line if len(line) <= CHOICE_CHARACTERS else line[: CHOICE_CHARACTERS - 1] + "…"


def _value(path: str) -> str:
    return path if len(path) <= CHOICE_CHARACTERS else "#" + key_of(path)


async def _at_once(message: Message) -> Message:
    return message
