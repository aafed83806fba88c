"""The way from a silence to a pin and its answer, played through by people on Discord."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.common_user import as_common_user
from tests.harness.discord_harness import DREDGED, LAMPS, DiscordHarness, quoted
from tests.harness.discord_server.interactions import COMPONENT, Interaction, start
from tests.harness.discord_server.messages import Of, ServerMessage
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel

BY_CURATOR = "Pinned by a curator."
WORDS = "Fish, salt and rope"
FISH = "Fish, salt and rope are sold there until noon."
VAULT = "The vault of the guild lies under the hall."
restarts = pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])


async def pressed(who: DiscordPerson, message: ServerMessage, button: str) -> ServerMessage:
    """What a button brings: a message that only who pressed it sees."""
    told = await (await who.press(message, button)).response()
    assert told.ephemeral
    return told


async def does(who: DiscordPerson, where: Channel, command: str, **given: str) -> ServerMessage:
    """What a command brings."""
    told = await (await who.slash(where, command, {**given})).response()
    assert told.ephemeral
    return told


async def pins(who: DiscordPerson, where: Channel, question: str, words: str) -> ServerMessage:
    """Pin the first place of some words."""
    offered = await does(who, where, "corpus pin", question=question, words=words)
    return await pressed(who, offered, "Pin")


def forged_press(
    club: DiscordHarness, who: DiscordPerson, message: ServerMessage, label: str
) -> Interaction:
    """A press of a button that this person does not see."""
    name = next(one.custom_id for one in message.buttons if one.label == label)
    data = {"custom_id": name, "component_type": Of.BUTTON}
    owners = {"0": str(club.guild.id)}
    return start(club.server.world, COMPONENT, who, club.general, data, owners, message=message)


async def second_server(club: DiscordHarness) -> tuple[DiscordPerson, Channel]:
    """Another server with the bot, and who manages it."""
    other = club.server.add_user("other")
    guild = club.server.add_guild("Other", owner=other, members=[club.ana])
    return other, guild.add_channel("elsewhere")


@restarts
async def test_a_curator_turns_a_silence_into_an_answer_in_two_presses(
    club: DiscordHarness, again: bool
) -> None:
    async def goes_on() -> None:
        if again:
            await club.restart()

    assert (
        "The documents do not answer this." in (await club.ask(club.ana, club.general, LAMPS)).text
    )
    listed = await does(club.curator, club.general, "corpus unanswered")
    assert f"1 · 1 × {LAMPS}" in listed.text
    await goes_on()
    offered = await pressed(club.curator, listed, "1")
    assert FISH in offered.text
    await goes_on()
    done = await pressed(club.curator, offered, "📌")
    assert f"Pinned. “{LAMPS}”, and questions like it, are answered with this." in done.text
    relisted = await does(club.curator, club.general, "corpus unanswered")
    assert relisted.text == "No question is without an answer."
    await goes_on()
    for who, question in ((club.ana, LAMPS), (club.ben, "Do SALT lamps help against headaches")):
        answer = await club.ask(who, club.general, question)
        assert BY_CURATOR in answer.text
        assert club.is_verbatim(answer)
        assert any(FISH in line for line in quoted(answer))
    private = await club.ana.slash(club.general, "ask", question=LAMPS, private=True)
    assert BY_CURATOR in (await private.response()).text
    assert LAMPS in (await does(club.curator, club.general, "corpus pins")).text
    await goes_on()
    undone = await pressed(club.curator, done, "↩")
    assert undone.text == f"Undone. “{LAMPS}” has no pin any more."
    assert "do not answer" in (await club.ask(club.ana, club.general, LAMPS)).text
    assert (await pressed(club.curator, done, "↩")).text == "There is nothing to undo."


@restarts
async def test_servers_that_are_bound_apart_learn_nothing_of_each_others_pins(
    club: DiscordHarness, again: bool
) -> None:
    other, elsewhere = await second_server(club)
    await club.bind(club.general, "guild")
    await club.bind(elsewhere, "town")
    question = "where is the gold kept"
    nowhere = "These words stand nowhere in the documents."
    hidden = await does(other, elsewhere, "corpus pin", question=question, words="vault of the")
    assert hidden.text.startswith(nowhere)
    assert not hidden.buttons
    fish = await does(club.boss, club.general, "corpus pin", question=question, words=WORDS)
    assert fish.text.startswith(nowhere)
    asked = await does(other, elsewhere, "corpus pin", question="who may open the vault?")
    assert "vault" not in asked.text.replace("who may open the vault?", "")

    assert "Pinned." in (await pins(club.boss, club.general, question, "vault of the")).text
    if again:
        await club.restart()
    assert BY_CURATOR in (await club.ask(club.ana, club.general, question)).text
    silence = (await club.ask(club.ana, elsewhere, question)).text
    assert "do not answer" in silence
    assert "vault" not in silence
    assert (await does(other, elsewhere, "corpus pins")).text == "Nothing is pinned."
    assert (await does(other, elsewhere, "corpus undo")).text == "There is nothing to undo."
    listed = (await does(other, elsewhere, "corpus unanswered")).text
    assert f"1 · 1 × {question}" in listed
    assert "vault" not in listed
    assert (await does(other, elsewhere, "corpus log")).text == "Only a curator may do this."

    # Two sides that a curator pins for all: each server has the one it sees.
    both = "what stands beneath everything"
    for words in ("vault of the", WORDS):
        await pins(club.curator, club.general, both, words)
    for where, seen, unseen in ((club.general, VAULT, FISH), (elsewhere, FISH, VAULT)):
        answer = (await club.ask(club.ana, where, both)).text
        assert BY_CURATOR in answer
        assert seen in answer
        assert unseen not in answer
    told = (await does(other, elsewhere, "corpus pins")).text
    assert "Fish" in told
    assert "vault" not in told
    assert (await does(other, elsewhere, "corpus undo")).text == "There is nothing to undo."


async def test_a_pin_follows_its_words_and_stops_without_them(club: DiscordHarness) -> None:
    await pins(club.curator, club.general, LAMPS, WORDS)
    market = (club.corpus / "town/market.md").read_text()

    async def reloaded(path: str, text: str) -> tuple[str, str, str]:
        """What a reload, the list of pins and an answer say then."""
        club.write(path, text)
        report = await does(club.curator, club.general, "corpus reload")
        listed = await does(club.curator, club.general, "corpus pins")
        return report.text, listed.text, (await club.ask(club.ana, club.general, LAMPS)).text

    moved = market.replace(FISH, f"A new paragraph.\n\nIt opens at six. {FISH}")
    report, listed, answer = await reloaded("town/market.md", moved)
    assert BY_CURATOR in answer
    assert "It does not answer" not in listed
    report, listed, answer = await reloaded("town/market.md", market.replace("noon", "two o'clock"))
    assert f'the pin "{LAMPS}" does not answer' in report
    assert f"town/market.md no longer has “{FISH}”" in listed
    assert "> Fish, salt and rope are sold there until two o'clock." in listed.replace("\\", "")
    assert BY_CURATOR not in answer
    (club.corpus / "town/market.md").unlink()
    report, listed, answer = await reloaded("town/other.md", "# Other\n\nNothing is said here.\n")
    assert f'the pin "{LAMPS}" does not answer' in report
    assert "town/market.md is gone, and with it" in listed
    assert BY_CURATOR not in answer
    assert BY_CURATOR in (await reloaded("town/stalls.md", market))[2]
    taken = await does(club.curator, club.general, "corpus pins")
    assert "has no pin any more" in (await pressed(club.curator, taken, "1")).text
    assert "is pinned as before" in (await does(club.curator, club.general, "corpus undo")).text
    assert BY_CURATOR in (await club.ask(club.ana, club.general, LAMPS)).text


HOSTILE = (
    "**bold** __x__ `code` ||spoiler|| ~~no~~ > # [a](https://example.org) what?",
    "@everyone @here what about <@&5> <#7> </ask:9> <t:0>?",
    '"""\n[[pin]]\nquestion = "x"\n[[pin.quote]]\ndocument = "guild/vault.md"\n"""',
    "'''\\u0000 \\\" \\ \t # = [pin] what?",
    "\u202ewho\u202c is \u2066there\u2069 \u200f?",
    "🐟🧂🪢 for whom?",
    "what " + "x" * 1_990 + "?",
    "one\r\ntwo\u2028three\x85four\x0bwhat?",
)


@pytest.mark.parametrize("question", HOSTILE)
async def test_hostile_questions_are_pinned_listed_and_taken_back(
    club: DiscordHarness, question: str
) -> None:
    done = await pins(club.curator, club.general, question, WORDS)
    assert done.text.startswith("Pinned.")
    asked = await club.ana.slash(club.general, "ask", question=question, private=True)
    answer = await asked.response()
    assert BY_CURATOR in answer.text
    assert any(FISH in line for line in quoted(answer))
    listed = await does(club.curator, club.general, "corpus pins")
    assert listed.text.startswith("1 pin:\n")
    for shown in (done, listed, await does(club.curator, club.general, "corpus log")):
        assert "@everyone" not in shown.text.replace("\\@", "")
        assert "\u202e" not in shown.text
        assert "](https" not in shown.text.replace("\\]\\(", "")
    await club.restart()
    assert "has no pin any more" in (await pressed(club.curator, done, "↩")).text
    assert (club.corpus / "pins.toml").read_text().strip() == ""
    club.server.check()


async def test_two_curators_and_an_editor_change_pins_at_once(club: DiscordHarness) -> None:
    offers = [
        await does(who, club.general, "corpus pin", question=f"which {number} is it?", words=WORDS)
        for number, who in enumerate((club.curator, club.boss), start=1)
    ]
    presses = [
        await who.press(offer, "📌")
        for who, offer in zip((club.curator, club.boss), offers, strict=True)
    ]
    told = await asyncio.gather(*(press.response() for press in presses))
    assert all(each.text.startswith("Pinned.") for each in told)
    file = club.corpus / "pins.toml"
    by_hand = f"# By hand.\n{file.read_text().replace('which 2 is it?', 'which third is it?')}"
    third = await does(club.curator, club.general, "corpus pin", question="and 4?", words=WORDS)
    file.write_text(by_hand)
    assert (await pressed(club.curator, third, "📌")).text.startswith("Pinned.")
    assert file.read_text().startswith(by_hand.rstrip())
    assert "was changed since" in (await pressed(club.boss, told[1], "↩")).text
    listed = await does(club.curator, club.general, "corpus pins")
    assert "third" in listed.text


async def test_who_has_no_rights_presses_in_vain_what_others_see(club: DiscordHarness) -> None:
    await club.ask(club.ana, club.general, LAMPS)
    listed = await does(club.curator, club.general, "corpus unanswered")
    offered = await pressed(club.curator, listed, "1")
    for message, label in ((listed, "1"), (offered, "Pin")):
        refused = await forged_press(club, club.ben, message, label).response()
        assert refused.text == "Only someone who manages this place may do this."
    done = await pressed(club.curator, offered, "📌")
    refused = await forged_press(club, club.ben, done, "Undo").response()
    assert refused.text == "Only someone who manages this place may do this."
    # A manager's press on a curator's button brings what they may see, and undoes nothing.
    told = await forged_press(club, club.boss, done, "Undo").response()
    assert told.text == "There is nothing to undo."
    assert BY_CURATOR in (await club.ask(club.ana, club.general, LAMPS)).text


def broken(file: Path) -> None:
    file.write_text("[[pin]\nquestion = ")


def not_utf8(file: Path) -> None:
    file.write_bytes(b"# caf\xe9\n")


def huge(file: Path) -> None:
    file.write_text("# x\n" * 3_000_000)


def directory(file: Path) -> None:
    file.mkdir()


def link_out(file: Path) -> None:
    outside = file.parent.parent / "outside.toml"
    outside.write_text("# not yours\n")
    file.symlink_to(outside)


@pytest.mark.parametrize("spoil", [broken, not_utf8, huge, directory, link_out])
async def test_a_file_of_pins_that_cannot_be_used_is_one_sentence(
    club: DiscordHarness, spoil: Callable[[Path], None]
) -> None:
    offered = await does(club.curator, club.general, "corpus pin", question=LAMPS, words=WORDS)
    spoil(club.corpus / "pins.toml")
    told = await pressed(club.curator, offered, "📌")
    assert "pins.toml" in told.text
    assert len(told.text.splitlines()) == 1
    assert not told.buttons
    report = await does(club.curator, club.general, "corpus reload")
    assert "pins.toml" in report.text
    assert quoted(await club.ask(club.ana, club.general, DREDGED))
    outside = club.corpus.parent / "outside.toml"
    assert not outside.exists() or outside.read_text() == "# not yours\n"
    await club.restart()
    assert quoted(await club.ask(club.ana, club.general, DREDGED))


async def test_a_folder_that_may_only_be_read_is_one_sentence(closed_club: DiscordHarness) -> None:
    club = closed_club
    with tempfile.TemporaryDirectory() as name:  # where every user can get
        club.corpus = Path(shutil.copytree(club.corpus, name, dirs_exist_ok=True))
        club.corpus.chmod(0o555)
        await club.start()
        offered = await does(club.curator, club.general, "corpus pin", question=LAMPS, words=WORDS)
        with as_common_user():
            told = await pressed(club.curator, offered, "📌")
        assert (
            "this program may not write to the corpus folder: change its permissions" in told.text
        )
        assert len(told.text.splitlines()) == 1
        assert not told.buttons
        assert "nothing to undo" in (await does(club.curator, club.general, "corpus undo")).text
        await club.stop()


async def test_questions_that_are_kept_change_nothing_for_pins(club: DiscordHarness) -> None:
    await club.restart(keep_questions=True)
    await pins(club.curator, club.general, LAMPS, WORDS)
    answer = await club.ask(club.ana, club.general, LAMPS)
    assert BY_CURATOR in answer.text
    assert "Noted" in (await pressed(club.ben, answer, "👍")).text
    hidden = await club.ana.slash(club.general, "ask", question="who am i?", private=True)
    await hidden.response()
    listed = await does(club.curator, club.general, "corpus unanswered")
    assert listed.text == "No question is without an answer."
