"""What Discord would refuse is refused here in its own words, and kept as a violation."""

import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.discord_server.limits import is_empty, message_faults
from tests.harness.discord_server.server import DiscordServer
from tests.harness.discord_server.spec import load_spec

V2 = 1 << 15
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
TEXT = {"type": 10, "content": "x"}


def row(*parts: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def layout(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"flags": V2, "components": list(parts), **more}


def buttons(count: int) -> list[dict[str, Any]]:
    return [{**BUTTON, "custom_id": f"go{n}"} for n in range(count)]


SECTION = {"type": 9, "components": [TEXT], "accessory": BUTTON}
MESSAGES = {
    "too long": ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
    "wrong type": ({"content": 5}, "content", "SPEC"),
    "six rows": (
        {"content": "x", "components": [row(b) for b in buttons(6)]},
        "components",
        "BASE_TYPE_MAX_LENGTH",
    ),
    "six buttons": (
        {"content": "x", "components": [row(*buttons(6))]},
        "components",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    "ids twice": (
        {"content": "x", "components": [row(BUTTON, BUTTON)]},
        "components",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    "nothing on it": (
        {"content": "x", "components": [row({"type": 2, "style": 1, "custom_id": "go"})]},
        "components",
        "BUTTON_COMPONENT_INVALID",
    ),
    "long custom id": (
        {"content": "x", "components": [row({**BUTTON, "custom_id": "x" * 101})]},
        "components",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "link without address": (
        {"content": "x", "components": [row({"type": 2, "style": 5, "label": "x"})]},
        "components",
        "URL_TYPE_INVALID_SCHEME",
    ),
    "script as a link": (
        {"content": "x", "components": [row({"type": 2, "style": 5, "label": "x", "url": "js:x"})]},
        "components",
        "URL_TYPE_INVALID_SCHEME",
    ),
    "embeds too long": (
        {"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]},
        "embeds",
        "MAX_EMBED_SIZE_EXCEEDED",
    ),
    "empty field": (
        {"embeds": [{"title": "x", "fields": [{"name": "x", "value": ""}]}]},
        "embeds",
        "BASE_TYPE_REQUIRED",
    ),
    "mentions at odds": (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    "unknown reply": (
        {"content": "x", "message_reference": {"message_id": "1"}},
        "message_reference",
        "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
    ),
    "file that is not there": (
        {"content": "x", "attachments": [{"id": 0}]},
        "attachments",
        "ATTACHMENT_NOT_FOUND",
    ),
    "only for one": ({"content": "x", "flags": 64}, "flags", "MESSAGE_FLAGS_INVALID"),
    "half a character": ({"content": "\ud800"}, "content", "INVALID_UNICODE"),
    "layout and content": (
        layout(TEXT, content="x"),
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    "layout without its flag": ({"components": [TEXT]}, "components", "UNION_TYPE_CHOICES"),
    "forty-one parts": (
        layout(*[TEXT] * 41),
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    "parts inside count": (
        layout({"type": 17, "components": [TEXT] * 40}),
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    "layout with too much text": (
        layout({"type": 10, "content": "x" * 2001}, {"type": 10, "content": "x" * 2000}),
        "components",
        "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
    ),
    "section of four": (
        layout({**SECTION, "components": [TEXT] * 4}),
        "components",
        "BASE_TYPE_BAD_LENGTH",
    ),
    "section alone": (
        layout({"type": 9, "components": [TEXT]}),
        "components",
        "BASE_TYPE_REQUIRED",
    ),
    "button on the top": (layout(BUTTON), "components", "UNION_TYPE_CHOICES"),
    "empty text": (layout({"type": 10, "content": ""}), "components", "BASE_TYPE_BAD_LENGTH"),
}


@pytest.mark.parametrize(("body", "where", "code"), MESSAGES.values(), ids=MESSAGES)
async def test_a_message_that_discord_would_refuse(body: Any, where: str, code: str) -> None:
    if code == "SPEC" and load_spec() is None:
        pytest.skip("Discord's description is not at hand")
    async with DiscordServer() as server:
        channel = server.add_guild().add_channel("general")
        status, said = await post(server, f"/channels/{channel.id}/messages", body)
        assert (status, said["code"]) == (400, 50035)
        assert where in said["errors"]
        assert code in json.dumps(said["errors"]) or code in faults_by_hand(body)
        assert len(server.violations) == 1
        assert where in str(server.violations[0])
        assert server.answers(channel) == []


def faults_by_hand(body: Any) -> list[str]:
    """The codes of the checks that come after the description's own."""
    return [fault.code for fault in message_faults(body, ephemeral_allowed=False)]


async def test_an_empty_message_and_a_broken_body() -> None:
    async with DiscordServer() as server:
        path = f"/channels/{server.add_guild().add_channel('general').id}/messages"
        assert (await post(server, path, {"content": " \n "}))[1]["code"] == 50006
        assert (await post(server, path, {"flags": V2, "components": []}))[1]["code"] == 50006
        assert (await post(server, path, "{broken"))[1]["code"] == 50109
        assert [v.path for v in server.violations] == [path] * 3


async def test_a_misspelt_key_is_taken_but_kept() -> None:
    if load_spec() is None:
        pytest.skip("Discord's description is not at hand")
    async with DiscordServer() as server:
        path = f"/channels/{server.add_guild().add_channel('general').id}/messages"
        status, _ = await post(server, path, {"content": "x", "allowed_mention": {}})
        assert status == 200
        assert "allowed_mention" in str(server.violations[0])
        with pytest.raises(AssertionError, match="allowed_mention"):
            server.check()


async def test_what_fits_is_taken() -> None:
    async with DiscordServer() as server:
        channel = server.add_guild().add_channel("general")
        path = f"/channels/{channel.id}/messages"
        rows = [
            row(*[{**b, "custom_id": f"{n}{b['custom_id']}"} for b in buttons(5)]) for n in range(5)
        ]
        for body in (
            {"content": "x" * 2000, "components": rows},
            {"embeds": [{"description": "x" * 3000}, {"description": "x" * 3000}]},
            layout(*[TEXT] * 40),
            layout({"type": 10, "content": "x" * 4000}),
            layout({"type": 17, "components": [SECTION, {"type": 14}]}),
        ):
            status, said = await post(server, path, body)
            assert status == 200, said
        assert len(server.answers(channel)) == 5
        server.check()


COMMAND = {"name": "ask", "type": 1, "description": "Ask"}
OPTION = {"name": "one", "type": 3, "description": "x"}
COMMANDS = {
    "upper case": {**COMMAND, "name": "Ask"},
    "space": {**COMMAND, "name": "ask me"},
    "no description": {**COMMAND, "description": ""},
    "required after optional": {
        **COMMAND,
        "options": [OPTION, {**OPTION, "name": "two", "required": True}],
    },
    "options twice": {**COMMAND, "options": [OPTION, OPTION]},
    "choices and suggestions": {
        **COMMAND,
        "options": [{**OPTION, "autocomplete": True, "choices": [{"name": "x", "value": "x"}]}],
    },
    "too many options": {**COMMAND, "options": [{**OPTION, "name": f"o{n}"} for n in range(26)]},
    "menu with a description": {"name": "Find", "type": 3, "description": "x"},
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_a_command_that_discord_would_refuse(command: Any) -> None:
    async with DiscordServer() as server:
        path = f"/applications/{server.app.id}/commands"
        assert (await post(server, path, command))[0] == 400
        assert (await post(server, path, [command], "PUT"))[0] == 400
        assert len(server.violations) == 2
        assert server.commands == []
        assert (await post(server, path, COMMAND))[0] == 201
        assert (await post(server, path, COMMAND))[0] == 200
        many = [{**COMMAND, "name": f"c{n}"} for n in range(101)]
        assert (await post(server, path, many, "PUT"))[0] == 400
        assert (await post(server, path, many[:100], "PUT"))[0] == 200
        assert not server.drift


async def test_strangers_and_unknown_routes() -> None:
    async with DiscordServer() as server:
        path = f"/channels/{server.add_guild().add_channel('general').id}/messages"
        status, said = await post(server, path, {"content": "x"}, token="other")
        assert (status, said) == (401, {"message": "401: Unauthorized", "code": 0})
        assert (await post(server, "/channels/1/messages", {"content": "x"}))[1]["code"] == 10003
        assert (await post(server, f"{path}/1", {"content": "x"}, "PATCH"))[1]["code"] == 10008
        assert server.violations == []
        assert (await post(server, "/no/such/route", {}))[0] == 404
        assert "no such route" in str(server.violations[0])


async def post(
    server: DiscordServer, path: str, body: Any, method: str = "POST", token: str | None = None
) -> tuple[int, Any]:
    """One raw request: its status and its JSON."""
    headers = {"Authorization": f"Bot {token or server.token}", "Content-Type": "application/json"}
    data = body if isinstance(body, str) else json.dumps(body)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, server.api_url + path, data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


KEYS = ["type", "components", "content", "custom_id", "style", "label", "url", "accessory", "id"]
VALUES = st.none() | st.booleans() | st.integers(-1, 20) | st.text(max_size=3)
PARTS = st.recursive(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
    | st.sampled_from([TEXT, BUTTON, SECTION, row(BUTTON)]),
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from([1, 9, 17]), "components": st.lists(inner, max_size=4)},
        optional={"accessory": inner},
    ),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "content": VALUES,
        "components": st.lists(PARTS, max_size=3),
        "embeds": st.lists(st.dictionaries(st.sampled_from(["title", "fields", "url"]), VALUES)),
        "flags": st.sampled_from([0, 4, V2, 64, None]),
        "allowed_mentions": st.none() | st.dictionaries(st.sampled_from(["parse"]), VALUES),
        "nonce": VALUES,
    },
)


@given(BODIES)
def test_every_body_is_either_taken_or_refused(body: dict[str, Any]) -> None:
    spec = load_spec()
    if spec is None:
        pytest.skip("Discord's description is not at hand")
    if not spec.body_faults("POST", "/channels/{channel_id}/messages", body):
        for fault in message_faults(body, ephemeral_allowed=True):
            assert fault.code
            assert fault.message
        is_empty(body, files=0)
