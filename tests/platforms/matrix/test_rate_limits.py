"""Answers and signs on a homeserver that limits the events of an account."""

from pathlib import Path

import pytest

from bot.platforms.matrix.api import homeserver_port
from tests.harness.matrix_clients import MatrixPerson
from tests.harness.matrix_harness import COST, KIBBEH, LIT, at_home
from tests.harness.matrix_view import Seen
from tests.harness.synapse import Synapse
from tests.platforms.matrix.conftest import Newcomer, fresh
from tests.platforms.matrix.test_reactions import ALL, brought


async def test_answers_of_all_rooms_go_before_any_sign(
    synapse_python: Path, tmp_path: Path
) -> None:
    # Ten events at once as by default; then none for so long that nobody waits for it.
    limits = {"rc_message": {"per_second": 0.001, "burst_count": 10}}
    with Synapse(synapse_python, tmp_path / "synapse", limits) as synapse:
        people = [await MatrixPerson.register(synapse, f"p{number}") for number in range(3)]
        async with at_home(synapse, fresh("bot"), tmp_path, signs="one") as bot:
            rooms = [await bot.welcomed(who, direct=True) for who in people]
            # Joins, welcomes and answers are nine events; seven signs would be too many.
            for who, room in zip(people, rooms, strict=True):
                assert "Ivar Holm" in (await who.ask(room, LIT)).body
        for who in people:
            await who.close()


async def test_one_sign_opens_the_others_also_after_a_restart(
    synapse: Synapse, tmp_path: Path, person: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homeserver_port, "RATE", 100.0)
    ana = await person("ana")
    async with at_home(synapse, fresh("bot"), tmp_path, signs="one") as bot:
        room = await bot.welcomed(ana, direct=True)
        answer, silence = await ana.ask(room, COST), await ana.ask(room, KIBBEH)

        async def shows(event: str, signs: set[str]) -> None:
            def shown() -> bool:
                message = ana.shown(room, event)
                return message is not None and message.signs(bot.user_id) == signs

            await ana.until(shown)

        await shows(answer.event_id, {"❓"})
        await ana.react(room, answer.event_id, "❓\ufe0f")
        await shows(answer.event_id, {"❓", *ALL})
        await bot.restart()
        await ana.react(room, silence.event_id, "❓")
        await shows(silence.event_id, {"❓", "👍", "👎", "❌"})
        # A page of a list turns by a single sign, which needs no other to show it.
        assert "Ivar Holm" in (await brought(ana, room, await ana.ask(room, LIT), "🔎")).body


async def test_where_no_signs_are_put_the_words_are_named(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    ana = await person("ana")
    async with at_home(synapse, fresh("bot"), tmp_path, signs="one") as bot:
        room = await bot.welcomed(ana, direct=True)
        assert "To go on" not in (await ana.ask(room, COST)).body
        held = await ana.get_state(room, "m.room.power_levels")
        events = {**held.get("events", {}), "m.reaction": 50}
        await ana.put_state(room, "m.room.power_levels", {**held, "events": events})
        answer = await ana.ask(room, COST)
        assert answer.body.endswith("To go on, write: more, context, source NAME, !down.")
        assert "To go on, write: more, context, source NAME, !down." in (answer.html or "")
        assert (await ana.ask(room, KIBBEH)).body.endswith("To go on, write: !down.")
        more = await ana.ask(room, "more", thread=answer.thread)
        assert "In wages alone" in more.body
        question = await ana.say(room, LIT)
        lit = await ana.answer(room, question)
        await ana.edit(room, question, COST)
        edited = await ana.until(lambda: _other_body(ana, room, lit))
        assert edited.endswith("To go on, write: more, context, source NAME, !down.")


def _other_body(who: MatrixPerson, room: str, before: Seen) -> str | None:
    """The text of a message once it was edited."""
    now = who.shown(room, before.event_id)
    return None if now is None or now.body == before.body else now.body


async def test_the_words_are_named_in_the_language_of_the_room(
    synapse: Synapse, tmp_path: Path, person: Newcomer
) -> None:
    ana, ben = await person("ana"), await person("ben")
    async with at_home(synapse, fresh("bot"), tmp_path, signs="none") as bot:
        room = await bot.welcomed(ana, ben)
        await ana.ask(room, "!room language de")
        answer = await ana.ask(room, f"!ask {COST}")
        assert "To go on" not in answer.body
        assert "Weiter geht es mit" in answer.body
