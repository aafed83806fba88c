"""Client of Discord's gateway: hands each event to its handler."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import discord
from cachetools import LRUCache

from bot.chat.rendering.escape import visible_line
from bot.chat.request import ChatRequest
from bot.chat.texts.catalogue import Text
from bot.chat.texts.languages import language_of_locale
from bot.chat.texts.notices import notice
from bot.platforms.discord import outbox
from bot.platforms.discord.buttons import ButtonHandler
from bot.platforms.discord.catch_up import CatchUp
from bot.platforms.discord.components import ActionButton
from bot.platforms.discord.first_steps import ServerWelcome, start_notes
from bot.platforms.discord.mapping import (
    PLATFORM,
    Interaction,
    person_of_interaction,
    place_of_interaction,
    sees_room,
    space_language,
)
from bot.platforms.discord.permissions import PermissionReports
from bot.platforms.discord.profile import set_profile
from bot.platforms.discord.questions import REMEMBERED, DiscordQuestions, disposition
from bot.platforms.discord.remarks import receive_form
from bot.platforms.discord.setup import SetupMenu
from bot.platforms.discord.threads import FirstPostHandler
from bot.platforms.inbox import Inbox
from bot.platforms.services import PlatformServices

_log = logging.getLogger(__name__)


class Client(discord.AutoShardedClient):
    """Receives the events of the gateway; decides nothing about them.

    `shard_count` is the total of the gateway's shards (None: as Discord advises), `shard_ids`
    are those of this program (none: all).
    """

    def __init__(
        self,
        services: PlatformServices,
        *,
        message_content: bool = False,
        shard_count: int | None = None,
        shard_ids: Sequence[int] = (),
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = message_content
        # discord.py takes an empty list for a choice of no shards.
        options: dict[str, Any] = {"shard_ids": shard_ids} if shard_ids else {}
        super().__init__(
            intents=intents,
            shard_count=shard_count,
            **options,
            allowed_mentions=outbox.NOBODY,
            activity=discord.CustomActivity(name=notice(Text.PRESENCE).plain()),
            max_messages=None,
            chunk_guilds_at_startup=False,
            # Longest pause between two servers that Discord names when the bot joins.
            guild_ready_timeout=0.5,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.services = services
        self.inbox = Inbox(PLATFORM, services.store.jobs, disposition)
        self._permissions = PermissionReports(self, services)
        self.echoes: LRUCache[str, str] = LRUCache(REMEMBERED)
        self._first_posts = FirstPostHandler(self, services, self.inbox, self.echoes)
        self._questions = DiscordQuestions(
            self, services, self.inbox, self._permissions, self._first_posts, self.echoes
        )
        self.buttons = ButtonHandler(services.chat, self.inbox, self._questions.deleted_ids)
        self._catch_up = CatchUp(self, services.store, self.inbox, self._questions)
        self._was_ready = False

    async def setup_hook(self) -> None:
        """Load the jobs of earlier runs, before the gateway is joined."""
        self.add_dynamic_items(ActionButton, SetupMenu)
        await self._catch_up.load()

    async def on_ready(self) -> None:
        """Report that the bot is online; then answer questions that came during its absence."""
        self.services.on_join(str(self.user), len(self.guilds), *start_notes(self))
        self._note_connection()
        if not self._was_ready:
            self._was_ready = True
            if self.user is not None:
                services = self.services
                work = partial(set_profile, self.user, services.profile, services.store.values)
                self.inbox.start(work, "the profile of the bot", key="profile")
            self._catch_up.begin(self.shards)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Answer questions that came while a shard that joins anew was away."""
        self._catch_up.disconnected.discard(shard_id)
        self._note_connection()
        # At the start the servers of all shards must be known first; later, with several shards,
        # discord.py reports a new session of one of them by this event alone.
        if self._was_ready:
            self._catch_up.begin((shard_id,))

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Note that events of a shard may be missed from now on."""
        self._catch_up.disconnected.add(shard_id)
        self._note_connection()

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note that Discord repeated the events that a shard missed."""
        self._catch_up.disconnected.discard(shard_id)
        self._note_connection()

    def _note_connection(self) -> None:
        """Note whether all shards are connected."""
        self.services.connection.set(self.is_ready() and not self._catch_up.disconnected)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Greet a server that the bot was added to."""
        welcome = ServerWelcome(self, self.services)
        self.inbox.start(partial(welcome.greet, guild), "a welcome", key=f"welcome:{guild.id}")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Write a line of log."""
        _log.warning("the bot is no longer in the server %s", visible_line(guild.name))

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log a fault of an event handler in one line."""
        _log.error("a fault in %s", event_method, exc_info=_log.isEnabledFor(logging.DEBUG))

    async def close(self) -> None:
        """Leave Discord, after a short wait for the replies that are being made."""
        self.services.connection.set(False)
        await self._catch_up.end()
        await self.inbox.drain()
        await super().close()

    async def on_message(self, message: discord.Message) -> None:
        """Answer a question."""
        await self._questions.receive(message)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """Answer the message at which a thread begins, where that is set."""
        await self._first_posts.begin_thread(thread)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Edit the reply to an edited question."""
        self._questions.handle_edit(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Delete the reply to a deleted question."""
        self._questions.handle_deletion(payload.guild_id, payload.channel_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Delete the replies to many questions that were deleted at once."""
        self._questions.handle_deletion(
            payload.guild_id, payload.channel_id, sorted(payload.message_ids)
        )

    async def on_interaction(self, interaction: Interaction) -> None:
        """Take the remark of a form that was sent."""
        await receive_form(interaction)

    def request(self, interaction: Interaction) -> ChatRequest:
        """The request of a command or a pressed button; its reply is for that person alone."""
        pressed = interaction.message
        return ChatRequest(
            place_of_interaction(interaction),
            person_of_interaction(interaction),
            reply_to=None if pressed is None else str(pressed.id),
            private=True,
            hears_everything=self.intents.message_content,
            language=language_of_locale(interaction.locale.value),
            space_language=space_language(interaction.guild),
            sees_room=partial(sees_room, interaction),
        )
