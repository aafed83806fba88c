"""The question stands above public replies; private ones are shared; a press is answered once."""

import asyncio

from tests.harness.discord_harness import COST, KIBBEH, VAULT, DiscordHarness, answer_id, quoted


async def test_the_question_stands_above_a_public_reply(club: DiscordHarness) -> None:
    question = f"{VAULT} <@{club.ben.id}> **bold** https://example.org"
    reply = await (await club.ana.slash(club.general, "ask", question=question)).response()
    first, *_ = reply.text.split("\n")
    shown = f"Question: {VAULT} \\<@{club.ben.id}> \\*\\*bold\\*\\* https\\://example.org"
    assert first == shown
    assert reply.pings == []
    assert "Tom Harrow" in reply.text
    silent = await (await club.ana.slash(club.general, "ask", question=KIBBEH)).response()
    assert silent.text.startswith(f"Question: {KIBBEH}\n")
    club.server.check()


async def test_a_long_question_is_shortened_and_the_reply_still_fits(club: DiscordHarness) -> None:
    question = f"{COST} {'*' * 1_900}"
    reply = await (await club.ana.slash(club.general, "ask", question=question)).response()
    assert reply.text.startswith(f"Question: {COST} ")
    assert r" \[…\]" in reply.text.split("\n")[0]
    club.server.check()


async def test_the_menu_names_the_message_that_it_was_asked_about(club: DiscordHarness) -> None:
    message = await club.ben.say(club.general, VAULT, mention_bot=True)
    await club.server.wait_for_message(club.general, reply_to=message)
    reply = await (await club.ana.context_menu("Ask the sources", message)).response()
    asked, about, *_ = reply.text.split("\n")
    assert asked.startswith("Question: ")
    assert VAULT in asked
    assert about == f"In the message <{message.link}>"
    club.server.check()


async def test_a_private_reply_is_shared_with_its_question(club: DiscordHarness) -> None:
    for question in (VAULT, KIBBEH):
        used = await club.ana.slash(club.general, "ask", question=question, private=True)
        reply = await used.response()
        assert reply.ephemeral
        assert "Question:" not in reply.text
        shared = await (await club.ana.press(reply, "Share")).response()
        assert not shared.ephemeral
        first, *rest = filter(None, shared.text.split("\n"))
        assert first == f"Question: {question}"
        assert rest == [line for line in reply.text.split("\n") if line]
        assert answer_id(shared) == answer_id(reply)
        assert "Share" not in [button.label for button in shared.buttons]
        pressed = await club.ana.press(shared, "Remove")
        assert (await pressed.response()).text == "The reply is taken down."
    club.server.check()


async def test_a_private_reply_is_shared_once(club: DiscordHarness) -> None:
    used = await club.ana.slash(club.general, "ask", question=VAULT, private=True)
    reply = await used.response()
    await (await club.ana.press(reply, "Share")).response()
    await club.done()
    again = await (await club.ana.press(reply, "Share")).response()
    assert again.ephemeral
    assert again.text == "This is shown already, further down."
    assert len(club.server.answers(club.general)) == 1
    used = await club.ana.slash(club.general, "ask", question=VAULT, private=True)
    shared = await (await club.ana.press(await used.response(), "Share")).response()
    assert not shared.ephemeral
    club.server.check()


async def test_what_is_shared_keeps_to_its_collection_and_the_room(club: DiscordHarness) -> None:
    used = await club.ana.slash(
        club.general, "ask", question=COST, collection="guild", private=True
    )
    reply = await used.response()
    shared = await (await club.ana.press(reply, "Share")).response()
    assert answer_id(shared) == answer_id(reply)
    used = await club.ana.slash(club.general, "ask", question=COST, private=True)
    reply = await used.response()
    await club.bind(club.general, "guild")
    shared = await (await club.ana.press(reply, "Share")).response()
    assert quoted(shared) == []
    assert "Ada Sand" not in shared.text


async def test_share_after_a_restart_says_that_the_question_is_not_kept(
    club: DiscordHarness,
) -> None:
    used = await club.ana.slash(club.general, "ask", question=VAULT, private=True)
    reply = await used.response()
    await club.restart()
    told = await (await club.ana.press(reply, "Share")).response()
    assert told.ephemeral
    assert told.text == "This reply is no longer kept. Ask the question again."


async def test_alone_with_the_bot_there_is_nobody_to_share_with(club: DiscordHarness) -> None:
    direct = club.server.dm(club.ana)
    reply = await (await club.ana.slash(direct, "ask", question=VAULT, private=True)).response()
    assert "Share" not in [button.label for button in reply.buttons]


async def test_more_that_is_pressed_twice_answers_once(club: DiscordHarness) -> None:
    shown = await club.ask(club.ana, club.general, COST)
    (name,) = [b.custom_id for b in shown.buttons if b.label.startswith("More")]
    assert name is not None
    await asyncio.gather(*(club.ana.press(shown, name) for _ in range(3)))
    await club.until(lambda: len(club.server.answers(club.general)) == 2)
    await club.done()
    late = await (await club.ben.press(shown, name)).response()
    assert late.ephemeral
    assert late.text == "This is shown already, further down."
    assert len(club.server.answers(club.general)) == 2
    club.server.check()
