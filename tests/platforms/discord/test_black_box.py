"""The program as a process of its own on Discord: joined, stopped, killed, started again."""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yarl

from bot.state.records import AuditEntry
from bot.state.store import Store
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.server import DiscordServer
from tests.harness.program import Program, program

RULES = "The front gate closes at ten o'clock. The porter keeps the spare keys in his lodge.\n"
QUESTION = "Who keeps the spare keys?"
ANSWER = "The porter keeps the spare keys in his lodge."


@dataclass
class Scene:
    """A server with people and rooms, and a folder to start the program in."""

    server: DiscordServer
    folder: Path
    root: Path
    ana: DiscordPerson
    rooms: list[Channel]

    def program(self, **more: str) -> AbstractAsyncContextManager[Program]:
        """The program at work, killed in the end if it still is."""
        joined = {
            "DISCORD_TOKEN": self.server.token,
            "SOURCES_SAY_DISCORD__API_URL": self.server.api_url,
            "SOURCES_SAY_DISCORD__GATEWAY_URL": self.server.gateway_url,
        }
        return program(self.folder, self.root, {**joined, **more})

    @asynccontextmanager
    async def joined(self, **more: str) -> AsyncIterator[Program]:
        """The program once it is on Discord."""
        async with self.program(**more) as joined:
            await joined.line(joined.said, "On Discord as")
            yield joined

    def replies(self, question: ServerMessage) -> list[ServerMessage]:
        answers = self.server.answers(question.channel)
        return [answer for answer in answers if answer.reply_to is question]


@pytest.fixture
async def place(tmp_path: Path, project_root: Path) -> AsyncIterator[Scene]:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "rules.txt").write_text(RULES, encoding="utf-8")
    async with DiscordServer(real_time=True) as server:
        ana = server.add_user("ana")
        guild = server.add_guild("Club", members=[ana])
        rooms = [guild.add_channel(f"room-{number}") for number in range(12)]
        yield Scene(server, tmp_path, project_root, ana, rooms)
        server.check()


async def test_it_answers_and_sigterm_ends_it_in_order(place: Scene) -> None:
    server, ana, general = place.server, place.ana, place.rooms[0]
    async with place.joined() as program:
        await program.line(program.said, "To invite it: https://discord.com/oauth2/authorize?")
        assert program.said[:2] == [
            "Set up: Discord. Not set up: Matrix (MATRIX_PASSWORD or MATRIX_TOKEN).",
            "On Discord as Sources Say#0001. Servers: 1.",
        ]
        assert len(program.said) == 3
        asked = await ana.say(general, QUESTION, mention_bot=True)
        reply = await server.wait_for_message(general, reply_to=asked, seconds=15)
        assert ANSWER in reply.text
        used = await ana.slash(general, "ask", {"question": QUESTION, "private": True})
        private = await used.response()
        assert private.ephemeral
        assert ANSWER in private.text
        pressed = await ana.press(reply, "Source")
        assert "rules.txt" in (await pressed.response()).text
        program.process.send_signal(signal.SIGTERM)
        assert await program.ends(5) == 143
    assert program.complained == []
    assert len(program.said) == 3


async def test_ctrl_c_ends_it_too_and_it_leaves_the_gateway(place: Scene) -> None:
    async with place.joined() as program:
        program.process.send_signal(signal.SIGINT)
        assert await program.ends(5) == 130
        await place.server.wait_until(lambda: not place.server.gateway.connections)
    assert program.complained == []


async def test_what_is_being_answered_at_the_end_is_still_answered(place: Scene) -> None:
    server = place.server
    late = asyncio.Event()
    trouble = server.fail_next("POST", "/messages$", until=late)
    async with place.joined() as program:
        asked = await place.ana.say(place.rooms[0], QUESTION, mention_bot=True)
        await server.wait_until(lambda: trouble.struck, 15)
        program.process.send_signal(signal.SIGTERM)
        late.set()
        assert await program.ends(5) == 143
    assert [ANSWER in reply.text for reply in place.replies(asked)] == [True]
    assert program.complained == []


async def test_killed_in_a_burst_each_question_is_answered_once(place: Scene) -> None:
    """Half of the replies reached Discord when it was killed, though nobody told it so."""
    server, half = place.server, len(place.rooms) // 2
    never = asyncio.Event()
    sent = server.fail_next("POST", "/messages$", times=half, performed=True, until=never)
    unsent = server.fail_next("POST", "/messages$", times=len(place.rooms) - half, until=never)
    async with place.joined() as program:
        asked = [await place.ana.say(room, QUESTION, mention_bot=True) for room in place.rooms]
        await server.wait_until(lambda: sent.struck + unsent.struck == len(asked), 15)
        before = [reply for question in asked for reply in place.replies(question)]
        program.process.kill()
        assert await program.ends() == -signal.SIGKILL
    never.set()
    assert len(before) == half

    async with place.joined() as program:
        for question in asked:
            await server.wait_for_message(question.channel, reply_to=question, seconds=15)
        again = await place.ana.say(place.rooms[0], QUESTION, mention_bot=True)
        await server.wait_for_message(place.rooms[0], reply_to=again, seconds=15)
        program.process.terminate()
        assert await program.ends(5) == 143
    async with place.joined() as program:
        last = await place.ana.say(place.rooms[1], QUESTION, mention_bot=True)
        await server.wait_for_message(place.rooms[1], reply_to=last, seconds=15)
        # A button of before the program was killed, under a reply it never knew it had sent.
        pressed = await place.ana.press(before[0], "Context")
        assert ANSWER in (await pressed.response(15)).text
    for question in (*asked, again, last):
        assert [ANSWER in reply.text for reply in place.replies(question)] == [True]
    assert program.complained == []


