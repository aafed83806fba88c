"""A Discord of our own for tests: the real protocol on a free local port, and people to use it.

    async with DiscordServer("token") as server:             # message_content=True if it is on
        ana = server.add_user("ana")
        guild = server.add_guild("Club", members=[ana])      # the bot is a member
        general = guild.add_channel("general")
        point_here(monkeypatch, server)                      # clients.py
        async with running(client, server):
            asked = await ana.say(general, "what came?", mention_bot=True)
            reply = await server.wait_for_message(general, reply_to=asked)
            assert "came" in reply.text and reply.pings == []
            pressed = await ana.press(reply, "Next")         # by custom id, label or emoji
            await pressed.acknowledged()
            used = await ana.slash(general, "corpus reload", {"count": 2})
            message = await used.response()                  # waits past "is thinking"
            assert message.ephemeral and message in server.messages(general, as_user=ana)
        server.check()                                       # no violations, no drift

People act (`people.py`): say, post (in a forum), begin_thread, edit, delete, forward, react,
commands, slash, autocomplete, context_menu, press, sees. They can do only what Discord's
program lets them: a command must be registered, offered here and to them, with fitting options;
a button must be seen and enabled. Else `NotPossible` says why.

Places (`places.py`): guild.add_channel, add_role, change_role, add_member, take_role,
remove_member, bot_role; channel.add_thread, archive, overwrite, hide_from, delete; server.dm and
server.group. Permissions are `Can` bits (`permissions.py`).

What is seen (`messages.py`): text, buttons, embeds, attachments, reactions, pings,
ephemeral, loading, deleted, history (texts before edits). An interaction (`interactions.py`) has
acknowledged(), response(), followup(), kind, messages, choices.

Trouble: server.fail_next("POST", "/messages$", status=502) and the rest of `Trouble`
(`faults.py`); server.gateway.cut, close, reconnect, invalidate, refuse, tell;
server.clock.advance(3.5) to be late for an interaction.

Forms and menus are left out: the bot has none, and an answer that opens a form is refused.

To show that something was not answered, say it, then say something that is answered, wait for
that, and look at server.answers(channel).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, TypeVar

from aiohttp import web

from tests.harness.discord_server.clock import ServerClock
from tests.harness.discord_server.faults import Trouble
from tests.harness.discord_server.gateway import Gateway
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel, Guild, Kind, make_guild, open_dm
from tests.harness.discord_server.posting import THREAD_CREATED, THREAD_STARTER
from tests.harness.discord_server.rest import API, Call, Rest, Violation
from tests.harness.discord_server.rest_commands import ROUTES as COMMAND_ROUTES
from tests.harness.discord_server.rest_interactions import ROUTES as INTERACTION_ROUTES
from tests.harness.discord_server.rest_messages import ROUTES as MESSAGE_ROUTES
from tests.harness.discord_server.rest_places import ROUTES as PLACE_ROUTES
from tests.harness.discord_server.world import JSON, Typing, User, World

T = TypeVar("T")


class DiscordServer:
    """The whole server, as an async context manager.

    `message_content`, `members_intent`, `presences_intent` are the switches of the developer
    portal; an IDENTIFY that asks for more is closed with 4014. With `real_time` the clock runs.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        message_content: bool = False,
        members_intent: bool = False,
        presences_intent: bool = False,
        shards: int = 1,
        real_time: bool = False,
        bot_name: str = "Sources Say",
    ) -> None:
        self.clock = ServerClock(real=real_time)
        self.world = World(self.clock)
        self.app = self.world.app
        self.app.token = token or f"token-{secrets.token_hex(12)}"
        self.app.message_content = message_content
        self.app.members_intent = members_intent
        self.app.presences_intent = presences_intent
        self.app.shards = shards
        self.bot.name = bot_name
        self.gateway = Gateway(self.world)
        routes = [*MESSAGE_ROUTES, *PLACE_ROUTES, *COMMAND_ROUTES, *INTERACTION_ROUTES]
        self.rest = Rest(self.world, routes)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> DiscordServer:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        self.rest.add_to(app)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/{kind:attachments|ephemeral-attachments}/{rest:.*}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.world.base_url = f"http://127.0.0.1:{port}"
        self.gateway.url = self.gateway_url
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.gateway.close(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _download(self, request: web.Request) -> web.Response:
        _, fid, _ = request.match_info["rest"].split("/", 2)
        file = self.world.files.get(int(fid)) if fid.isdigit() else None
        if file is None:
            return web.Response(status=404, text="This content is no longer available.")
        kind = file.content_type or "application/octet-stream"
        return web.Response(body=file.data, headers={"Content-Type": kind})

    # Addresses and identity.

    @property
    def api_url(self) -> str:
        """The base of all REST routes, like https://discord.com/api/v10."""
        return self.world.base_url + API

    @property
    def gateway_url(self) -> str:
        """The address of the gateway."""
        return self.world.base_url.replace("http", "ws", 1) + "/gateway/"

    @property
    def token(self) -> str:
        """The token the bot has to log in with."""
        return self.app.token

    @property
    def bot(self) -> User:
        """The bot under test."""
        return self.world.bot

    # People and places.

    def add_user(self, name: str, **traits: Any) -> DiscordPerson:
        """A person; traits: display_name, locale, app_installed, blocks_dms, bot."""
        made = DiscordPerson(self.world.snowflakes.next(), name, world=self.world, **traits)
        self.world.users[made.id] = made
        return made

    def add_guild(
        self,
        name: str = "Guild",
        *,
        owner: User | None = None,
        members: Iterable[User] = (),
        with_bot: bool = True,
        shard: int | None = None,
        locale: str = "en-US",
    ) -> Guild:
        """A guild with its members; `owner` is a stranger unless given, `shard` is any.

        With another `locale` it is a community, which may choose one.
        """
        owner = owner or self.add_user("owner")
        guild = make_guild(self.world, name, owner, with_bot=with_bot, shard=shard, locale=locale)
        for user in members:
            guild.add_member(user)
        return guild

    def dm(self, user: User) -> Channel:
        """The private conversation of the bot with this user."""
        return open_dm(self.world, user)

    def group(self, *people: User) -> Channel:
        """A private conversation without the bot, where only user-installed commands work."""
        kind = Kind.GROUP
        made = Channel(self.world, self.world.snowflakes.next(), kind, "", recipients=[*people])
        made.owner = people[0]
        self.world.channels[made.id] = made
        return made

    # What is seen.

    def messages(self, channel: Channel, as_user: User | None = None) -> list[ServerMessage]:
        """The messages of a channel, oldest first; ephemeral ones only for their own user."""
        every = channel.messages.values()
        return [m for m in every if not m.deleted and m.visible_to in (None, as_user)]

    def answers(self, channel: Channel, as_user: User | None = None) -> list[ServerMessage]:
        """The bot's own messages among them, without what Discord writes about threads."""
        written = (m for m in self.messages(channel, as_user) if m.author is self.bot)
        return [m for m in written if m.type not in {THREAD_CREATED, THREAD_STARTER}]

    @property
    def typings(self) -> list[Typing]:
        """When and where the bot showed that it was typing."""
        return self.world.typings

    @property
    def commands(self) -> list[JSON]:
        """All registered commands, those of guilds too."""
        return [c for shelf in self.world.commands.values() for c in shelf.values()]

    @property
    def calls(self) -> list[Call]:
        """Every REST request so far, with its status."""
        return self.rest.calls

    @property
    def violations(self) -> list[Violation]:
        """Requests that Discord would have refused."""
        return self.rest.violations

    @property
    def drift(self) -> list[str]:
        """Answers of this server that depart from Discord's description."""
        return self.world.drift

    def check(self) -> None:
        """Assert that the bot sent nothing wrong, and this server neither."""
        assert not self.violations, "\n".join(map(str, self.violations))
        assert not self.drift, "\n".join(self.drift)

    # Waiting.

    async def wait_until(self, look: Callable[[], T], seconds: float = 5, what: str = "") -> T:
        """The first true value of `look`, which is asked whenever something happens."""

        def describe() -> str:
            last = [f"{c.method} {c.path} {c.status}" for c in self.calls[-8:]]
            return f"Waited for {what or 'a condition'}. Last requests: {last}"

        return await self.world.waiting.until(look, seconds, describe)

    async def ready(self, seconds: float = 5) -> None:
        """Wait until every shard of the bot is connected."""

        def look() -> bool:
            linked = [s for s in self.gateway.sessions.values() if s.connection is not None]
            return len({s.shard for s in linked}) >= self.app.shards

        await self.wait_until(look, seconds, "the bot to connect")

    async def wait_for_message(
        self,
        channel: Channel,
        text: str = "",
        *,
        reply_to: ServerMessage | None = None,
        after: ServerMessage | None = None,
        as_user: User | None = None,
        seconds: float = 5,
    ) -> ServerMessage:
        """The bot's first message here with this text in it, answering or after another."""

        def look() -> ServerMessage | None:
            for message in self.answers(channel, as_user):
                late = after is None or message.id > after.id
                fits = reply_to is None or message.reply_to is reply_to
                if late and fits and text in message.text and not message.loading:
                    return message
            return None

        what = f"a message with {text!r} in {channel}; there is {self.messages(channel, as_user)}"
        found = await self.wait_until(look, seconds, what)
        assert found is not None
        return found

    # Trouble.

    def fail_next(self, method: str, path_pattern: str, **what: Any) -> Trouble:
        """Trouble for the next request of this method (or "*") whose path matches.

        See `Trouble`: times, status, retry_after, via, everywhere, code, message, drop, seconds,
        until, performed, empty. `struck` of the result counts the requests it met.
        """
        return self.rest.failures.add(method, path_pattern, **what)
