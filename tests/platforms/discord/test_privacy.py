"""What is kept of those who ask: who asked what is in no file, and what names them goes."""

import logging

import pytest

from bot.state.unanswered import digest_of
from tests.harness.discord_harness import COST, DREDGED, KIBBEH, VAULT, DiscordHarness
from tests.harness.discord_server.messages import ServerMessage
from tests.harness.discord_server.people import DiscordPerson


def files(club: DiscordHarness) -> bytes:
    """Every byte of what the program keeps, as it lies on the disk."""
    return b"".join(path.read_bytes() for path in club.state.rglob("*") if path.is_file())


def holds(club: DiscordHarness, words: str) -> bool:
    return words.encode() in files(club)


async def forgets(club: DiscordHarness, who: DiscordPerson) -> str:
    told = await (await who.slash(club.general, "privacy forget")).response()
    assert told.ephemeral
    return told.text


async def asks_everything(club: DiscordHarness) -> ServerMessage:
    """Questions of each kind: answered, met by silence, by command, in private, in a thread."""
    reply = await club.ask(club.ana, club.general, DREDGED)
    await club.ask(club.ana, club.general, KIBBEH)
    await (await club.ana.slash(club.general, "ask", question=COST)).response()
    direct = club.server.dm(club.ana)
    asked = await club.ana.say(direct, VAULT)
    await club.server.wait_for_message(direct, reply_to=asked)
    await (await club.ana.press(reply, "👍")).response()
    await (await club.ana.press(reply, "Context")).response()
    await club.done()
    return reply


async def test_the_words_of_a_question_are_kept_only_where_it_met_silence(
    club: DiscordHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await asks_everything(club)
    for question in (DREDGED, COST, VAULT):
        assert not holds(club, question)
        assert not holds(club, digest_of(question))
    assert holds(club, KIBBEH)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("bot.")]
    for question in (DREDGED, COST, VAULT, KIBBEH):
        assert not [line for line in ours if question in line]
    await club.stop()
    assert not any(holds(club, question) for question in (DREDGED, COST, VAULT))


async def test_the_words_are_kept_where_the_operator_wants_it_and_that_is_said(
    club: DiscordHarness,
) -> None:
    not_kept = "Questions are not kept, but for those without an answer, without a name."
    told = await (await club.ana.slash(club.general, "about")).response()
    assert not_kept in told.text
    await club.restart(keep_questions=True)
    await asks_everything(club)
    assert all(holds(club, question) for question in (DREDGED, COST, VAULT))
    told = await (await club.ana.slash(club.general, "about")).response()
    assert not_kept not in told.text


async def test_about_tells_whether_a_model_may_be_sent_questions_and_where(
    club: DiscordHarness,
) -> None:
    told = await (await club.ana.slash(club.general, "about")).response()
    assert "language model" not in told.text
    for url, place in (
        ("http://localhost:8080/v1", "this machine"),
        ("https://example.org/v1", "a service elsewhere"),
    ):
        await club.restart(reader_url=url)
        told = await (await club.ana.slash(club.general, "about")).response()
        assert f"to a language model ({place})" in told.text


async def test_forgetting_takes_every_trace_of_a_person_off_the_disk(club: DiscordHarness) -> None:
    reply = await asks_everything(club)
    assert holds(club, str(club.ana.id))
    status = await (await club.boss.slash(club.general, "corpus status")).response()
    assert "Replies found good: 1." in status.text
    assert (await forgets(club, club.ana)).startswith("You were named in ")
    assert not holds(club, str(club.ana.id))
    assert await forgets(club, club.ana) == "Nothing that is kept here names you."
    status = await (await club.boss.slash(club.general, "corpus status")).response()
    assert "Replies found good: 0." in status.text
    # The reply stays and works; that it was hers is no longer known.
    context = await (await club.ana.press(reply, "Context")).response()
    assert "1903" in context.text
    refused = await (await club.ana.press(reply, "Remove")).response()
    assert refused.ephemeral
    assert not reply.deleted


async def test_forgetting_one_leaves_the_others(club: DiscordHarness) -> None:
    hers = await club.ask(club.ana, club.general, DREDGED)
    his = await club.ask(club.ben, club.general, COST)
    await (await club.ben.press(hers, "👍")).response()
    await club.done()
    await forgets(club, club.ana)
    assert holds(club, str(club.ben.id))
    await (await club.ben.press(his, "Remove")).acknowledged()
    await club.until(lambda: his.deleted, "his reply to be taken down")


async def test_a_deed_stays_without_the_name_of_who_did_it(club: DiscordHarness) -> None:
    await (await club.curator.slash(club.general, "corpus reload")).response()
    await forgets(club, club.curator)
    log = await (await club.curator.slash(club.general, "corpus log")).response()
    assert log.text.splitlines()[1].endswith(" UTC – reload 5 documents – done")
    assert not holds(club, str(club.curator.id))


async def test_a_mention_of_somebody_in_a_question_is_kept_by_name_alone(
    club: DiscordHarness,
) -> None:
    await club.ask(club.ana, club.general, f"did {club.ben.mention} bake the kibbeh?")
    asked = f"did {club.ben.mention} bake the kibbeh?"
    silence = await (await club.ana.slash(club.general, "ask", question=asked)).response()
    assert "do not answer" in silence.text
    pin = await club.curator.slash(club.general, "corpus pin", question=asked, words="vault of")
    await (await club.curator.press(await pin.response(), "Pin")).response()
    answer = await (await club.ana.slash(club.general, "ask", question=asked)).response()
    assert "Pinned by a curator." in answer.text
    assert str(club.ben.id) not in (club.corpus / "pins.toml").read_text()
    await club.done()
    await forgets(club, club.ana)
    assert not holds(club, str(club.ben.id))
