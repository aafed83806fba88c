"""Members ask in Matrix rooms of all kinds, on a real homeserver."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.chat.identity import Scope
from bot.platforms.matrix.session import undecrypted
from tests.harness.gated_answering import GatedAnswering
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import COST, KIBBEH, LIT, MatrixHarness, at_home, reply_id
from tests.harness.matrix_view import Event
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import EncryptingNewcomer, Newcomer, StrictNewcomer, fresh


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixHarness]:
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as parlour:
        yield parlour


async def test_a_room_for_two_needs_no_mention(bot: MatrixHarness, person: Newcomer) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    asked = await ana.say(room, LIT)
    answer = await ana.answer(room, asked)
    assert "Ivar Holm" in answer.body
    assert (answer.kind, answer.mentions, answer.thread) == ("m.notice", (), asked)
    # The same answer, by the same id, as anywhere else.
    assert reply_id(answer) == (await bot.answering.ask(LIT)).id
    html = HTMLParser(answer.html or "")
    quotes = [quote.text() for quote in html.css("blockquote")]
    texts = [document.text for document in bot.answering.corpus.documents]
    assert quotes
    assert all(any(quote in text for text in texts) for quote in quotes)
    await ana.until(lambda: ana.receipts.get(room, {}).get(bot.user_id) == asked)

    silence = await ana.ask(room, KIBBEH)
    assert "The documents do not answer this." in silence.body
    assert await bot.pending() == ()


async def test_the_sentence_found_is_strong_and_the_plain_text_is_as_ever(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    answer = await ana.ask(room, COST)
    before, found = (
        "The keeper of Skerry Vore lived in the tower.",
        "The tower of Skerry Vore cost 86,000 thalers.",
    )
    quotes = HTMLParser(answer.html or "").css("blockquote")
    (quote,) = (each for each in quotes if found in each.text())
    assert quote.text() == f"{before} {found}"
    assert [strong.text() for strong in quote.css("strong")] == [found]
    assert f" > {before} {found}\n" in answer.body


async def test_in_a_room_of_many_only_what_is_meant_for_the_bot_is_answered(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    await ana.say(room, LIT)
    await ben.say(room, f"{LIT} is what Ana asks", mentions=[ana.user_id])
    await ana.say(room, LIT, mentions=[bot.user_id], kind="m.notice")
    named = f"{bot.user}: {LIT}"
    mentioned = await ana.ask(room, named, mentions=[bot.user_id])
    assert reply_id(mentioned) == (await bot.answering.ask(LIT)).id
    prefixed = await ben.ask(room, f"!ask {COST}")
    assert reply_id(prefixed) == (await bot.answering.ask(COST)).id
    # A client that knows no mentions, and quotes what it replies to.
    old = await ben.ask(room, f"{bot.user_id}: {LIT}", mentions=None)
    assert reply_id(old) == reply_id(mentioned)
    quoting = f"> <{bot.user_id}> Answer\n> more of it\n\n{COST}"
    replied = await ana.ask(room, quoting, reply_to=prefixed.event_id)
    assert reply_id(replied) == reply_id(prefixed)
    # The welcome and four answers, and none to what was not for the bot.
    assert len(bot.said(ana, room)) == 5


async def test_a_thread_goes_on_with_a_mention_and_leans_on_what_was_asked(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    first = await ana.ask(room, COST, mentions=[bot.user_id])
    assert first.thread is not None
    await ben.say(room, LIT, thread=first.thread)
    more = await ben.ask(
        room, "And the lamp?", thread=first.thread, mentions=[bot.user_id], reply_to=first.event_id
    )
    assert more.thread == first.thread
    assert "Read with the question before" in more.body
    assert len(bot.said(ben, room)) == 3


async def test_words_in_a_thread_of_the_bot_need_no_mention(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    room = await bot.welcomed(ana, ben)
    begun = await ben.say(room, "What a day.")
    asked = await ana.say(room, COST, thread=begun, mentions=[bot.user_id])
    late = await ana.answer(room, asked)
    assert late.thread == begun
    assert "In wages alone" in (await ben.ask(room, "more", thread=begun)).body
    first = await ana.ask(room, COST, mentions=[bot.user_id])
    await bot.restart()
    assert "Bread and coal" in (await ben.ask(room, "context", thread=first.thread)).body
    assert (
        "There is no excerpt 99;" in (await ben.ask(room, "context 99", thread=first.thread)).body
    )
    assert "isle/lamp.md" in (await ben.ask(room, "source The lamp", thread=first.thread)).body
    # Where it takes no part, and where more than a word is said, it keeps out.
    said = len(bot.said(ben, room))
    other = await ana.say(room, "Did you sleep well?")
    await ben.say(room, "more", thread=other)
    await ben.say(room, "more of the same, as ever", thread=first.thread)
    await ben.say(room, "more")
    await ben.ask(room, f"!ask {LIT}")
    assert len(bot.said(ben, room)) == said + 1


async def test_words_do_what_signs_do(bot: MatrixHarness, person: Newcomer) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    assert "Ask a question first." in (await ana.ask(room, "more")).body
    help_ = await ana.ask(room, "help")
    assert "!sources" in help_.body
    assert "➕" in help_.body
    assert "4 documents" in (await ana.ask(room, "sources")).body
    assert "File: isle/lamp.md" in (await ana.ask(room, "source The lamp")).body
    assert "No document has that name" in (await ana.ask(room, "!source nowhere")).body
    # What only sounds like a command is a question.
    assert "Silence" in (await ana.ask(room, "source of the kibbeh recipe")).body
    first = await ana.ask(room, COST)
    assert "There is no excerpt 99;" in (await ana.ask(room, "context 99")).body
    around = await ana.ask(room, "context")
    assert "Bread and coal were brought" in around.body
    more = await ana.ask(room, "more", thread=first.thread)
    assert (more.thread, "In wages alone" in more.body) == (first.thread, True)
    last = await ana.ask(room, "more", thread=first.thread)
    assert "nothing further" not in last.body
    assert "nothing further" in (await ana.ask(room, "!more", thread=first.thread)).body
    about = await ana.ask(room, "!about")
    assert "!privacy forget" in about.body
    assert "You no longer are." in (await ana.ask(room, "!privacy forget")).body


async def test_an_encrypted_room_is_as_good_as_any(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer, strict_person: StrictNewcomer
) -> None:
    ana, eve = await encrypting_person("ana"), await strict_person("eve")
    room = await bot.welcomed(ana, eve, encrypted=True)
    for who in (ana, eve):
        answer = await who.ask(room, LIT, mentions=[bot.user_id])
        assert (answer.encrypted, answer.trusted) == (True, True)
        assert reply_id(answer) == (await bot.answering.ask(LIT)).id


async def test_where_no_thread_can_be_the_answer_is_a_reply(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    other = await ana.ask(room, KIBBEH)
    relation = {"rel_type": "m.reference", "event_id": other.event_id}
    content = {"msgtype": "m.text", "body": LIT, "m.mentions": {}, "m.relates_to": relation}
    asked = await ana.send(room, "m.room.message", content)
    answer = await ana.answer(room, asked)
    assert ("Ivar Holm" in answer.body, answer.thread) == (True, None)


@pytest.mark.parametrize("direct", [True, False])
async def test_what_cannot_be_decrypted_is_told_once(
    bot: MatrixHarness,
    encrypting_person: EncryptingNewcomer,
    monkeypatch: pytest.MonkeyPatch,
    direct: bool,
) -> None:
    monkeypatch.setattr(undecrypted, "GRACE_SECONDS", 0.5)
    ana, ben = await encrypting_person("ana"), await encrypting_person("ben")
    people = [ana] if direct else [ana, ben]
    room = await bot.welcomed(*people, encrypted=True, direct=direct)
    found = await ana.call("POST", "/keys/query", {"device_keys": {bot.user_id: []}})
    devices = found["device_keys"][bot.user_id]
    await ana.withhold(room, *devices)
    lost = await ana.say(room, LIT)
    await ana.say(room, COST)
    told = await ana.answer(room, lost)
    assert "could not be decrypted" in told.body
    if not direct:
        await ben.withhold(room, *devices)
        await ben.say(room, LIT)
    assert len(bot.said(ana, room)) == 2


async def test_who_refuses_its_keys_is_told_why_and_what_helps(
    bot: MatrixHarness, encrypting_person: EncryptingNewcomer
) -> None:
    ana, ben = await encrypting_person("ana"), await encrypting_person("ben")
    room = await bot.welcomed(ana, ben, encrypted=True)
    for who in (ana, ben):
        found = await who.call("POST", "/keys/query", {"device_keys": {bot.user_id: []}})
        (device,) = found["device_keys"][bot.user_id]
        await who.withhold(room, device)
        asked = await who.say(room, LIT)
        await who.refuse_key(room, bot.user_id, device)
        told = await who.answer(room, asked)
        assert "gives keys to verified devices only" in told.body


async def test_the_room_sees_it_writing_where_that_takes_a_while(
    bot: MatrixHarness, person: Newcomer
) -> None:
    await bot.stop()
    gate = asyncio.Event()
    bot.answers = partial(GatedAnswering, gate=gate)
    await bot.start()
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    asked = await ana.say(room, LIT)
    await ana.until(lambda: bot.user_id in ana.typing.get(room, ()))
    gate.set()
    await ana.answer(room, asked)
    await ana.until(lambda: bot.user_id not in ana.typing.get(room, ()))


class OneByOne(GatedAnswering):
    """Answers one question each time it is let."""

    may = asyncio.Semaphore(0)

    async def hold(self, question: str, collections: Scope) -> None:
        del question, collections
        await self.may.acquire()


async def test_the_room_sees_it_writing_until_the_last_reply(
    bot: MatrixHarness, person: Newcomer
) -> None:
    await bot.stop()
    bot.answers = OneByOne
    await bot.start()
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    first = await ana.say(room, LIT)
    await ana.until(lambda: bot.user_id in ana.typing.get(room, ()))
    second = await ana.say(room, COST)
    await ana.until(lambda: ana.receipts.get(room, {}).get(bot.user_id) == second)
    OneByOne.may.release()
    await ana.answer(room, first)
    # Clients take a message as the end of writing, until they are told of it once more.
    ana.typing.clear()
    await ana.until(lambda: bot.user_id in ana.typing.get(room, ()), within=5)
    OneByOne.may.release()
    await ana.answer(room, second)
    await ana.until(lambda: bot.user_id not in ana.typing.get(room, ()))


async def test_nothing_from_before_the_bot_came_is_answered(
    bot: MatrixHarness, person: Newcomer
) -> None:
    ana = await person("ana")
    room = await ana.create_room()
    before = await ana.say(room, f"!ask {LIT}")
    await ana.invite(room, bot.user_id)
    await ana.until(lambda: bot.said(ana, room))
    await ana.ask(room, f"!ask {COST}")
    assert ana.answers(room, before) == []


async def test_who_asks_too_much_is_told_once(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    async with at_home(synapse, fresh("bot"), tmp_path, per_person=2, signs="none") as bot:
        ana, ben = await person("ana"), await person("ben")
        room = await bot.welcomed(ana, ben)
        for question in (LIT, COST):
            await ana.ask(room, f"!ask {question}")
        third = await ana.ask(room, f"!ask {LIT}")
        assert "That is a lot of questions at once." in third.body
        fourth = await ana.say(room, f"!ask {LIT}")
        await ben.ask(room, f"!ask {LIT}")
        await ana.catch_up()
        assert ana.answers(room, fourth) == []


async def test_more_questions_wait_than_may(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    gate = asyncio.Event()
    async with at_home(
        synapse, fresh("bot"), tmp_path, at_once=1, waiting=1, per_person=3, signs="none"
    ) as bot:
        await bot.stop()
        bot.answers = partial(GatedAnswering, gate=gate)
        await bot.start()
        ana, ben = await person("ana"), await person("ben")
        room = await bot.welcomed(ana, ben)
        first = await ana.say(room, f"!ask {LIT}")
        await ana.until(lambda: bot.user_id in ana.typing.get(room, ()))
        second = await ana.say(room, f"!ask {COST}")
        told = await ben.ask(room, f"!ask {LIT}")
        assert told.body.endswith("Many questions are waiting now. Ask again in a minute.")
        for _ in range(4):
            # The room knows; that this one was not taken either is for who asked to see.
            late = await ben.say(room, f"!ask {LIT}")
            await ben.see(room, late, reactions=((bot.user_id, "⏳"),))
            assert ben.answers(room, late) == []
        # Clients show reactions below the message, not below an edit of it.
        mended = await ben.say(room, "!hm")
        await ben.edit(room, mended, f"!ask {LIT}")
        await ben.see(room, mended, reactions=((bot.user_id, "⏳"),))
        gate.set()
        await ana.answer(room, first)
        await ana.answer(room, second)
        # What was refused counts for nothing: three questions may follow.
        for question in (LIT, COST, LIT):
            assert "lot of questions" not in (await ben.ask(room, f"!ask {question}")).body


async def test_two_hundred_questions_at_once_are_each_answered_once(
    bot: MatrixHarness, person: Newcomer
) -> None:
    people: list[MatrixPerson] = [await person(f"p{number}") for number in range(4)]
    room = await bot.welcomed(*people)
    questions = (LIT, COST, KIBBEH)
    said = await asyncio.gather(
        *(who.say(room, f"!ask {questions[n % 3]}") for n in range(50) for who in people)
    )
    reader = people[0]

    # The welcome and the answers; a client that shows them each time would take too long.
    def ours() -> list[Event]:
        return [event for event in reader.timelines[room] if event["sender"] == bot.user_id]

    await reader.until(lambda: len(ours()) > len(said) + 1, within=60)
    answers = bot.said(reader, room)[1:]
    assert sorted(answer.reply_to or "" for answer in answers) == sorted(said)
    wanted = {(await bot.answering.ask(question)).id for question in questions}
    assert {reply_id(answer) for answer in answers} == wanted


async def test_hostile_words_of_a_document_stay_words(bot: MatrixHarness, person: Newcomer) -> None:
    hostile = (
        "The beacon of Fulmar Point said <script>alert(1)</script> & <img src=x onerror=y> to"
        " @room and @ana:localhost via https://matrix.to/#/@ana:localhost \u202e in 1851."
    )
    bot.write("isle/hostile.md", f"# The beacon\n\n{hostile}\n")
    await bot.reload()
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    answer = await ana.ask(room, "What did the beacon of Fulmar Point say in 1851?")
    html = HTMLParser(answer.html or "")
    assert {node.tag for node in html.css("*")} <= {
        "html", "head", "body", "blockquote", "p", "strong", "em", "br", "code", "ul", "li"
    }  # fmt: skip
    assert "<script>alert(1)</script>" in html.css("blockquote")[0].text()
    assert "\u202e" not in answer.body
    assert answer.mentions == ()


async def test_the_longest_passage_is_shown_whole(bot: MatrixHarness, person: Newcomer) -> None:
    sentence = "The reef of Long Ness is described here in very many words that say little, {}. "
    text = "".join(sentence.format(number) for number in range(70))
    bot.write("isle/reef.txt", text.strip())
    await bot.reload()
    ana = await person("ana")
    room = await bot.welcomed(ana, direct=True)
    first = await ana.ask(room, "Where is the reef of Long Ness described?")
    pages = [await ana.ask(room, "context")]
    while "nothing further" not in (page := await ana.ask(room, "more")).body and len(pages) < 9:
        pages.append(page)
        if page.body.count("Long Ness") == 0:
            break
    shown = "".join(page.body for page in pages)
    assert len(first.body) < 30_000
    assert all(f"say little, {number}." in shown for number in (0, 35, 69))
    assert all("reef" in page.body for page in pages if "Long Ness" in page.body)
