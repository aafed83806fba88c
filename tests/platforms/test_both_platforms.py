"""Both platforms in one process: one corpus, one state, and neither takes the other down."""

import asyncio
import io
import re
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from bot.cli.serve import run_together
from bot.config import logs
from bot.core.errors import SourcesSayError
from bot.platforms.streams import Output
from bot.state.store import Store
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.server import DiscordServer
from tests.harness.matrix_clients import PASSWORD, MatrixPerson
from tests.harness.program import Program, program
from tests.harness.synapse import Synapse

RULES = "The front gate closes at ten o'clock. The porter keeps the spare keys in his lodge.\n"
QUESTION = "Who keeps the spare keys?"
ANSWER = "The porter keeps the spare keys in his lodge."
SILENT = "What is a good recipe for kibbeh?"
BAD_TOKEN = "a-token-that-was-taken-back"
BAD_PASSWORD = "not the password of this account"
NO_TOKEN = (
    "DISCORD_TOKEN: Discord does not accept this token; take a new one from the developer"
    " portal, page Bot, and start again."
)
NO_PASSWORD = (
    "MATRIX_PASSWORD: the homeserver does not accept this user and password; correct"
    " matrix.user or MATRIX_PASSWORD."
)

_numbers = count(1)
_ID = re.compile(r"((?:Answer|Silence) [0-9a-f]{16}, corpus [0-9a-f]{8})")


def told_id(text: str) -> str:
    """The kind and id of a reply and of its corpus, as people see them."""
    found = _ID.search(text)
    assert found, text
    return found[1]


@dataclass
class Servers:
    """A server of each kind with somebody on it, and a folder to start the program in."""

    discord: DiscordServer
    general: Channel
    ana: DiscordPerson
    synapse: Synapse
    bert: MatrixPerson
    user: str
    folder: Path
    root: Path
    lobby: str = ""

    def program(self, *arguments: str, **more: str) -> AbstractAsyncContextManager[Program]:
        """The program with an account on both platforms."""
        accounts = {
            "DISCORD_TOKEN": self.discord.token,
            "SOURCES_SAY_DISCORD__API_URL": self.discord.api_url,
            "SOURCES_SAY_DISCORD__GATEWAY_URL": self.discord.gateway_url,
            "MATRIX_HOMESERVER": self.synapse.url,
            "MATRIX_USER": f"@{self.user}:localhost",
            "MATRIX_PASSWORD": PASSWORD,
            "SOURCES_SAY_MATRIX__INVITERS": "@*:localhost",
            "SOURCES_SAY_MATRIX__CURATORS": self.bert.user_id,
        }
        return program(self.folder, self.root, {**accounts, **more}, *arguments)

    @asynccontextmanager
    async def joined(self, **more: str) -> AsyncIterator[Program]:
        """The program once it is on both."""
        async with self.program(**more) as running:
            await running.line(running.said, "On Discord as")
            await running.line(running.said, "On Matrix as")
            yield running

    async def on_discord(self, question: str) -> str:
        """What Ana reads in answer to a question."""
        asked = await self.ana.say(self.general, question, mention_bot=True)
        reply = await self.discord.wait_for_message(self.general, reply_to=asked, seconds=15)
        return reply.text

    async def on_matrix(self, question: str) -> str:
        """What Bert reads in answer to a question, alone with the bot."""
        bot = f"@{self.user}:localhost"
        if not self.lobby:
            self.lobby = await self.bert.create_room(bot, direct=True)
            await self.bert.until(lambda: self.bert.seen(self.lobby, bot))
        return (await self.bert.ask(self.lobby, question)).body


@pytest.fixture
async def town(tmp_path: Path, project_root: Path, synapse: Synapse) -> AsyncIterator[Servers]:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "rules.txt").write_text(RULES, encoding="utf-8")
    number = next(_numbers)
    user = f"town-bot-{number}"
    await asyncio.to_thread(synapse.register, user, PASSWORD)
    bert = await MatrixPerson.register(synapse, f"town-bert-{number}")
    try:
        async with DiscordServer(real_time=True) as discord:
            ana = discord.add_user("ana")
            general = discord.add_guild("Club", members=[ana]).add_channel("general")
            yield Servers(discord, general, ana, synapse, bert, user, tmp_path, project_root)
            discord.check()
    finally:
        await bert.close()


async def test_one_question_has_one_answer_on_both_and_sigterm_ends_both(town: Servers) -> None:
    async with town.joined() as running:
        on_discord, on_matrix = await asyncio.gather(
            town.on_discord(QUESTION), town.on_matrix(QUESTION)
        )
        assert ANSWER in on_discord
        assert ANSWER in on_matrix
        assert told_id(on_discord) == told_id(on_matrix)
        silences = [await town.on_discord(SILENT), await town.on_matrix(SILENT)]
        assert told_id(silences[0]) == told_id(silences[1])
        assert told_id(silences[0]).startswith("Silence")
        running.process.send_signal(signal.SIGTERM)
        assert await running.ends(5) == 143
    assert running.complained == []
    assert sorted(line for line in running.said if not line.startswith("To invite it")) == [
        "On Discord as Sources Say#0001. Servers: 1.",
        f"On Matrix as @{town.user}:localhost. Rooms: 0.",
        "Set up: Discord, Matrix.",
    ]
    assert running.said[0] == "Set up: Discord, Matrix."
    # What both leave behind lies in one place.
    async with await Store.open(town.folder / "state") as store:
        unanswered = await store.unanswered.most_asked(9)
    assert [(one.question, one.count) for one in unanswered] == [(SILENT, 1), (SILENT, 1)]