async def test_what_is_too_old_is_deleted_at_the_start(place: Scene) -> None:
    """By the days of the settings, in a state file that the program finds."""
    (place.folder / "state").mkdir(mode=0o700)
    now = datetime.now(UTC)
    async with await Store.open(place.folder / "state") as store:
        for days, words in ((9, "of before"), (1, "of late")):
            at = now - timedelta(days=days)
            await store.unanswered.count("discord", "1", f"Was it {words}?", at)
            await store.audit.add(AuditEntry(at, "discord", "1", "2", "add", words, "done"))
    kept = {
        "SOURCES_SAY_STATE__UNANSWERED_DAYS": "5",
        "SOURCES_SAY_STATE__AUDIT_DAYS": "5",
        "SOURCES_SAY_LOG__LEVEL": "info",
    }
    async with place.program(**kept) as program:
        await program.line(program.complained, "old entries deleted")
        program.process.kill()
    async with await Store.open(place.folder / "state") as store:
        asked = await store.unanswered.most_asked(9)
        assert [one.question for one in asked] == ["Was it of late?"]
        assert [deed.detail for deed in await store.audit.newest(9)] == ["of late"]


async def test_a_bad_token_is_one_sentence_and_never_repeated(place: Scene) -> None:
    token = "a-token-that-was-taken-back"
    async with place.program(DISCORD_TOKEN=token, SOURCES_SAY_LOG__LEVEL="info") as program:
        assert await program.ends() == 2
    *logged, told = program.complained
    assert told == (
        "DISCORD_TOKEN: Discord does not accept this token; take a new one from the developer"
        " portal, page Bot, and start again."
    )
    assert all("level=info" in line for line in logged)
    assert all(line.startswith("Set up: ") for line in program.said)
    assert token not in "\n".join(program.complained)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"DISCORD_TOKEN": "two words"}, "not one line without blanks"),
        ({"DISCORD_TOKEN_FILE": "somewhere"}, "both set"),
        ({"DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": "nowhere"}, "cannot be read"),
        ({"SOURCES_SAY_CORPUS__FOLDER": "nowhere"}, "nowhere"),
        ({"SOURCES_SAY_DISCORD__API_URL": "next door"}, "is not an address"),
        ({"SOURCES_SAY_DISCORD__CURATOR_USERS": '["me"]'}, "is not a list of ids"),
        ({"SOURCES_SAY_DISCORD__CURATORS": "[]"}, "no setting has this name"),
        ({"SOURCES_SAY_DISCORD__MESSAGE_CONTENT": "true"}, "message content intent"),
    ],
)
async def test_what_keeps_it_from_starting_is_one_sentence(
    place: Scene, given: dict[str, str], told: str
) -> None:
    async with place.program(**given) as program:
        assert await program.ends() == 2
    assert len(program.complained) == 1, program.complained
    assert told in program.complained[0]
    assert all(line.startswith("Set up: ") for line in program.said)
    assert place.server.token not in program.complained[0]


async def test_the_token_may_stand_in_a_file_and_is_in_no_line_even_at_debug(
    place: Scene,
) -> None:
    file = place.folder / "token"
    file.write_text(place.server.token + "\n", encoding="utf-8")
    more = {"DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(file), "SOURCES_SAY_LOG__LEVEL": "debug"}
    async with place.joined(**more) as program:
        asked = await place.ana.say(place.rooms[0], QUESTION, mention_bot=True)
        await place.server.wait_for_message(place.rooms[0], reply_to=asked, seconds=15)
        program.process.terminate()
        assert await program.ends(5) == 143
    written = "\n".join((*program.said, *program.complained))
    assert len(program.complained) > 10
    assert place.server.token not in written


async def test_without_a_way_to_discord_it_stays_and_joins_once_there_is_one(
    place: Scene,
) -> None:
    """A port on which nobody listens, and later a relay to the server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    api = str(yarl.URL(place.server.api_url).with_port(port))
    async with place.program(SOURCES_SAY_DISCORD__API_URL=api) as program:
        lost = await program.line(program.complained, "Discord was lost")
        assert re.search(r"level=warning .*no connection \(\w+\)", lost)
        async with relay(port, yarl.URL(place.server.api_url).port or 0):
            await program.line(program.said, "On Discord as")
            asked = await place.ana.say(place.rooms[0], QUESTION, mention_bot=True)
            await place.server.wait_for_message(place.rooms[0], reply_to=asked, seconds=15)
            program.process.terminate()
            assert await program.ends(5) == 143
    assert all("Discord was lost" in line for line in program.complained)


async def test_without_a_gateway_it_stays_too_and_shows_no_trace(place: Scene) -> None:
    place.server.gateway.refuse(times=1_000)
    async with place.program() as program:
        await program.line(program.complained, "WSServerHandshakeError")
        program.process.terminate()
        assert await program.ends(5) == 143
    assert len(program.complained) == 1


async def test_while_it_waits_for_discord_sigterm_ends_it_at_once(place: Scene) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with place.program(SOURCES_SAY_DISCORD__API_URL=address) as program:
        await program.line(program.complained, "Discord was lost")
        program.process.terminate()
        assert await program.ends(5) == 143
    assert all("Discord was lost" in line for line in program.complained)


@asynccontextmanager
async def relay(port: int, to: int) -> AsyncIterator[None]:
    """Passes on what comes to one port of this machine to another, both ways."""
    at_work: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to)
        for pair in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(pump(*pair))
            at_work.add(task)
            task.add_done_callback(at_work.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
