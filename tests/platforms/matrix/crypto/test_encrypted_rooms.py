"""The port in encrypted rooms of a real server."""

import asyncio
import logging
import stat
from pathlib import Path

import pytest
from nio.store import SqliteStore

from bot.core.errors import MatrixError
from bot.platforms.matrix.api.contents import MessageContent
from bot.platforms.matrix.api.events import MessageEvent, RoomEvent, UndecryptableEvent
from bot.platforms.matrix.api.http import RefusedError
from bot.platforms.matrix.crypto.olm import FILE_NAME
from bot.platforms.matrix.session import undecrypted
from tests.harness.matrix_clients import WITHIN
from tests.harness.matrix_encryption import EncryptingPerson
from tests.harness.matrix_listener import PICKLE_KEY, Household, household, together
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, StrictNewcomer


@pytest.fixture
async def alice(encrypting_person: EncryptingNewcomer) -> EncryptingPerson:
    return await encrypting_person("alice")


@pytest.fixture
def home(synapse: Synapse, tmp_path: Path) -> Household:
    return household(synapse, tmp_path)


async def test_an_encrypted_question_is_read_and_its_answer_too(
    alice: EncryptingPerson, home: Household, tmp_path: Path
) -> None:
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        asked = await alice.say(room, "Who spoke?", mentions=[bot.port.user_id])
        await bot.until(MessageEvent, body="Who spoke?")
        said = await bot.port.send(
            room, MessageContent("They did", thread_root=asked), f"ans-{asked}"
        )
        seen = await alice.see(room, said, encrypted=True)
        assert (seen.body, seen.thread, seen.trusted) == ("They did", asked, True)
        await bot.port.edit(room, said, MessageContent("Both did"), f"edit-{asked}")
        assert (await alice.see(room, said, edited=True)).body == "Both did"
        root = await alice.say(room, "In a thread", thread=asked)
        assert (await bot.until(MessageEvent, body="In a thread")).thread_root == asked
        assert await bot.port.message(room, root) is not None
        await alice.send_file(room, "notes.txt", b"some notes")
        told = await bot.until(MessageEvent, body="notes.txt")
        assert told.attachment is not None
        assert await bot.port.download(told.attachment, 100) == b"some notes"
        device = home.secret("device")
    # What is kept is closed to others, and holds no secret in clear.
    for file in (tmp_path / "matrix").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE((tmp_path / "matrix").stat().st_mode) == 0o700
    # Offline meanwhile: it reads on, as the same device.
    missed = await alice.say(room, "While you were away")
    async with home.listening() as bot:
        assert home.secret("device") == device
        assert (await bot.until(MessageEvent, body="While you were away")).event_id == missed
        assert bot.bodies(room) == ["While you were away"]
        again = await bot.port.send(
            room, MessageContent("They did", thread_root=asked), f"ans-{asked}"
        )
        assert again == said
        new = await bot.port.send(room, MessageContent("Here I am"), "t2")
        assert (await alice.see(room, new, encrypted=True)).body == "Here I am"


async def test_who_trusts_signed_devices_only_trusts_the_bot(
    home: Household, strict_person: StrictNewcomer
) -> None:
    alice = await strict_person("alice")
    for number in range(2):
        async with home.listening() as bot:
            room = await together(alice, bot, encrypted=True, direct=True)
            await alice.say(room, f"Question {number}")
            await bot.until(MessageEvent, room=room, body=f"Question {number}")
            said = await bot.port.send(room, MessageContent("Answer"), "t1")
            assert (await alice.see(room, said, encrypted=True)).trusted


async def test_what_cannot_be_read_is_told_once(
    alice: EncryptingPerson, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undecrypted, "GRACE_SECONDS", 0.05)
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        await alice.withhold(room, home.secret("device"))
        asked = await alice.say(room, "Not for you")
        assert (await bot.until(UndecryptableEvent, room=room)).event_id == asked
        await alice.say(room, "Nor this")
        plain = await alice.send_plain(room, "m.room.message", {"msgtype": "m.text", "body": "End"})
        await bot.until(MessageEvent, event_id=plain)
    # Neither is it told again after a restart.
    async with home.listening() as later:
        await alice.send_plain(room, "m.room.message", {"msgtype": "m.text", "body": "End 2"})
        await later.until(MessageEvent, body="End 2")
        assert len(bot.every(UndecryptableEvent)) + len(later.every(UndecryptableEvent)) == 1


async def test_a_key_that_comes_late_brings_its_message(
    alice: EncryptingPerson, home: Household, tmp_path: Path
) -> None:
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        user, device = bot.port.user_id, home.secret("device")
        await alice.withhold(room, device)
        asked = await alice.say(room, "Can you read this by now?")
        plain = await alice.send_plain(room, "m.room.message", {"msgtype": "m.text", "body": "End"})
        await bot.until(MessageEvent, event_id=plain)
    # A restart in between does not lose it.
    async with home.listening() as bot:
        await alice.send_plain(room, "m.room.message", {"msgtype": "m.text", "body": "End 2"})
        await bot.until(MessageEvent, body="End 2")
    (session,) = alice.sessions(room)
    store = SqliteStore(user, device, str(tmp_path / "matrix"), PICKLE_KEY, FILE_NAME)
    store.save_inbound_group_session(session)
    store.database.close()
    async with home.listening() as bot:
        read = await bot.until(MessageEvent, event_id=asked)
        assert read.body == "Can you read this by now?"


