"""Interactions are answered once, in time, in a way that fits, and followed up while they last."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.harness.discord_server.interactions import Interaction
from tests.harness.discord_server.people import DiscordPerson
from tests.harness.discord_server.places import Channel
from tests.harness.discord_server.server import DiscordServer
from tests.harness.discord_server.waiting import NotPossible

V2 = 1 << 15
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
ROW = {"type": 1, "components": [BUTTON]}
ASK = {
    "name": "ask",
    "description": "Ask",
    "options": [{"name": "q", "type": 3, "description": "Question", "autocomplete": True}],
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
}


@dataclass
class Desk:
    """A person at a server whose bot speaks raw HTTP."""

    server: DiscordServer
    session: aiohttp.ClientSession
    ana: DiscordPerson
    channel: Channel

    async def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request of the bot."""
        url = self.server.api_url + path
        headers = {"Authorization": f"Bot {self.server.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body)
        async with self.session.request(method, url, data=data, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def answer(self, asked: Interaction, kind: int, **data: Any) -> tuple[int, Any]:
        """The callback."""
        path = f"/interactions/{asked.id}/{asked.token}/callback?with_response=true"
        body = {"type": kind, "data": data} if data else {"type": kind}
        return await self.send("POST", path, body)

    def hook(self, asked: Interaction, rest: str = "") -> str:
        """The address of follow-ups."""
        return f"/webhooks/{self.server.app.id}/{asked.token}{rest}"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with DiscordServer() as server, aiohttp.ClientSession() as session:
        ana = server.add_user("ana")
        channel = server.add_guild(members=[ana]).add_channel("general")
        made = Desk(server, session, ana, channel)
        status, _ = await made.send("POST", f"/applications/{server.app.id}/commands", ASK)
        assert status == 201
        yield made
        assert not server.drift, "\n".join(server.drift)


WRONG = {
    "suggestions for a command": (8, {"choices": []}, "type"),
    "update of nothing": (7, {"content": "x"}, "type"),
    "too long": (4, {"content": "x" * 2001}, "data"),
    "half a character": (4, {"content": "\udc00"}, "data"),
    "layout with content": (4, {"content": "x", "flags": V2, "components": [ROW]}, "data"),
}


@pytest.mark.parametrize(("kind", "data", "where"), WRONG.values(), ids=WRONG)
async def test_wrong_answers(desk: Desk, kind: int, data: Any, where: str) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    status, said = await desk.answer(asked, kind, **data)
    assert (status, said["code"]) == (400, 50035)
    assert where in said["errors"]
    assert asked.kind is None
    assert len(desk.server.violations) == 1
    assert (await desk.answer(asked, 4, content="right"))[0] == 200


async def test_an_empty_answer(desk: Desk) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    assert (await desk.answer(asked, 4, content=""))[1]["code"] == 50006


@pytest.mark.parametrize(
    "choices",
    [
        [{"name": str(n), "value": str(n)} for n in range(26)],
        [{"name": "x" * 101, "value": "x"}],
        [{"name": "x", "value": "x" * 101}],
        [{"name": "", "value": "x"}],
    ],
    ids=["many", "name", "value", "nameless"],
)
async def test_wrong_suggestions(desk: Desk, choices: Any) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    asked.type = 4
    assert (await desk.answer(asked, 8, choices=choices))[1]["code"] == 50035
    assert len(desk.server.violations) == 1


async def test_once_and_in_time(desk: Desk) -> None:
    late = await desk.ana.slash(desk.channel, "ask")
    desk.server.clock.advance(3.5)
    assert (await desk.answer(late, 5))[1]["code"] == 10062
    asked = await desk.ana.slash(desk.channel, "ask")
    desk.server.clock.advance(2.5)
    assert (await desk.send("POST", desk.hook(asked), {"content": "x"}))[1]["code"] == 10015
    status, said = await desk.answer(asked, 5)
    assert (status, said["interaction"]["response_message_loading"]) == (200, True)
    assert (await desk.answer(asked, 4, content="x"))[1]["code"] == 40060
    desk.server.clock.advance(600)
    path = desk.hook(asked, "/messages/@original")
    assert (await desk.send("PATCH", path, {"content": "slow"}))[0] == 200
    assert (await asked.response()).text == "slow"
    desk.server.clock.advance(301)
    assert (await desk.send("PATCH", path, {"content": "no"}))[1]["code"] == 50027
    desk.server.check()


async def test_a_message_for_one_person_is_nowhere_else(desk: Desk) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    await desk.answer(asked, 4, content="psst", flags=64, components=[ROW])
    message = await asked.response()
    path = f"/channels/{desk.channel.id}/messages"
    assert (await desk.send("GET", f"{path}/{message.id}"))[1]["code"] == 10008
    assert (await desk.send("GET", path))[1] == []
    ben = desk.server.add_user("ben")
    assert desk.channel.guild is not None
    desk.channel.guild.add_member(ben)
    with pytest.raises(NotPossible, match="does not see"):
        await ben.press(message, "Go")
    pressed = await desk.ana.press(message, "go")
    await desk.answer(pressed, 6)
    edited = {"content": "changed", "components": [ROW]}
    await desk.send("PATCH", desk.hook(pressed, "/messages/@original"), edited)
    assert (message.text, message.ephemeral) == ("changed", True)
    assert (await desk.send("DELETE", desk.hook(asked, "/messages/@original")))[0] == 204
    assert (await desk.send("GET", desk.hook(asked, "/messages/@original")))[1]["code"] == 10008
    assert desk.ana.sees(desk.channel) == []
    desk.server.check()


async def test_a_deferred_layout_takes_the_place_of_thinking(desk: Desk) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    await desk.answer(asked, 5, flags=64)
    layout = {"flags": V2, "components": [{"type": 10, "content": "Laid out"}]}
    assert (await desk.send("POST", desk.hook(asked), layout))[0] == 200
    message = await asked.response()
    assert (message.text, message.ephemeral, asked.followups) == ("Laid out", True, [])
    desk.server.check()


async def test_five_follow_ups_where_the_bot_is_no_member(desk: Desk) -> None:
    cleo = desk.server.add_user("cleo", app_installed=True)
    hall = desk.server.add_guild(members=[cleo], with_bot=False).add_channel("hall")
    asked = await cleo.slash(hall, "ask")
    await desk.answer(asked, 4, content="first")
    sent = [await desk.send("POST", desk.hook(asked), {"content": str(n)}) for n in range(6)]
    assert [status for status, _ in sent] == [200] * 5 + [400]
    assert sent[-1][1]["code"] == 40094
    assert (await desk.send("POST", f"/channels/{hall.id}/messages", {"content": "x"}))[0] == 403


async def test_silence_is_reported_with_what_was_seen(desk: Desk) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    with pytest.raises(AssertionError, match="'ask' of <ana> got no answer"):
        await asked.response(seconds=0.01)
    with pytest.raises(AssertionError, match="a message with 'hello'"):
        await desk.server.wait_for_message(desk.channel, "hello", seconds=0.01)


FIELD = {"type": 4, "custom_id": "words", "style": 2, "max_length": 9}
LABEL = {"type": 18, "label": "Words", "component": FIELD}


async def test_a_form_is_opened_filled_in_and_answered_in_place(desk: Desk) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    await desk.answer(asked, 4, content="psst", components=[ROW])
    opened = await desk.ana.press(await asked.response(), "Go")
    assert (await desk.answer(opened, 9, custom_id="f", title="Form", components=[LABEL]))[0] == 200
    for wrong in ({"other": "x"}, {"words": ""}, {"words": "x" * 10}):
        with pytest.raises(NotPossible):
            await desk.ana.send_form(opened, **wrong)
    sent = await desk.ana.send_form(opened, words="few")
    assert sent.payload()["data"]["components"][0]["component"]["value"] == "few"
    assert (await desk.answer(sent, 9, custom_id="f", title="Form", components=[LABEL]))[0] == 400
    assert (await desk.answer(sent, 7, content="thanks", components=[]))[0] == 200
    assert (await asked.response()).text == "thanks"


@pytest.mark.parametrize(
    "form",
    [
        {"custom_id": "f", "title": "x" * 46, "components": [LABEL]},
        {"custom_id": "f", "title": "Form", "components": [LABEL, LABEL]},
        {"custom_id": "f", "title": "Form", "components": [{"type": 1, "components": [BUTTON]}]},
        {"custom_id": "f", "title": "Form", "components": [LABEL | {"label": "x" * 46}]},
        {"title": "Form", "components": [LABEL]},
    ],
    ids=["title", "twice", "button", "label", "nameless"],
)
async def test_wrong_forms(desk: Desk, form: Any) -> None:
    asked = await desk.ana.slash(desk.channel, "ask")
    assert (await desk.answer(asked, 9, **form))[1]["code"] == 50035
    assert asked.form is None