async def test_a_second_program_on_the_same_state_ends_with_a_sentence(town: Servers) -> None:
    async with town.joined() as running:
        async with town.program() as second:
            assert await second.ends(30) == 2
        assert second.said == ["Set up: Discord, Matrix."]
        assert second.complained == [
            'The state folder "state" is in use by another program; stop that one, or name'
            " another folder with state.folder."
        ]
        assert ANSWER in await town.on_discord(QUESTION)
        running.process.kill()
        await running.ends()
    async with town.joined():  # what was killed has left no lock
        pass


PIN = f"""[[pin]]
question = "who has them?"

[[pin.quote]]
document = "rules.txt"
quote = "{ANSWER}"
"""


async def test_files_that_fail_and_pins_that_stop_are_told_of_in_the_rooms_for_alerts(
    town: Servers,
) -> None:
    (town.folder / "corpus" / "pins.toml").write_text(PIN, encoding="utf-8")
    async with town.joined():
        await town.on_matrix(QUESTION)  # the bot comes into the room
    rooms = {
        "SOURCES_SAY_DISCORD__ALERT_CHANNEL": str(town.general.id),
        "SOURCES_SAY_MATRIX__ALERT_ROOM": town.lobby,
        "SOURCES_SAY_CORPUS__WATCH": "true",
    }
    told = "1 file could not be read:\nfailed: broken.docx: "
    async with town.joined(**rooms):
        (town.folder / "corpus" / "broken.docx").write_bytes(b"PK, and nothing else")
        alert = await town.discord.wait_for_message(town.general, "could not be read", seconds=20)
        assert alert.text.startswith(told)
        await town.bert.until(
            lambda: [each for each in town.bert.seen(town.lobby) if each.body.startswith(told)]
        )
        new = RULES.replace("in his lodge", "on a nail")
        (town.folder / "corpus" / "rules.txt").write_text(new, encoding="utf-8")
        alert = await town.discord.wait_for_message(town.general, "pinned quote", seconds=20)
        assert alert.text == (
            "1 pinned quote is no longer in the documents:\n"
            'note: the pin "who has them?" does not answer, for rules.txt has its words no more:'
            " pin it anew or take it out."
        )
    async with town.joined(**rooms):  # told again at the start
        again = await town.discord.wait_for_message(
            town.general, "pinned quote", after=alert, seconds=20
        )
        assert again.text == alert.text


async def test_check_logs_in_says_what_it_sees_and_leaves_nothing_behind(town: Servers) -> None:
    async with town.program("check", "--accounts") as running:
        assert await running.ends(60) == 0
    assert running.complained == []
    assert running.said == [
        "Discord: logged in as Sources Say#0001. Servers: 1.",
        f"Matrix: logged in as @{town.user}:localhost. Rooms: 0.",
    ]
    assert not (town.folder / "state").exists()


async def test_check_says_which_account_does_not_let_it_in(town: Servers) -> None:
    wrong = {"DISCORD_TOKEN": BAD_TOKEN, "MATRIX_PASSWORD": BAD_PASSWORD}
    async with town.program("check", "--accounts", **wrong) as running:
        assert await running.ends(60) == 1
    assert running.said == [f"failed: {NO_TOKEN}", f"failed: {NO_PASSWORD}"]
    async with town.program("check", "--accounts", DISCORD_TOKEN="") as running:
        assert await running.ends(60) == 0
    assert running.said[0] == "Not set up: Discord (DISCORD_TOKEN)."


async def test_what_a_curator_changes_on_one_is_answered_from_on_the_other(
    town: Servers,
) -> None:
    async with town.joined() as running:
        before = told_id(await town.on_discord(QUESTION))
        late = "The baker keeps the wedding cake in her cellar."
        (town.folder / "corpus" / "cake.txt").write_text(f"{late}\n", encoding="utf-8")
        await town.on_matrix("!corpus reload")
        bert, bot = town.bert, f"@{town.user}:localhost"
        assert await bert.until(
            lambda: any("cake.txt" in each.body for each in bert.seen(town.lobby, bot))
        )
        assert late in await town.on_discord("Who keeps the wedding cake?")
        after = await town.on_discord(QUESTION), await town.on_matrix(QUESTION)
        assert told_id(after[0]) == told_id(after[1]) != before
    assert running.complained == []