async def test_an_encrypted_question_survives_a_kill(
    alice: EncryptingPerson, home: Household
) -> None:
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        reached = asyncio.Event()

        def dies(happened: RoomEvent) -> None:
            if isinstance(happened, MessageEvent):
                reached.set()
                raise asyncio.CancelledError

        bot.before = dies
        asked = await alice.say(room, "Who spoke?")
        await asyncio.wait_for(reached.wait(), WITHIN)
    # The server tells of the key once more, too: the second time it is nothing new.
    async with home.listening() as bot:
        assert (await bot.until(MessageEvent, body="Who spoke?")).event_id == asked
        said = await bot.port.send(room, MessageContent("They did"), f"ans-{asked}")
        assert (await alice.see(room, said, encrypted=True)).body == "They did"
        for number in range(3):
            await alice.say(room, f"And {number}?")
            await bot.until(MessageEvent, body=f"And {number}?")


async def test_lost_keys_are_told_of_and_a_new_device_goes_on(
    alice: EncryptingPerson, home: Household, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        device = home.secret("device")
    for file in (tmp_path / "matrix").iterdir():
        file.unlink()
    with caplog.at_level(logging.WARNING):
        async with home.listening() as bot:
            assert home.secret("device") != device
            await alice.say(room, "Can you read this?")
            await bot.until(MessageEvent, body="Can you read this?")
            said = await bot.port.send(room, MessageContent("Yes"), "t1")
            # The account's own signing keys were lost as well, and were made anew.
            assert (await alice.see(room, said, encrypted=True)).trusted
    told = [record.getMessage() for record in caplog.records if "keys" in record.getMessage()]
    assert any(
        device in sentence and "put a copy of the folder back" in sentence for sentence in told
    )


async def test_a_key_that_does_not_fit_is_one_sentence(home: Household, tmp_path: Path) -> None:
    async with home.at_home():
        device = home.secret("device")
    with pytest.raises(MatrixError, match=r"^MATRIX_PICKLE_KEY: "):
        async with home.at_home(pickle_key="another"):
            pass
    # The keys alone, without the secrets beside them.
    (tmp_path / "matrix" / "secrets.sealed").unlink()
    with pytest.raises(MatrixError, match=r"^MATRIX_PICKLE_KEY: "):
        async with home.at_home(pickle_key="another"):
            pass
    (tmp_path / "matrix" / "secrets.sealed").unlink()
    async with home.at_home():
        assert home.secret("device") == device


async def test_a_token_whose_keys_are_gone_is_one_sentence(home: Household, tmp_path: Path) -> None:
    async with home.at_home():
        token = home.secret("token")
    (tmp_path / "matrix" / FILE_NAME).unlink()
    with pytest.raises(MatrixError, match=r"^MATRIX_TOKEN: the keys"):
        async with home.at_home(token=token, password=None):
            pass


async def test_without_encryption_nothing_is_said_in_an_encrypted_room(
    alice: EncryptingPerson, home: Household
) -> None:
    async with home.listening(encryption=False) as bot:
        room = await together(alice, bot, encrypted=True)
        await alice.say(room, "Secret")
        await bot.until(UndecryptableEvent, room=room)
        with pytest.raises(RefusedError, match="ENCRYPTION_IS_OFF"):
            await bot.port.send(room, MessageContent("Never in clear"), "t1")


async def test_a_key_that_is_shared_again_later_takes_no_message_away(
    alice: EncryptingPerson, home: Household
) -> None:
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        first = await alice.say(room, "The first")
        await bot.until(MessageEvent, body="The first")
        await alice.say(room, "The second")
        await alice.share_again(room)
        await alice.say(room, "The third")
        await bot.until(MessageEvent, body="The third")
        message = await bot.port.message(room, first)
        assert message is not None
        assert message.body == "The first"
    async with home.listening() as bot:
        assert await bot.port.message(room, first) is not None


async def test_a_key_that_is_refused_is_told_at_once_with_the_reason(
    alice: EncryptingPerson, home: Household
) -> None:
    async with home.listening() as bot:
        room = await together(alice, bot, encrypted=True)
        device = home.secret("device")
        await alice.withhold(room, device)
        asked = await alice.say(room, "Not for you")
        await alice.refuse_key(room, bot.port.user_id, device)
        # No time for a key to arrive is waited for: that is eight seconds.
        async with asyncio.timeout(6):
            told = await bot.until(UndecryptableEvent, room=room)
        assert (told.event_id, told.withheld) == (asked, "m.unverified")