async def test_a_token_that_discord_refuses_leaves_matrix_at_work(town: Servers) -> None:
    async with town.program(DISCORD_TOKEN=BAD_TOKEN) as running:
        await running.line(running.complained, "DISCORD_TOKEN")
        await running.line(running.said, "On Matrix as")
        assert ANSWER in await town.on_matrix(QUESTION)
        running.process.send_signal(signal.SIGTERM)
        assert await running.ends(5) == 143
    assert running.complained == [NO_TOKEN]
    assert len(running.said) == 2


async def test_a_password_that_matrix_refuses_leaves_discord_at_work(town: Servers) -> None:
    async with town.program(MATRIX_PASSWORD=BAD_PASSWORD) as running:
        await running.line(running.complained, "MATRIX_PASSWORD")
        await running.line(running.said, "On Discord as")
        assert ANSWER in await town.on_discord(QUESTION)
        running.process.send_signal(signal.SIGTERM)
        assert await running.ends(5) == 143
    assert running.complained == [NO_PASSWORD]
    assert len(running.said) == 3


async def test_where_neither_will_have_it_it_ends_with_a_sentence_for_each(
    town: Servers,
) -> None:
    wrong = {"DISCORD_TOKEN": BAD_TOKEN, "MATRIX_PASSWORD": BAD_PASSWORD}
    async with town.program(**wrong) as running:
        assert await running.ends() == 2
    assert sorted(running.complained) == [NO_TOKEN, NO_PASSWORD]
    assert running.said == ["Set up: Discord, Matrix."]


async def test_a_homeserver_that_goes_away_holds_up_neither_discord_nor_the_end(
    town: Servers,
) -> None:
    async with town.joined() as running:
        assert ANSWER in await town.on_matrix(QUESTION)
        await asyncio.to_thread(town.synapse.kill)
        assert ANSWER in await town.on_discord(QUESTION)
        running.process.send_signal(signal.SIGTERM)
        assert await running.ends(5) == 143
    assert not [line for line in running.complained if "Traceback" in line]


# How they are held together, without any platform.


class _Lines(io.StringIO):
    """What a person would read on standard error; `written` tells that there is something."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def write(self, text: str, /) -> int:
        self.written.set()
        return super().write(text)

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


async def _fails(fault: Exception, after: asyncio.Event | None = None) -> None:
    if after is not None:
        await after.wait()
    raise fault


async def _stays(begun: asyncio.Event, ended: list[str], name: str) -> None:
    begun.set()
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(name)


def _held(errors: _Lines, **works: Coroutine[object, object, None]) -> asyncio.Task[None]:
    return asyncio.create_task(run_together(works, Output(errors)))


async def test_one_that_fails_is_told_and_the_others_go_on() -> None:
    errors, begun, ended = _Lines(), asyncio.Event(), list[str]()
    task = _held(
        errors,
        sky=_fails(SourcesSayError("SKY_KEY: this is no key; take another."), begun),
        sea=_stays(begun, ended, "sea"),
    )
    await errors.written.wait()
    assert errors.lines == ["SKY_KEY: this is no key; take another."]
    assert not task.done()
    assert ended == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["sea"]


async def test_a_fault_of_the_program_in_one_is_logged_and_shows_no_trace() -> None:
    errors, ended = _Lines(), list[str]()
    logs.configure(stream=errors)
    task = _held(
        errors,
        sky=_fails(ValueError("inside")),
        sea=_stays(asyncio.Event(), ended, "sea"),
    )
    await errors.written.wait()
    (told,) = errors.lines
    assert "level=error" in told
    assert "platform=sky" in told
    assert "ValueError: inside" in told
    assert not task.done()
    assert ended == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_where_the_last_one_fails_its_fault_ends_them_all() -> None:
    errors, later = _Lines(), asyncio.Event()
    task = _held(
        errors, sky=_fails(SourcesSayError("First.")), sea=_fails(SourcesSayError("Last."), later)
    )
    await errors.written.wait()
    later.set()
    with pytest.raises(SourcesSayError, match=r"^Last\.$"):
        await task
    assert errors.lines == ["First."]


async def test_the_only_one_is_told_by_who_started_it_and_not_twice() -> None:
    errors = _Lines()
    with pytest.raises(SourcesSayError, match=r"^Only\.$"):
        await _held(errors, sky=_fails(SourcesSayError("Only.")))
    assert errors.lines == []


async def test_none_is_lost_where_all_fail_at_once() -> None:
    """All are told: one by the sentence that ends the program, each other one before."""
    errors = _Lines()
    faults = {name: _fails(SourcesSayError(f"{name}.")) for name in ("sky", "sea", "soil")}
    with pytest.raises(SourcesSayError) as caught:
        await _held(errors, **faults)
    assert sorted((*errors.lines, str(caught.value))) == ["sea.", "sky.", "soil."]


async def test_a_cancel_reaches_all_and_waits_until_each_is_through() -> None:
    errors, ended = _Lines(), list[str]()
    begun = [asyncio.Event(), asyncio.Event()]
    task = _held(errors, sky=_stays(begun[0], ended, "sky"), sea=_stays(begun[1], ended, "sea"))
    for each in begun:
        await each.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["sea", "sky"]
    assert errors.lines == []
